"""Traces of requests through the bank, off unless `OTEL_EXPORTER_OTLP_ENDPOINT` says where to (docs/adr/0037).

While they are off nothing of OpenTelemetry is imported, and each place that could be traced asks one question here.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from flask import Flask

from shared.network.addresses import MissingSettingError
from shared.observability.sampling import sampler
from shared.services import Service

if TYPE_CHECKING:
    from shared.observability.open_telemetry import OpenTelemetry

_on: "list[OpenTelemetry]" = []
_OFF: AbstractContextManager[object] = nullcontext()


def install(app: Flask, service: Service) -> None:
    """Trace what this app does, where traces are wanted. Last of all, in the process that serves."""
    endpoint = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
    if not endpoint:
        return
    if not endpoint.startswith(("http://", "https://")):
        message = f"OTEL_EXPORTER_OTLP_ENDPOINT is {endpoint!r}; it must be an address such as http://127.0.0.1:4318"
        raise MissingSettingError(message)
    decides_to_sample = sampler()
    from shared.observability.open_telemetry import OpenTelemetry  # noqa: PLC0415 (3 MB, and most banks trace nothing)

    _on[:] = [OpenTelemetry(service, decides_to_sample)]
    _on[0].install(app)


def end() -> None:
    """Send what is still to be sent, and trace nothing more."""
    while _on:
        _on.pop().close()


def ids() -> dict[str, str | None]:
    """What a line of the log says of the trace that it belongs to; nothing outside of traces."""
    return _on[0].ids() if _on else {}


def name(endpoint: str, status: int) -> None:
    """Say what the request being served was: the name of its route, and what was answered."""
    if _on:
        _on[0].name(endpoint, status)


def headers() -> dict[str, str]:
    """What a call made now carries on, so that what it brings about belongs to the same trace."""
    return _on[0].headers() if _on else {}


def call(method: str, service: Service) -> AbstractContextManager[object]:
    """Around a call to another service, made for a request."""
    return _on[0].call(method, service) if _on else _OFF


def work(kind: str) -> AbstractContextManager[object]:
    """Around work that nobody waits for: a trace of its own."""
    return _on[0].work(kind) if _on else _OFF


def here() -> object:
    """Where an order is handed to the writer, for `committed` to find its trace again; None outside of sampled ones."""
    return _on[0].here() if _on else None


def committed(orders: list[Any], seconds: float, size: int) -> None:
    """These shared a commit of `size` orders that has just ended, and took so long."""
    if _on:
        _on[0].committed([one for one in orders if one is not None], seconds, size)
