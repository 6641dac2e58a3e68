"""What documents and scripts say to run is there: targets of make, modules, files, and options of the bank's start."""

import re
from importlib.util import find_spec
from pathlib import Path

import run_services
from tests.architecture.sources import ROOT

TOLD = re.compile(r"`[^`\n]+`|^```(?:sh|bash|console)\n.*?^```", re.MULTILINE | re.DOTALL)
MAKE = re.compile(r"(?:^|`|&& |[A-Z_]+=\S+ )make ([a-z][a-z-]*)", re.MULTILINE)
MODULE = re.compile(r"\bpython3? -m ([a-z_.]+)")
SCRIPT = re.compile(r"(?:\bpython3? |\B\./|\bsh |\bbash )([a-z_./]+\.(?:py|sh))")
OPTIONS = re.compile(r"\brun_services\.py((?: --[a-z-]+(?: \d+)?)*)")


def documents() -> list[Path]:
    """README, CONTRIBUTING and all below docs/ and deploy/; of scripts there, their words too."""
    below = [path for folder in ("docs", "deploy", "examples") for path in (ROOT / folder).rglob("*.md")]
    return [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *below]


def told(path: Path) -> str:
    """What a document shows as code, inline or in blocks of the shell."""
    return "\n".join(TOLD.findall(path.read_text()))


def test_every_target_of_make_that_is_told_exists() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    found = {(path.name, name) for path in documents() for name in MAKE.findall(told(path))}
    assert {name for _, name in found} >= {"check", "test", "soak", "docs", "lock", "run"}
    assert {(path, name) for path, name in found if name not in targets} == set()


def test_every_module_and_script_that_is_told_exists() -> None:
    shell = [path for folder in ("deploy", ".ci") for path in (ROOT / folder).rglob("*") if path.suffix in ("", ".sh")]
    texts = {path: told(path) for path in documents()}
    texts |= {path: path.read_text() for path in shell if path.is_file()}
    modules = {(path.name, name) for path, text in texts.items() for name in MODULE.findall(text)}
    assert len(modules) > 3
    assert {(path, name) for path, name in modules if find_spec(name.rstrip(".")) is None} == set()
    scripts = {(path.name, name) for path, text in texts.items() for name in SCRIPT.findall(text)}
    assert {(path, name) for path, name in scripts if not (ROOT / name).is_file()} == set()


def test_every_option_of_the_start_that_is_told_is_one() -> None:
    told_options = [options.split() for path in documents() for options in OPTIONS.findall(told(path))]
    assert told_options
    for options in told_options:
        run_services.parse_arguments(options)
