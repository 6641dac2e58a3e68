"""A cluster of database servers of its own to measure the bank on: Galera, or PostgreSQL with Patroni.

All its servers share this machine's processors with the bank, so that what is measured is what the copies cost.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import galera, patroni
from benchmarks.bank import free_port
from benchmarks.database_server import DatabaseServer
from benchmarks.processes import cpu_seconds, tree
from shared.services import BACKENDS, TRANSACTION

KINDS = ("galera", "patroni")


@dataclass(frozen=True)
class ClusterServer(DatabaseServer):
    """`port` and `pid` are those of the server that takes the ledger's writes."""

    cluster: galera.GaleraCluster | patroni.PatroniCluster

    def settings(self) -> dict[str, str]:
        """What puts every service on it. Each names all servers; on Galera the ledger has the first to itself."""
        urls = {}
        for number, service in enumerate(BACKENDS):
            self.cluster.make_database(service.package)
            first = 0 if service == TRANSACTION else 1 + number % 2
            urls[f"{service.env_prefix}_DATABASE_URL"] = self.cluster.url(service.package, first=first)
        return urls

    def cpu_seconds(self) -> float:
        """Processor time of all servers."""
        return sum(cpu_seconds(pid) for root in self.cluster.pids() for pid in tree(root))


@contextmanager
def cluster_server(kind: str) -> Iterator[ClusterServer]:
    """A new cluster on this machine while the block runs. Raises RuntimeError when it cannot be had."""
    with tempfile.TemporaryDirectory(prefix="sandbank-bench-cluster-") as home:
        folder = Path(home)
        cluster = _cluster(kind, folder)
        try:
            cluster.start()
            writer = cluster.writer()
            yield ClusterServer(kind, writer.port, cluster.pids()[0], writer.surroundings, cluster)
        finally:
            cluster.stop()


def _cluster(kind: str, folder: Path) -> galera.GaleraCluster | patroni.PatroniCluster:
    if kind == "galera":
        return galera.GaleraCluster(folder, _free_ports(galera.PORTS))
    return patroni.PatroniCluster(folder, _free_ports(patroni.PORTS))


def _free_ports(count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return sorted(found)
