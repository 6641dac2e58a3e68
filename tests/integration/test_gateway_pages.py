"""The gateway's own pages: health, documentation, front page, errors, and what each tells the browser to refuse."""

import gzip
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from gateway.app import create_app
from gateway.settings import Settings
from gateway.web.assets import COMPONENTS, STATIC
from shared import services
from shared.identity.access import declared_access
from tests.live_services import serving
from tests.scripted_server import answering, scripted

WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
ILL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}"
PAGES = ("/", "/status", "/docs", "/no-such-page")


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every service is away."""
    for service in services.BACKENDS:
        monkeypatch.setenv(f"{service.env_prefix}_SERVICE_URL", "http://127.0.0.1:9")


@pytest.fixture
def browser(nowhere: None) -> Iterator[FlaskClient]:
    app = create_app(Settings())
    yield app.test_client()
    app.extensions["close_gateway"]()


def test_health_names_every_service_and_is_503_while_one_is_away(
    browser: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scripted(answering(WELL)) as well, scripted(answering(ILL)) as ill:
        monkeypatch.setenv("AUTH_SERVICE_URL", well.url)
        monkeypatch.setenv("ACCOUNT_SERVICE_URL", ill.url)
        reply = browser.get("/health")
    assert reply.status_code == 503
    expected = {service.name: "unhealthy" for service in services.SERVICES}
    assert reply.get_json() == {
        "status": "degraded",
        "services": {**expected, "api-gateway": "healthy", "auth-service": "healthy"},
        "reasons": {
            **{service.name: ["it does not answer"] for service in services.BACKENDS if service != services.AUTH},
            "account-service": ["it answers 503"],
        },
        "facts": {"api-gateway": {**reply.get_json()["facts"]["api-gateway"], "restarts": 0, "lag": None}},
    }


def test_health_is_200_when_every_service_is_well(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(answering(WELL)) as well:
        for service in services.BACKENDS:
            monkeypatch.setenv(f"{service.env_prefix}_SERVICE_URL", well.url)
        reply = browser.get("/health")
    assert (reply.status_code, reply.get_json()["status"]) == (200, "healthy")
    assert list(reply.get_json()["services"]) == [service.name for service in services.SERVICES]


@pytest.mark.parametrize("path", PAGES)
def test_no_page_needs_inline_script_or_style_or_another_origin(browser: FlaskClient, path: str) -> None:
    reply = browser.get(path)
    page = reply.get_data(as_text=True)
    assert "unsafe-inline" not in reply.headers["Content-Security-Policy"]
    assert re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=", page) is None
    assert re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page) == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_refuse_frames_and_sniffing(browser: FlaskClient, path: str) -> None:
    headers = browser.get(path).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


@pytest.mark.parametrize("path", PAGES)
def test_every_file_that_a_page_names_is_served(browser: FlaskClient, path: str) -> None:
    names = re.findall(
        r'(?:src|href)="(/(?:static|bootstrap|docs/swagger|bank)[^"]*)"', browser.get(path).get_data(as_text=True)
    )
    assert names
    for name in names:
        with browser.get(name.replace("&amp;", "&")) as reply:
            assert reply.status_code == 200, name


def test_a_page_brings_two_style_sheets_and_every_component_is_in_one_of_them(browser: FlaskClient) -> None:
    sheets = re.findall(r'rel="stylesheet" href="([^"]+)"', browser.get("/").get_data(as_text=True))
    assert [sheet.partition("?")[0] for sheet in sheets] == ["/bootstrap/static/css/bootstrap.min.css", "/bank.css"]
    components = {path.stem: path.read_text() for path in (STATIC / "css" / "components").iterdir()}
    assert set(COMPONENTS) == set(components)
    served = browser.get(sheets[1]).get_data(as_text=True)
    assert all(component in served for component in components.values())


@pytest.mark.parametrize("path", PAGES)
def test_what_a_page_names_by_its_hash_is_kept_for_a_year(browser: FlaskClient, path: str) -> None:
    page = browser.get(path).get_data(as_text=True).replace("&amp;", "&")
    for name in re.findall(r'(?:src|href)="(/[^"?]*\.(?:css|js|svg)(?:\?[^"]*)?)"', page):
        with browser.get(name) as right, browser.get(name.partition("?")[0] + "?v=000000000000") as wrong:
            assert (right.status_code, wrong.status_code) == (200, 200), name
            kept = set(right.headers["Cache-Control"].split(", "))
            assert kept == {"public", "max-age=31536000", "immutable"}, name
            assert "immutable" not in wrong.headers["Cache-Control"], name


def test_every_page_says_what_it_is_about(browser: FlaskClient) -> None:
    for path in PAGES:
        (about,) = re.findall(r'<meta name="description" content="([^"]+)">', browser.get(path).text)
        assert 50 <= len(about) <= 160


def test_an_unknown_page_is_an_html_page_with_the_request_id_and_a_way_on(browser: FlaskClient) -> None:
    reply = browser.get("/no-such-page", headers={"X-Request-ID": "page-1"})
    page = reply.get_data(as_text=True)
    assert (reply.status_code, reply.mimetype) == (404, "text/html")
    assert "page-1" in page
    assert 'href="/"' in page


def test_an_unforeseen_error_is_a_page_without_its_cause(browser: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        message = "the cause"
        raise RuntimeError(message)

    monkeypatch.setitem(browser.application.extensions, "bank_health", fail)
    page, machine = browser.get("/"), browser.get("/health")
    assert (page.status_code, page.mimetype, machine.status_code) == (500, "text/html", 500)
    assert machine.get_json()["error_code"] == "INTERNAL_ERROR"
    assert b"the cause" not in page.data + machine.data


def test_a_method_that_a_page_does_not_know_keeps_its_headers(browser: FlaskClient) -> None:
    reply = browser.post("/status")
    assert (reply.status_code, reply.mimetype) == (405, "text/html")
    assert "GET" in reply.headers["Allow"]


def test_the_description_survives_services_that_are_away(browser: FlaskClient) -> None:
    reply = browser.get("/openapi.json")
    assert (reply.status_code, list(reply.get_json()["paths"])) == (200, ["/health"])


def test_metrics_count_what_was_proxied(browser: FlaskClient) -> None:
    browser.get("/api/transactions/list")
    counted = re.findall(r'http_requests_total\{endpoint="transaction-service".*', browser.get("/metrics").text)
    assert any('status="503"' in line for line in counted)


def test_a_page_under_load_is_limited(nowhere: None) -> None:
    app = create_app(Settings(api_limit="2/minute"))
    browser = app.test_client()
    replies = [browser.get("/status") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[2].mimetype == "text/html"
    assert browser.get("/health").status_code == 503
    app.extensions["close_gateway"]()


def test_every_route_of_the_pages_declares_its_access(browser: FlaskClient) -> None:
    assert declared_access(browser.application)


def test_a_file_of_swagger_ui_cannot_be_a_way_out_of_its_folder(nowhere: None) -> None:
    app = create_app(Settings())
    with serving(app) as url:
        assert url
    reply = app.test_client().get("/docs/swagger/..%2f..%2f__init__.py")
    assert reply.status_code == 404
    app.extensions["close_gateway"]()


@pytest.mark.parametrize("path", ["/login", "/bootstrap/static/css/bootstrap.min.css"])
def test_pages_and_style_sheets_travel_compressed(browser: FlaskClient, path: str) -> None:
    with (
        browser.get(path, headers={"Accept-Encoding": "gzip, br"}) as small,
        browser.get(path) as plain,
    ):
        assert (small.headers.get("Content-Encoding"), plain.headers.get("Content-Encoding")) == ("br", None)
        assert 2 * len(small.data) < len(plain.data)


def test_a_movement_that_is_seen_from_no_account_says_who_paid_whom(browser: FlaskClient) -> None:
    """As staff see it: both sides, and nobody's sign."""
    party = {"account_number": "DE** **** **** **** **00 01"}
    it = {
        "id": "0190a8c0-5f00-7a00-8000-000000000001", "type": "transfer", "status": "completed", "amount": "25.40",
        "currency": "EUR", "direction": None, "balance_after": None, "counterparty": None, "description": "Rent",
        "category": None, "effective_at": "2026-11-20T15:04:05Z",
        "payer": {"name": "Ada Lovelace", **party}, "payee": {"name": "Grace Hopper", **party},
    }  # fmt: skip
    with browser.application.test_request_context():
        macros = browser.application.jinja_env.get_template("macros/bank.html").module
        row = " ".join(str(macros.transaction_row(it)).split())
        assert "Ada Lovelace → Grace Hopper" in row
        assert "\u2212" not in row
        assert "Fees → " in " ".join(str(macros.transaction_title({**it, "payer": {"name": "Fees"}})).split())


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate"])
def test_static_files_come_in_whichever_coding_the_browser_asks_for(browser: FlaskClient, coding: str) -> None:
    path = "/bootstrap/static/css/bootstrap.min.css"
    plain = browser.get(path)
    packed = browser.get(path, headers={"Accept-Encoding": coding})
    assert (packed.status_code, packed.headers["Content-Encoding"]) == (200, coding)
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 4
    if coding == "gzip":
        assert gzip.decompress(packed.data) == plain.data
    again = browser.get(path, headers={"Accept-Encoding": coding, "If-None-Match": packed.headers["ETag"]})
    assert again.status_code in (200, 304)
    for reply in (plain, packed, again):
        reply.close()
