"""Databases that containers find on a server: each service its own, and none another's."""

import pytest
from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from deploy.container import databases as container_databases
from deploy.container.bank_secrets import complete, database_password
from shared.services import ACCOUNT, BACKENDS, Service
from shared.storage.database_servers import with_driver
from tests import database_servers

PASSWORDS = complete({})["databases"]


def url_for(service: Service, server: URL, database: str) -> URL:
    return server.set(username=service.package, password=PASSWORDS[database_password(service)], database=database)


def can_connect(url: URL) -> bool:
    engine = create_engine(with_driver(url))
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE probe (id INTEGER)")
            connection.exec_driver_sql("DROP TABLE probe")
    except DBAPIError:
        return False
    else:
        return True
    finally:
        engine.dispose()


@pytest.mark.parametrize("kind", database_servers.KINDS)
def test_each_service_may_do_everything_in_its_database_and_nothing_in_anothers(kind: str) -> None:
    server = database_servers.started(kind)
    try:
        options = "?ssl_disabled=true" if kind == "mariadb" else ""
        admin = make_url(server.url + server.own + options)
        for _ in range(2):  # the second time it is all there
            container_databases.make(admin, PASSWORDS)
        for service in BACKENDS:
            assert can_connect(url_for(service, admin, service.package)), service
            others = [one.package for one in BACKENDS if one != service]
            assert not [name for name in others if can_connect(url_for(service, admin, name))], service
        container_databases.wait_for(url_for(ACCOUNT, admin, ACCOUNT.package).render_as_string(hide_password=False))
    finally:
        server.remove()


def test_a_password_that_would_end_its_text_is_refused() -> None:
    with pytest.raises(ValueError, match="letters, digits"):
        container_databases._quoted("x' OR '1'='1")
