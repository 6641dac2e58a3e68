"""Two gateways that share their counters through a real Redis, and go on when it dies."""

import subprocess
from collections.abc import Iterator

import pytest

from gateway.app import create_app
from gateway.settings import Settings
from shared import services
from tests.redis_server import redis_server


@pytest.fixture
def redis() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    with redis_server() as running:
        yield running


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
