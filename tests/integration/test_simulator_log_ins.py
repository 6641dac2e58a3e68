"""The passwords of simulated people: told when asked for, the same each time, and stored nowhere."""

from pathlib import Path

import pytest
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from shared.identifiers import new_id
from shared.storage import row_seals
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.time.clock import now_us
from simulator_service import commands, log_ins, repository
from simulator_service.models import StoredWorld, db
from simulator_service.settings import Settings

OLD_PASSWORD = "Zq7-a-password-of-the-first-release"


def made_world(database: Database) -> StoredWorld:
    job = commands.request_world(database, seed=1, customers=2, days=0, preset="base", currency="EUR", start=None)
    with database.read_session() as session:
        world = repository.world(session, job.world_id)
    assert world is not None
    return world


def files_with(folder: Path, word: str) -> list[str]:
    return [path.name for path in folder.iterdir() if word.encode() in path.read_bytes()]


def test_a_password_is_derived_from_the_secret_and_the_world(tmp_path: Path) -> None:
    database = Database.at(f"sqlite:///{tmp_path / 'simulator.db'}", db)
    row_seals.use_key(database, "a key of tests")
    migrate(database, "simulator_service")
    world, other = made_world(database), made_world(database)
    password = log_ins.password_of(world, "secret")
    assert password is not None
    assert len(password) >= 20
    assert password == log_ins.password_of(world, "secret")
    assert len({password, log_ins.password_of(other, "secret"), log_ins.password_of(world, "another")}) == 3
    database.close()
    assert files_with(tmp_path, password) == []


def test_the_secret_is_a_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BANK_DATA_DIR", str(tmp_path))
    made = Settings.from_environment().log_in_secret
    assert len(made) >= 32
    assert Settings.from_environment().log_in_secret == made
    monkeypatch.setenv("SIMULATOR_LOG_IN_SECRET", "chosen by somebody")
    assert Settings.from_environment().log_in_secret == "chosen by somebody"


def test_the_passwords_of_earlier_releases_leave_the_file(tmp_path: Path) -> None:
    database = Database.at(f"sqlite:///{tmp_path / 'simulator.db'}", db)
    row_seals.use_key(database, "a key of tests")
    migrate_to(database, "0002")
    row = {
        "id": new_id(), "number": 1, "seed": 1, "customers": 5, "preset": "base", "currency": "EUR",
        "password": OLD_PASSWORD, "status": "alive", "posted": 0, "refused": 0, "plan_sha256": "",
        "created_at": now_us(),
    }  # fmt: skip
    with database.write() as connection:
        connection.execute(
            text(f"INSERT INTO worlds ({', '.join(row)}) VALUES ({', '.join(':' + n for n in row)})"), row
        )
    assert files_with(tmp_path, OLD_PASSWORD)
    migrate(database, "simulator_service")
    with database.read_session() as session:
        (world,) = repository.worlds_of_bank(session)
        assert log_ins.log_ins(session, world, "secret", 5) == []
    database.close()
    assert files_with(tmp_path, OLD_PASSWORD) == []


def migrate_to(database: Database, revision: str) -> None:
    """As `migrate`, but only so far."""
    config = Config()
    folder = Path(str(commands.__file__)).parent / "migrations"
    config.set_main_option("script_location", str(folder))
    scripts = ScriptDirectory.from_config(config)
    environment = EnvironmentContext(config, scripts, fn=lambda rev, _context: scripts._upgrade_revs(revision, rev))
    with environment, database.engine.connect() as connection:
        config.attributes["connection"] = connection
        scripts.run_env()
