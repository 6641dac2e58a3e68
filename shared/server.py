"""Runs one service under gunicorn: `python -m shared.server transaction_service`.

Address, workers and threads come from the environment (`<PREFIX>_HOST`, `<PREFIX>_PORT`, `<PREFIX>_WORKERS`,
`<PREFIX>_THREADS`). Consul hears of the service when it is ready.
"""

import gc
import os
import resource
import signal
import sys
import tempfile
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import structlog
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter

from shared import settings
from shared.network.addresses import authority, check_host, http_url
from shared.network.registration import Registration
from shared.observability import logs, tracing
from shared.observability.restarts import note_start
from shared.services import Service, service_named
from shared.serving.framing import MAX_FIELD_BYTES, MAX_FIELDS, MAX_LINE_BYTES
from shared.serving.server_log import ServerLog
from shared.serving.worker import PatientWorker, hold_signals_while_forking
from shared.storage.private_files import keep_private
from shared.time import business_days

_GRACE_SECONDS = 15
_MOST_CONNECTIONS = 4000
_WORKER_TIMEOUT_SECONDS = 60


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, service: Service, options: dict[str, Any], create_app: Callable[[], Any]) -> None:
        self._service = service
        self._create_app = create_app
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        logs.configure(self._service.name)
        try:
            app = self._create_app()
            tracing.install(app, self._service)
        except settings.MissingSettingError as missing:
            _say_why(self._service, missing)
            sys.exit(Arbiter.APP_LOAD_ERROR)  # gunicorn's word for: no use trying again
        gc.collect()
        gc.freeze()  # what an app is made of stays: a collection that looks at all of it takes a tenth of a second
        return app


def main(package: str) -> None:
    """Serve one of the bank's services until SIGTERM. Ends the process, with a sentence, when a setting is missing."""
    service = service_named(package)
    try:
        serve(service, lambda: import_module(f"{package}.app").create_app(), read_settings=lambda: _read(package))
    except settings.MissingSettingError as missing:
        try:
            logs.configure(service.name)
        except settings.MissingSettingError:  # this one, perhaps: then it is said where the process was started
            logs.configure_console()
        _say_why(service, missing)
        sys.exit(1)


def _say_why(service: Service, missing: settings.MissingSettingError) -> None:
    structlog.get_logger("server").critical(f"{service.name} does not start: {missing}")


def _read(package: str) -> None:
    import_module(f"{package}.settings").Settings.from_environment()


def serve(service: Service, create_app: Callable[[], Any], *, read_settings: Callable[[], None]) -> None:
    """Serve the app that `create_app` makes, once in each worker, at the service's address until SIGTERM.

    The settings are read here as well: one that cannot be used is refused before anybody listens.
    """
    check_host(service.env_prefix)
    settings.check_surroundings()
    keep_private(settings.data_dir())
    workers = settings.workers(service)
    registration = Registration(service)
    business_days.time_zone()  # a zone that does not exist is named now, not at the first request
    logs.configure(service.name)
    note_start()
    read_settings()
    logger = structlog.get_logger("server")
    if workers > 1:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix=f"metrics-{service.package}-"))
    if os.environ.get("BANK_SUPERVISED"):
        threading.Thread(target=_stop_with_supervisor, daemon=True).start()

    def when_ready(_server: object) -> None:
        logger.info("ready", service=service.name, address=http_url(service.host, service.port))
        registration.begin()

    def on_exit(_server: object) -> None:
        registration.end()
        logger.info("stopped", service=service.name)

    options = {
        "bind": authority(service.host, service.port),
        "workers": workers,
        "worker_class": PatientWorker,
        "threads": settings.threads(service),
        "worker_connections": _most_connections(),
        "forwarded_allow_ips": "",
        "limit_request_line": MAX_LINE_BYTES,
        "limit_request_fields": MAX_FIELDS,
        "limit_request_field_size": MAX_FIELD_BYTES,
        "keepalive": 75,
        "graceful_timeout": _GRACE_SECONDS,
        "timeout": _WORKER_TIMEOUT_SECONDS,
        "backlog": 2048,
        "logger_class": ServerLog,
        "loglevel": "warning",
        "proc_name": service.name,
        "worker_tmp_dir": "/dev/shm" if os.path.isdir("/dev/shm") else None,  # noqa: PTH112, S108 (gunicorn's heartbeat file)
        "when_ready": when_ready,
        "worker_exit": _give_back,
        "on_exit": on_exit,
        "control_socket_disable": True,
        "http_parser": "python",  # whatever else is installed: it is the one whose strictness the tests hold
    }
    hold_signals_while_forking()
    _Server(service, options, create_app).run()


def _give_back(_arbiter: object, worker: Any) -> None:
    """A worker's last act: its database closed, so that SQLite leaves no log behind that the next start has to read."""
    tracing.end()
    database = getattr(getattr(worker, "wsgi", None), "extensions", {}).get("database")
    if database is not None:
        database.close()


def _most_connections() -> int:
    """As many clients at once as there can be descriptors for, with as many again left for files and for calls."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _MOST_CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 2 * _MOST_CONNECTIONS)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return min(_MOST_CONNECTIONS, max(soft, wanted) // 2)


def _stop_with_supervisor() -> None:
    """Standard input is a pipe from the orchestrator: when it closes, the orchestrator is gone, and so are we.

    Read from the descriptor, not from sys.stdin: its lock, held by a waiting thread, aborts an interpreter that exits.
    """
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(sys.argv[1])
