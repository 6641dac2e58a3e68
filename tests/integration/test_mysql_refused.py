"""MySQL, which speaks MariaDB's language and lacks what the tables need, is refused as a service starts."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, make_url

from shared.network.addresses import MissingSettingError
from shared.storage.database import Database
from shared.storage.migrations import migrate
from tests import database_servers
from tests.thoroughness import IS_THOROUGH


@pytest.fixture
def mysql() -> Iterator[URL]:
    """A MariaDB that says of itself to be MySQL, of a release that speaks just as it does."""
    server = database_servers.started("mariadb")
    try:
        server.create("bank")
        server.crash()
        server.kind = "mysql"
        server.command.append("--version=5.7.19")
        server.start()
        yield make_url(f"{server.url}bank")
    finally:
        server.remove()


@pytest.mark.skipif(not IS_THOROUGH, reason="servers are for CI; CI=true runs it here")
def test_mysql_is_refused_with_a_sentence_however_the_url_calls_it(mysql: URL) -> None:
    for scheme in ("mysql", "mariadb"):
        database = Database.at(mysql.set(drivername=scheme))
        with pytest.raises(MissingSettingError, match="is MySQL, which cannot hold the bank's tables"):
            migrate(database, "auth_service")
        database.close()
