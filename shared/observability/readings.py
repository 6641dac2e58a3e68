"""Figures that are read when somebody asks for `/metrics`, and cost nothing before: how much waits, how late it is.

Each process answers for what it can see: what lies in the database is the same from any of them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

import structlog
from flask import Flask
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric

from shared.observability.logs import cause_of
from shared.observability.restarts import planned_restarts, restarts, started_at
from shared.services import Service

logger = structlog.get_logger(__name__)

Read = Callable[[], Iterable[Metric]]


def gauge(name: str, told: str, values: float | Mapping[str, float], label: str = "") -> Metric:
    """One figure, or one for each value of a label. `told` is what it means, as a part of a sentence."""
    if isinstance(values, Mapping):
        family = GaugeMetricFamily(name, told, labels=[label])
        for value, figure in values.items():
            family.add_metric([value], figure)
        return family
    return GaugeMetricFamily(name, told, value=values)


def add_readings(app: Flask, read: Read) -> None:
    """Have this read for each request to `/metrics`."""
    app.extensions.setdefault("readings", []).append(read)


def read_all(app: Flask) -> bytes:
    """The text of all figures. What cannot be read is left out, and said in the log: the others are needed then."""
    registry = CollectorRegistry()
    registry.register(_Collected(app))
    return generate_latest(registry)


def readings_of_service(service: Service, version: str) -> Iterator[Metric]:
    """What each service says of itself."""
    info = GaugeMetricFamily("bank_service_info", "Always 1; which service and version", labels=["service", "version"])
    info.add_metric([service.name, version], 1)
    yield info
    yield gauge("bank_service_start_time_seconds", "When the service began, since the epoch", started_at())
    yield gauge(
        "bank_service_restarts", "How often it was started again since the bank was, after it had died", restarts()
    )
    planned = "How often it was started again since the bank was, after it had been asked to end"
    yield gauge("bank_service_planned_restarts", planned, planned_restarts())


class _Collected:
    def __init__(self, app: Flask) -> None:
        self._app = app

    def collect(self) -> Iterator[Metric]:
        for read in self._app.extensions.get("readings", ()):
            try:
                yield from list(read())
            except Exception as error:  # noqa: BLE001 (whatever it was, the other figures are told)
                logger.warning("reading_failed", cause=cause_of(error))
