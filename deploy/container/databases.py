"""Databases on a server, one for each service: `python -m deploy.container.databases KIND`.

Each service gets a database and a user of its own, which may do everything there and nothing anywhere else. What is
there already is kept; only the passwords are set anew, to those of /secrets/environment.
"""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from deploy.container import profiles
from deploy.container.bank_secrets import DATABASE_ADMIN_PASSWORD, database_password, read
from shared.services import BACKENDS
from shared.storage.database_servers import with_driver

SECRETS = Path("/secrets")
PATIENCE_SECONDS = 180.0
_ADMINS = {"postgresql": ("postgres", "postgres"), "mariadb": ("root", "mysql")}
"""Who may make databases on a server of each kind, and the database that is there from the start."""


def make(admin: URL, passwords: Mapping[str, str]) -> None:
    """Make a database and a user for each service. `passwords` is by the names that bank_secrets gives them."""
    engine = create_engine(with_driver(admin), isolation_level="AUTOCOMMIT")
    wait_until_there(engine)
    with engine.connect() as connection:
        for service in BACKENDS:
            make_one = _on_postgresql if admin.get_backend_name() == "postgresql" else _on_mariadb
            make_one(connection, service.package, passwords[database_password(service)])
    engine.dispose()


def _on_postgresql(connection: Connection, name: str, password: str) -> None:
    """Only its owner may connect to the database; by default everybody could."""
    literal = _quoted(password)
    if not connection.exec_driver_sql("SELECT 1 FROM pg_roles WHERE rolname = %s", (name,)).first():
        connection.exec_driver_sql(f'CREATE ROLE "{name}" LOGIN')
    connection.exec_driver_sql(f'ALTER ROLE "{name}" PASSWORD {literal}')
    if not connection.exec_driver_sql("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).first():
        connection.exec_driver_sql(f'CREATE DATABASE "{name}" OWNER "{name}"')
    connection.exec_driver_sql(f'REVOKE CONNECT ON DATABASE "{name}" FROM PUBLIC')


def _on_mariadb(connection: Connection, name: str, password: str) -> None:
    literal, pattern = _quoted(password), name.replace("_", r"\_")  # there an underscore alone stands for any letter
    connection.exec_driver_sql(f"CREATE DATABASE IF NOT EXISTS `{name}`")
    connection.exec_driver_sql(f"CREATE USER IF NOT EXISTS `{name}`@'%%' IDENTIFIED BY {literal}")
    connection.exec_driver_sql(f"ALTER USER `{name}`@'%%' IDENTIFIED BY {literal}")
    connection.exec_driver_sql(f"GRANT ALL ON `{pattern}`.* TO `{name}`@'%%'")


def _quoted(password: str) -> str:
    """As both servers write a text. Raises ValueError for one that bank_secrets would not make."""
    if not password.replace("-", "").replace("_", "").isalnum() or not password.isascii():
        message = "a database password may hold letters, digits, - and _"
        raise ValueError(message)
    return f"'{password}'"


def wait_until_there(engine: Engine, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Until somebody can connect. Raises DBAPIError with the last reason when nobody could in all that time."""
    give_up_at = time.monotonic() + patience_seconds
    while True:
        try:
            engine.connect().close()
        except DBAPIError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(1.0)
        else:
            return


def wait_for(url: str) -> None:
    """Until a service's own database is there for it: server, user and database come one after another."""
    engine = create_engine(with_driver(make_url(url)))
    wait_until_there(engine)
    engine.dispose()


def main(kind: str) -> None:
    """Make what is missing, if the bank has been told to use this server at all."""
    chosen = profiles.read(os.environ.get("SANDBANK_PROFILES", ""))
    if profiles.database_kind(chosen) != kind:
        sys.exit(f"the bank keeps its data elsewhere: start it by COMPOSE_PROFILES={kind}, not by --profile")
    user, database = _ADMINS[kind]
    passwords = read(SECRETS)
    user, password = (
        os.environ.get("DATABASE_ADMIN_USERNAME") or user,
        quote(passwords[DATABASE_ADMIN_PASSWORD], safe=""),
    )
    admin = make_url(profiles.server_url(kind, user, password, database, os.environ))
    make(admin, passwords)
    sys.stdout.write(f"every service has its database on {admin.host}\n")


if __name__ == "__main__":
    main(sys.argv[1])
