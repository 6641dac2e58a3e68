"""The project's own files, as the architecture tests read them."""

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from shared.services import SERVICES

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = {"data", "build", "dist", "__pycache__", "node_modules"}
SERVICE_PACKAGES = tuple(service.package for service in SERVICES)


def project_files() -> Iterator[Path]:
    """Every file of the checkout but what is installed, generated or hidden (`.ci` counts as ours)."""
    folders = [ROOT]
    while folders:
        for entry in folders.pop().iterdir():
            is_hidden = entry.name.startswith(".") and entry.name not in (".ci", ".gitignore")
            if is_hidden or entry.name in NOT_OURS or entry.name.endswith(".egg-info"):
                continue
            if entry.is_dir():
                folders.append(entry)
            else:
                yield entry


@cache
def python_files() -> tuple[Path, ...]:
    """Every Python file of the project."""
    return tuple(sorted(path for path in project_files() if path.suffix == ".py"))


def files_of(package: str) -> list[Path]:
    """The Python files under one top-level folder."""
    return [path for path in python_files() if path.relative_to(ROOT).parts[0] == package]


def module_name(path: Path) -> str:
    """What the file is imported as."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(), filename=str(path))


def imported_modules(path: Path) -> set[str]:
    """The dotted names a file imports, wherever in it; `from a import b` counts as `a` and as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def shown(path: Path) -> str:
    """The path as people write it."""
    return str(path.relative_to(ROOT))


def pyproject() -> dict[str, Any]:
    """pyproject.toml, parsed."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())
