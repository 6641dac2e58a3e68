"""Pages of other origins, made-up host names, figures asked for from outside: what strangers are answered."""

from pathlib import Path

import requests

from gateway.proxy.cross_origin import CrossOrigin
from gateway.proxy.host_names import HostNames
from gateway.settings import Settings
from tests.gateway_proxy import TRANSFER, StartLedger, gateway
from tests.nginx import nginx_before
from tests.scripted_server import JSON_OK, answering


def test_a_page_of_another_origin_may_call_when_it_is_named(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    asks = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    with gateway(Settings(cross_origin=CrossOrigin(["https://app.example"]))) as front:
        allowed, _ = front.ask("OPTIONS", headers=asks)
        assert (allowed.status, allowed.headers["Access-Control-Allow-Origin"]) == (204, "https://app.example")
        assert "Idempotency-Key" in allowed.headers["Access-Control-Allow-Headers"]
        refused, _ = front.ask("OPTIONS", headers={**asks, "Origin": "https://evil.example"})
        assert (refused.status, "Access-Control-Allow-Origin" in refused.headers) == (204, False)
        assert server.requests == []
        for path, status in ((TRANSFER, 200), ("/api/nothing", 404)):
            reply, _ = front.ask(path=path, headers={"Origin": "https://app.example"})
            assert (reply.status, reply.headers["Access-Control-Allow-Origin"]) == (status, "https://app.example")
            assert reply.headers["Vary"] == "Origin"


def test_without_the_setting_no_origin_is_told_anything(stand_in: StartLedger) -> None:
    stand_in(answering(JSON_OK))
    with gateway() as front:
        reply, _ = front.ask(headers={"Origin": "http://localhost:3000"})
        assert not [name for name in reply.headers if name.lower().startswith(("access-control", "vary"))]


def test_a_redirect_never_repeats_the_host_that_a_client_made_up() -> None:
    with gateway() as front:
        for path in ("/accounts//new", "//login", "/status/"):
            reply, _ = front.ask(path=path, headers={"Host": "evil.example"}, redirect=False)
            assert "evil.example" not in reply.headers.get("Location", ""), path
        reply, _ = front.ask(path="/accounts//new", headers={"Host": "evil.example"}, redirect=False)
        assert (reply.status, reply.headers["Location"]) == (308, "/accounts/new")


def test_an_unknown_host_is_refused_when_the_bank_knows_its_names(stand_in: StartLedger) -> None:
    server = stand_in(answering(JSON_OK))
    with gateway(Settings(hosts=HostNames(["bank.example"]))) as front:
        for path in (TRANSFER, "/login", "/openapi.json"):
            reply, body = front.ask(path=path, headers={"Host": "evil.example"})
            assert (reply.status, body["error_code"]) == (400, "UNKNOWN_HOST"), path
        assert server.requests == []
        assert front.ask(headers={"Host": "bank.example:5000"})[0].status == 200
        assert front.ask(path="/login", headers={"Host": "bank.example"})[0].status == 200
        assert front.ask(path="/metrics", headers={"Host": "10.0.0.1:5000"})[0].status == 200


FIGURES = ("/metrics", "/metrics?name=x", "/%6detrics", "//metrics", "/./metrics", "/x/../metrics")


def test_figures_are_not_for_whoever_comes_through_another_server() -> None:
    with gateway() as front:
        assert b"http_requests_total" in front.ask(path="/metrics")[0].data
        for path in FIGURES:
            for method in ("GET", "HEAD"):
                reply, _ = front.ask(method, path, headers={"X-Forwarded-For": "203.0.113.9"}, redirect=False)
                assert reply.status in (308, 404), path
                assert b"http_requests_total" not in reply.data, path
        reply, body = front.ask(path="/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
        assert (reply.status, body["error_code"]) == (404, "NOT_FOUND")


def test_nginx_passes_on_no_request_for_figures(tmp_path: Path) -> None:
    with gateway() as front, nginx_before(front.url, tmp_path / "nginx") as nginx, requests.Session() as browser:
        browser.trust_env, browser.verify = False, str(nginx.certificate)
        assert browser.get(f"{nginx.secure}/login", timeout=10).status_code == 200
        for path in FIGURES:
            reply = browser.get(nginx.secure + path, timeout=10)
            assert (reply.status_code, "nginx" in reply.text) == (404, True), path
        assert b"http_requests_total" in front.ask(path="/metrics")[0].data
