"""Who may import whom: services never each other, `shared` no service, the domain nothing outward."""

import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, SERVICE_PACKAGES, files_of, imported_modules, python_files, shown

PURE = (
    "shared/amounts/currencies.py",
    "shared/amounts/money.py",
    "shared/enums.py",
    "shared/http/field_problems.py",
    "shared/refusals.py",
    "shared/service_refusals.py",
    "transaction_service/ledger/decisions.py",
    "transaction_service/ledger/entry.py",
    "transaction_service/ledger/movement_rules.py",
    "transaction_service/exchange/refusals.py",
    "transaction_service/orders/refusals.py",
    "transaction_service/refusals.py",
    "account_service/lifecycle.py",
    "account_service/limits.py",
    "account_service/refusals.py",
    "simulator_service/streams/amounts.py",
    "simulator_service/streams/bank_mornings.py",
    "simulator_service/streams/calendar_rules.py",
    "simulator_service/planning/planned_event.py",
    "simulator_service/planning/planner.py",
    "simulator_service/people/habits.py",
    "simulator_service/people/population.py",
    "simulator_service/people/profiles.py",
    "simulator_service/behaviours/arranged.py",
    "simulator_service/behaviours/person_month.py",
    "simulator_service/behaviours/purchases.py",
    "simulator_service/behaviours/terminals.py",
    "simulator_service/streams/randomness.py",
    "simulator_service/behaviours/schedule.py",
    "simulator_service/behaviours/household.py",
    "simulator_service/behaviours/month.py",
    "simulator_service/behaviours/openings.py",
    "simulator_service/behaviours/payroll.py",
    "simulator_service/behaviours/reserves.py",
    "simulator_service/behaviours/aside.py",
    "simulator_service/behaviours/obligations.py",
    "simulator_service/behaviours/takings.py",
    "simulator_service/behaviours/visits.py",
    "simulator_service/market/shops.py",
    "simulator_service/people/budgets.py",
    "simulator_service/people/preset_people.py",
    "simulator_service/people/preset_population.py",
    "simulator_service/planning/base_plan.py",
    "simulator_service/planning/event_block.py",
    "simulator_service/planning/parties.py",
    "simulator_service/planning/preset_events.py",
    "simulator_service/planning/preset_plan.py",
    "simulator_service/presets/preset.py",
    "simulator_service/streams/local_time.py",
    "simulator_service/streams/pay_calendars.py",
    "simulator_service/streams/quantiles.py",
)
"""Files that decide: what they say depends on what they are given alone."""

NAMES = "simulator_service/people/names.py"
PURE_LIBRARIES = {"numpy", "faker", "pydantic", "pydantic_core"}  # arithmetic, seeded names, validation: no I/O
USE_THE_CLIENT = {"gateway", "simulator_service"}
"""The services that call the bank as a client does: pages for a person, and a world for its people."""

IMPURE_STANDARD = {
    "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
    "shutil", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "uuid",
}  # fmt: skip


def outward(path: Path) -> set[str]:
    """What a pure file imports that is not pure."""
    found = set()
    for name in imported_modules(path):
        top = name.split(".")[0]
        if top in sys.stdlib_module_names:
            is_pure = top not in IMPURE_STANDARD
        elif top in (*SERVICE_PACKAGES, "shared"):
            module = ROOT / (name.replace(".", "/") + ".py")
            is_pure = not module.exists() or shown(module) in (
                *PURE,
                "shared/time/clock.py",
                "simulator_service/people/names.py",
            )
        else:
            is_pure = top in PURE_LIBRARIES
        if not is_pure:
            found.add(name)
    return found


def imported_tops(package: str) -> set[str]:
    """The top-level packages that a package imports anywhere."""
    return {name.split(".")[0] for path in files_of(package) for name in imported_modules(path)}


@pytest.mark.parametrize("package", SERVICE_PACKAGES)
def test_a_service_imports_no_other_service(package: str) -> None:
    others = {*SERVICE_PACKAGES, "cli", "orchestrator"} - {package}
    found = {shown(path): imported_modules(path) for path in files_of(package)}
    crossing = {
        name: sorted(used) for name, names in found.items() if (used := {n.split(".")[0] for n in names} & others)
    }
    assert crossing == {}


MADE_BY_A_SERVICE = "benchmarks/large_ledger.py"
"""A process of its own, in which the ledger's code makes and times a ledger."""


@pytest.mark.parametrize("package", ["shared", "cli", "sandbank", "operations", "orchestrator", "benchmarks"])
def test_what_stands_beside_the_services_imports_none(package: str) -> None:
    crossing = {
        shown(path): sorted(used)
        for path in files_of(package)
        if shown(path) != MADE_BY_A_SERVICE
        and (used := {name.split(".")[0] for name in imported_modules(path)} & set(SERVICE_PACKAGES))
    }
    assert crossing == {}


def test_the_client_knows_the_public_api_alone() -> None:
    """People import it without a bank's code beside it: nothing of ours is in it."""
    ours = {*SERVICE_PACKAGES, "shared", "cli", "orchestrator", "benchmarks", "tests", "run_services"}
    assert imported_tops("sandbank") & ours == set()
    assert imported_tops("sandbank") - set(sys.stdlib_module_names) == {"sandbank", "urllib3"}


@pytest.mark.parametrize("package", sorted({*SERVICE_PACKAGES, "shared", "orchestrator"} - USE_THE_CLIENT))
def test_services_that_are_no_client_of_the_bank_do_not_import_its_client(package: str) -> None:
    assert "sandbank" not in imported_tops(package)


def test_shared_stands_on_nothing_of_ours() -> None:
    ours = {"cli", "sandbank", "orchestrator", "benchmarks", "tests", "run_services"}
    crossing = {shown(path) for path in files_of("shared") if {n.split(".")[0] for n in imported_modules(path)} & ours}
    assert crossing == set()


def test_the_command_line_client_uses_the_public_api_alone() -> None:
    """It may know what money looks like; it has no way into a service or its database. Of backups, see below."""
    forbidden = {"sqlalchemy", "pysqlite3", "sqlite3", "flask"}
    crossing = {
        shown(path) for path in files_of("cli") if {n.split(".")[0] for n in imported_modules(path)} & forbidden
    }
    assert crossing == set()


def test_only_the_commands_that_work_on_this_machines_files_know_what_reads_them() -> None:
    reaching = {
        shown(path) for path in files_of("cli") if "operations" in {n.split(".")[0] for n in imported_modules(path)}
    }
    assert reaching == {"cli/backup.py", "cli/keys.py"}


def test_no_process_has_two_libraries_of_sqlite() -> None:
    """When one of them closes a file, the system takes away the locks that the other holds on it."""
    importing = {
        shown(path)
        for path in python_files()
        if {name.split(".")[0] for name in imported_modules(path)} & {"sqlite3", "pysqlite3"}
    }
    assert importing == {"shared/storage/sqlite.py"}


@pytest.mark.parametrize("name", PURE)
def test_the_domain_imports_nothing_outward(name: str) -> None:
    assert outward(ROOT / name) == set()


@pytest.mark.parametrize("package", SERVICE_PACKAGES)
def test_only_the_composition_root_reads_settings_from_the_environment(package: str) -> None:
    """`os.environ` is read in settings.py, once; a value that is wrong there refuses to start."""
    readers = {
        shown(path)
        for path in files_of(package)
        if path.name != "settings.py" and ("os.environ" in path.read_text() or "os.getenv" in path.read_text())
    }
    assert readers == set()
