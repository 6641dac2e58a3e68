"""Two gateways that share their counters through a real Redis, and go on when it dies."""

import socket
import subprocess
from collections.abc import Iterator

import pytest

from gateway.app import create_app
from gateway.settings import Settings
from shared import services
from tests.bank_processes import wait_until
from tests.free_ports import free_port
from tests.needs import program


@pytest.fixture
def redis() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    wait_until(lambda: _listens(port), 10)
    yield f"redis://127.0.0.1:{port}", process
    process.kill()
    process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_sign_ins_are_counted_across_gateways_and_go_on_when_redis_dies(
    redis: tuple[str, subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, process = redis
    for service in services.BACKENDS:
        monkeypatch.setenv(f"{service.env_prefix}_SERVICE_URL", "http://127.0.0.1:9")
    gateways = [create_app(Settings(redis_url=url, sign_in_limit="3/minute")) for _ in range(2)]
    one, other = (app.test_client() for app in gateways)

    assert [client.post("/api/auth/login").status_code for client in (one, other, one)] == [503, 503, 503]
    refused = other.post("/api/auth/login")
    assert (refused.status_code, refused.get_json()["error_code"]) == (429, "RATE_LIMITED")
    assert 1 <= int(refused.headers["Retry-After"]) <= 61
    assert one.get("/status").status_code == 200

    process.kill()
    process.wait()
    assert other.post("/api/auth/login").status_code == 503
    assert other.get("/status").status_code == 200
    for app in gateways:
        app.extensions["close_gateway"]()
