"""The ratchet: files and functions stay short, and names say what is inside."""

import ast
import re
from fnmatch import fnmatch

from tests.architecture.sources import ROOT, project_files, pyproject, python_files, shown, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
SAYS_NOTHING = re.compile(r"^(utils?|helpers?|common|misc|managers?|.*_(utils?|helpers?|manager))$")
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b|NotImplemented" + r"Error")
REGISTRY_HOSTS = tuple(
    "".join(parts) for parts in (("py", "pi.org"), ("python", "hosted.org"), ("npm", "js.org"), ("deb.", "debian.org"))
)
MACHINE_PATH = re.compile(r"(?<![\w./:<>-])/(?:root|home|Users|work|farm)/[\w.-]+")
NOT_TEXT = {".png", ".ico", ".woff2", ".woff", ".gif", ".jpg", ".pdf", ".whl", ".xz"}


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {shown(path): path.read_text().count("\n") for path in python_files()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_60_lines() -> None:
    long = {
        f"{shown(path)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path in python_files()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    }
    assert long == {}


def test_every_name_says_what_is_inside() -> None:
    assert [shown(path) for path in project_files() if SAYS_NOTHING.match(path.stem)] == []


def test_nothing_is_left_unfinished() -> None:
    assert [shown(path) for path in python_files() if UNFINISHED.search(path.read_text())] == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = {}
    for path in project_files():
        if path.suffix in NOT_TEXT:
            continue
        text = path.read_text(errors="replace")
        named = [host for host in REGISTRY_HOSTS if host in text]
        named += [match.group() for match in MACHINE_PATH.finditer(text)]
        if named:
            found[shown(path)] = named
    assert found == {}


def test_the_build_finds_every_package_and_no_tests() -> None:
    patterns = pyproject()["tool"]["setuptools"]["packages"]["find"]["include"]
    left_out = {
        shown(path)
        for path in python_files()
        if path.name == "__init__.py"
        and not any(fnmatch(".".join(path.parent.relative_to(ROOT).parts), pattern) for pattern in patterns)
    }
    not_for_the_build = {name for name in left_out if name.split("/")[0] in ("tests", "benchmarks")}
    assert left_out - not_for_the_build == set()
    assert not_for_the_build, "tests are not part of what is installed"
