"""The presets that there are, read from the files beside this one."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from simulator_service.presets.preset import Preset

SEED = "seed"
"""The base model, whose figures are fixed by the design: it is code (people/profiles.py) and has no file."""
BASE = "base"
"""What `seed` was called before: worlds of that name live on."""
PresetName = Literal["seed", "eurozone", "uk", "us", "fraud-lab"]
PRESETS: tuple[str, ...] = get_args(PresetName)
FROM_FILES = tuple(name for name in PRESETS if name != SEED)
_NAMES = {"trades": "name", "bills": "service"}


@cache
def preset_named(name: str) -> Preset | None:
    """The preset; None for the base model. Raises KeyError for a name that there is not."""
    if name in (SEED, BASE):
        return None
    if name not in FROM_FILES:
        raise KeyError(name)
    return Preset.model_validate(_read(name))


def _read(name: str) -> dict[str, Any]:
    """A file, and where it extends another, that one with what this one says otherwise."""
    text = (files("simulator_service.presets") / f"{name}.toml").read_text(encoding="utf-8")
    said = tomllib.loads(text)
    extended = said.pop("extends", None)
    return said if extended is None else _merged(_read(extended), said)


def _merged(whole: dict[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Tables are merged key by key, trades and bills by name; whatever else is said stands in place of what was."""
    found = dict(whole)
    for key, value in said.items():
        if isinstance(value, dict):
            found[key] = _merged(whole[key], value)
        elif key in _NAMES:
            name = _NAMES[key]
            changes = {one[name]: one for one in value}
            found[key] = [_merged(one, changes.pop(one[name], {})) for one in whole[key]] + list(changes.values())
        else:
            found[key] = value
    return found
