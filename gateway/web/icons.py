"""Icons for templates, taken out of the installed Bootstrap Icons, so that a page carries the few it shows.

The package's sprite weighs a megabyte; browsers never load it.
"""

import re
from functools import cache
from pathlib import Path

import flask_bootstrap
from markupsafe import Markup

_SPRITE = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "icons" / "bootstrap-icons.svg"


@cache
def icon(name: str) -> Markup:
    """The icon as an inline image that screen readers skip. Raises KeyError for a name that Bootstrap has not."""
    return Markup(  # noqa: S704 (a file of the installed package)
        f'<svg class="icon" viewBox="0 0 16 16" width="20" height="20" fill="currentColor" aria-hidden="true">'
        f"{_shapes()[name]}</svg>"
    )


@cache
def _shapes() -> dict[str, str]:
    found = re.findall(r'<symbol[^>]* id="([^"]+)"[^>]*>(.*?)</symbol>', _SPRITE.read_text(), re.DOTALL)
    return dict(found)
