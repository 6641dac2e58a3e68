"""A server's database as a script of its own dump, and the script run against an empty database."""

import subprocess
from pathlib import Path

import psycopg
import pymysql
from pymysql.constants import CLIENT
from sqlalchemy import URL

from tests.needs import program

_PLAIN = ("--skip-add-locks", "--skip-add-drop-table", "--skip-disable-keys", "--skip-comments")


def dump(url: URL, file: Path) -> None:
    """Write the script that makes all that is in the database.

    What a line tells only the command-line client is left out: the server itself knows where a trigger ends.
    """
    place = [f"--host={url.host}", f"--port={url.port}"]
    if url.get_backend_name() == "postgresql":
        command = [program("pg_dump"), *place, f"--username={url.username}", "--inserts"]
    else:
        command = [program("mariadb-dump"), "--no-defaults", *place, f"--user={url.username}", *_PLAIN]
    done = subprocess.run([*command, str(url.database)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\", "DELIMITER "))]
    file.write_text("\n".join(line[:-1] if line.endswith(";;") else line for line in lines))


def load(url: URL, file: Path) -> None:
    """Make in an empty database what the script says, by a connection of its own, which the script sets as it likes."""
    place = {"host": url.host, "port": url.port or 0, "user": url.username}
    if url.get_backend_name() == "postgresql":
        with psycopg.connect(**place, dbname=url.database) as postgresql:
            postgresql.execute(file.read_bytes())
        return
    options = {"charset": "utf8mb4", "autocommit": True, "ssl_disabled": True, "client_flag": CLIENT.MULTI_STATEMENTS}
    with pymysql.connect(**place, database=url.database, **options) as mariadb, mariadb.cursor() as cursor:
        cursor.execute(file.read_text())
        while cursor.nextset():
            pass
