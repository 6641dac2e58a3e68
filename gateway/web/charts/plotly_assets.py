"""Plotly as the installed package brings it, and what it needs to draw under a policy without inline styles.

Plotly adds style elements to a page unless elements with the same ids are there already. So a page with charts has
them: one is our own style sheet with Plotly's rules (static/js/charts.js), the others stand for the styles of
maps, which are never drawn here.
"""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(str(find_spec("plotly").origin)).parent / "package_data"  # type: ignore[union-attr]
FILENAME = "plotly.min.js"
_STYLE_IDS = re.compile(r'getElementById\("([0-9a-f]{64})"\)')


@cache
def style_ids() -> tuple[str, ...]:
    """The ids of the style elements that the file adds as it loads; each names its content's hash."""
    return tuple(dict.fromkeys(_STYLE_IDS.findall((FOLDER / FILENAME).read_text())))
