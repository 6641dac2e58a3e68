"""Clusters of database servers, started once for all tests here, and the ledger on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import galera as galera_cluster
from benchmarks import patroni as patroni_cluster
from benchmarks.galera import GaleraCluster
from benchmarks.patroni import PatroniCluster
from tests.cluster.spread_ledger import Cluster, SpreadLedger, open_spread_ledger
from tests.database_servers import Home
from tests.free_ports import free_ports
from tests.needs import is_missing, program


@pytest.fixture(scope="session")
def galera() -> Iterator[GaleraCluster]:
    """Three MariaDB servers that are one; a test leaves all three running."""
    for name in ("mariadbd", "rsync", "lsof"):
        program(name)
    if not galera_cluster.is_installed():
        is_missing("Galera is not installed: apt-get install galera-4")
    home = Home("mysql")
    cluster = GaleraCluster(home.folder, free_ports(galera_cluster.PORTS))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        home.remove()


@pytest.fixture(scope="session")
def patroni() -> Iterator[PatroniCluster]:
    """Three PostgreSQL servers, one of which leads; a test leaves all three running."""
    program("postgres")
    if not patroni_cluster.is_installed():
        is_missing("Patroni and etcd are not installed: make cluster-test")
    home = Home("postgres")
    cluster = PatroniCluster(home.folder, free_ports(patroni_cluster.PORTS))
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        home.remove()


@pytest.fixture
def rounds() -> int:
    """How often something is done at once (see tests/integration/conftest.py)."""
    return 6


@pytest.fixture
def ledger(tmp_path: Path, cluster: Cluster) -> Iterator[SpreadLedger]:
    """A ledger with a writer at each server of the cluster; the oracle is asked at each when the test is over."""
    with open_spread_ledger(tmp_path, cluster) as opened:
        yield opened
        opened.check_everywhere()


@pytest.fixture(scope="session", params=["galera", "patroni"])
def cluster(request: pytest.FixtureRequest) -> Cluster:
    """Each kind of cluster in turn."""
    started: Cluster = request.getfixturevalue(request.param)
    return started
