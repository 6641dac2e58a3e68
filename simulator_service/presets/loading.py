"""The presets that there are, read from the files beside this one."""

import tomllib
from functools import cache
from importlib.resources import files

from simulator_service.presets.preset import Preset

SEED = "seed"
"""The base model, whose figures are fixed by the design: it is code (people/profiles.py) and has no file."""
BASE = "base"
"""What `seed` was called before: worlds of that name live on."""
FROM_FILES = ("eurozone",)
PRESETS = (SEED, *FROM_FILES)


@cache
def preset_named(name: str) -> Preset | None:
    """The preset; None for the base model. Raises KeyError for a name that there is not."""
    if name in (SEED, BASE):
        return None
    if name not in FROM_FILES:
        raise KeyError(name)
    text = (files("simulator_service.presets") / f"{name}.toml").read_text(encoding="utf-8")
    return Preset.model_validate(tomllib.loads(text), strict=False)
