"""Coming in and going out on the pages: the cookie, the session, the tokens behind it, and forms that were not ours."""

import time
from urllib.parse import urlencode

import pytest
from werkzeug.routing import AnyConverter, BaseConverter
from werkzeug.test import TestResponse

from gateway.app import create_app
from gateway.settings import Settings
from shared import services
from shared.identifiers import new_id
from tests.pages import SCRIPT_CORPUS, Browser
from tests.web_bank import PASSWORD, Customer, WebBank

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "/%0d%0aSet-Cookie:a=b\r\nSet-Cookie: a=b",
    "/api/auth/logout",
    "evil.example",
    "",
)


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def stranger(web: WebBank) -> Browser:
    return web.browser()


def log_in(browser: Browser, username: str, status: int = 303, **filled: str) -> TestResponse:
    """Through the log-in page."""
    browser.open("/login")
    return browser.send("/login", status, **{"username": username, "password": PASSWORD, **filled})


def session_cookie(reply: TestResponse) -> str:
    """The header that sets it."""
    return next(one for one in reply.headers.getlist("Set-Cookie") if one.startswith("sandbank_session_"))


def test_registering_signs_in_and_leads_home(ada: Customer) -> None:
    page = ada.open("/dashboard")
    assert "Welcome, Ada Lovelace." in page.text
    assert "Open your first account" in page.text


def test_logging_in_leads_where_one_was_going(ada: Customer, stranger: Browser) -> None:
    asked = stranger.client.get("/accounts/new?a=b")
    assert asked.status_code == 303
    stranger.follow(asked)
    reply = stranger.send("/login", 303, username=ada.username, password=PASSWORD)
    assert reply.headers["Location"] == "/accounts/new?a=b"


def test_a_wrong_password_is_refused_and_keeps_the_name(ada: Customer, stranger: Browser) -> None:
    log_in(stranger, ada.username, 422, password="not the one it is")
    assert stranger.page.form("/login").fields["username"] == ada.username
    assert stranger.client.get("/dashboard").status_code == 303


def test_the_cookie_is_for_no_script_and_no_other_site(ada: Customer, stranger: Browser) -> None:
    """Catalogue 46."""
    cookie = session_cookie(log_in(stranger, ada.username))
    flags = {part.strip() for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= flags
    assert "Secure" not in flags
    assert not [flag for flag in flags if flag.startswith("Domain")]


def test_behind_tls_the_cookie_is_for_tls_alone(stranger: Browser) -> None:
    reply = stranger.client.get("/login", base_url="https://bank.example")
    assert "; Secure" in session_cookie(reply)


def test_logging_in_begins_a_new_session(ada: Customer, stranger: Browser) -> None:
    """Catalogue 46: what somebody planted before has no part in it."""
    stranger.open("/login")
    planted = stranger.page.form("/login").fields["csrf_token"]
    with stranger.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        before = session["csrf_token"]
    stranger.send("/login", 303, username=ada.username, password=PASSWORD)
    stranger.open("/dashboard")
    with stranger.client.session_transaction() as session:
        assert "planted" not in session
        assert session["csrf_token"] != before
    assert stranger.client.post("/accounts/new", data={"csrf_token": planted}).status_code == 400


@pytest.mark.parametrize("target", ELSEWHERE)
def test_next_never_leads_elsewhere(ada: Customer, stranger: Browser, target: str) -> None:
    """Catalogue 49."""
    stranger.open(f"/login?{urlencode({'next': target})}")
    assert stranger.page.form("/login").fields["next"] == ""
    reply = stranger.send("/login", 303, username=ada.username, password=PASSWORD, next=target)
    assert reply.headers["Location"] == "/home"


def test_no_form_is_taken_without_its_token(ada: Customer, forms: list[str]) -> None:
    """Catalogue 47. The list is the routes themselves: a form that is added tomorrow is tried as well."""
    account = ada.opened(initial_deposit="10.00")
    assert len(forms) > 10
    refused = {path: ada.client.post(path, data={"step": "send", "amount": "1"}) for path in forms}
    assert {path: reply.status_code for path, reply in refused.items() if reply.status_code != 400} == {}
    assert {path for path, reply in refused.items() if "Bad request" not in reply.text} == set()
    assert ada.balance(account) == "10.00"
    assert ada.open("/dashboard"), "still signed in: not even the log-out went through"


def test_no_form_is_taken_with_somebody_else_s_token(ada: Customer, stranger: Browser, forms: list[str]) -> None:
    token = stranger.open("/login").form("/login").fields["csrf_token"]
    replies = {path: ada.client.post(path, data={"csrf_token": token}).status_code for path in forms}
    assert {path: status for path, status in replies.items() if status != 400} == {}


@pytest.fixture
def forms(ada: Customer) -> list[str]:
    """Every path of the pages that takes a POST."""
    rules = [rule for rule in ada.client.application.url_map.iter_rules() if "POST" in (rule.methods or ())]
    adapter = ada.client.application.url_map.bind("localhost")
    return [
        adapter.build(rule.endpoint, {name: _some(converter) for name, converter in rule._converters.items()}, "POST")
        for rule in rules
    ]


def _some(converter: BaseConverter) -> str:
    """A value that fits here in an address."""
    return min(converter.items) if isinstance(converter, AnyConverter) else new_id()


def test_tokens_are_renewed_in_silence_before_they_expire(ada: Customer) -> None:
    with ada.client.session_transaction() as session:
        before = session["tokens"]
        session["tokens"] = [*before[:2], int(time.time()) - 1]
    ada.open("/accounts")
    with ada.client.session_transaction() as session:
        after = session["tokens"]
    assert after[1] != before[1]
    assert after[2] > time.time()


def test_a_token_that_a_service_finds_expired_is_renewed_and_the_page_comes(ada: Customer) -> None:
    expired = ada.bank.keys.token(ada.user_id, life_seconds=-120)
    with ada.client.session_transaction() as session:
        session["tokens"] = [expired, session["tokens"][1], int(time.time()) + 600]
    ada.open("/accounts")
    with ada.client.session_transaction() as session:
        assert session["tokens"][0] != expired


def test_a_form_sent_with_an_expired_token_is_carried_out_once(ada: Customer) -> None:
    account = ada.opened(initial_deposit="50.00")
    ada.open(f"/withdraw?account={account['id']}")
    ada.send("/withdraw", step="review", amount="20")
    with ada.client.session_transaction() as session:
        expired = ada.bank.keys.token(ada.user_id, life_seconds=-120)
        session["tokens"] = [expired, session["tokens"][1], int(time.time()) + 600]
    ada.send("/withdraw", 303, step="send")
    assert ada.balance(account) == "30.00"


def test_an_ended_session_leads_to_the_log_in_and_back(ada: Customer) -> None:
    with ada.client.session_transaction() as session:
        refresh_token = session["tokens"][1]
        session["tokens"] = [*session["tokens"][:2], 0]
    ada.ask(services.AUTH, "POST", "/api/auth/logout_all")
    reply = ada.client.get("/accounts")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/login?next=/accounts")
    page = ada.follow(reply)
    assert "Your session has ended." in page.text
    with ada.client.session_transaction() as session:
        assert "tokens" not in session
    assert refresh_token not in page.text


def test_a_session_with_a_forged_token_is_none(ada: Customer) -> None:
    with ada.client.session_transaction() as session:
        session["tokens"] = ["a.forged.token", session["tokens"][1], int(time.time()) + 600]
    assert ada.client.get("/accounts").headers["Location"] == "/login?next=/accounts"


def test_a_cookie_that_somebody_made_is_none(stranger: Browser) -> None:
    name = stranger.client.application.config["SESSION_COOKIE_NAME"]
    stranger.client.set_cookie(name, "eyJ0b2tlbnMiOlsiYSIsImIiLDk5OTk5OTk5OTldfQ.aaaaaa.bbbbbbbbbbbbbbbbbbbb")
    assert stranger.client.get("/dashboard").headers["Location"].startswith("/login")


def test_logging_out_ends_the_session_here_and_at_the_bank(ada: Customer) -> None:
    ada.open("/dashboard")
    with ada.client.session_transaction() as session:
        refresh_token = session["tokens"][1]
    assert ada.send("/logout", 303).headers["Location"] == "/"
    assert ada.client.get("/dashboard").status_code == 303
    renewal = ada.bank.client(services.AUTH).post("/api/auth/refresh", json={"refresh_token": refresh_token})
    assert renewal.status_code == 401


@pytest.mark.parametrize("path", ["/login", "/register"])
def test_the_sign_in_limit_holds_for_the_pages_as_for_the_api(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTH_SERVICE_URL", "http://127.0.0.1:9")
    app = create_app(Settings(sign_in_limit="2/minute"))
    browser = Browser(app.test_client())
    filled = {"username": "ada", "password": PASSWORD, "email": "ada@example.org"}
    for _ in range(2):
        browser.open(path)
        browser.send(path, 503, **filled)
    assert app.test_client().post("/api/auth/login", json={}).status_code == 429, "one count for both"
    browser.open(path)
    reply = browser.send(path, 429, **filled)
    assert 1 <= int(reply.headers["Retry-After"]) <= 60
    assert browser.page.form(path).fields["username"] == "ada"
    app.extensions["close_gateway"]()


def test_a_form_sent_after_the_session_ended_leads_back_to_the_page_it_is_on(ada: Customer, stranger: Browser) -> None:
    """`/inbox/read_all` takes what a form sends and is no page: nobody is led there after the log-in."""
    token = stranger.open("/login").form("/login").fields["csrf_token"]
    sent = {"csrf_token": token}
    bare = stranger.client.post("/inbox/read_all", data=sent)
    assert bare.headers["Location"] == "/login"
    sent_from = stranger.client.post(
        "/inbox/read_all", data=sent, headers={"Referer": "http://localhost/inbox?unread=true"}
    )
    assert sent_from.headers["Location"] == "/login?next=/inbox?unread%3Dtrue"
    foreign = stranger.client.post("/inbox/read_all", data=sent, headers={"Referer": "http://evil.example/inbox"})
    assert foreign.headers["Location"] == "/login"
    stranger.open("/login?next=/inbox/read_all")
    reply = stranger.send("/login", 303, username=ada.username, password=PASSWORD)
    assert reply.headers["Location"] == "/home"


def test_two_banks_on_one_host_keep_their_sessions_apart() -> None:
    names = set()
    for secret in ("of one bank", "of another", "of one bank"):
        app = create_app(Settings(session_secret=secret))
        names.add(app.config["SESSION_COOKIE_NAME"])
        app.extensions["close_gateway"]()
    assert len(names) == 2, "each bank its own, and all gateways of one the same"


def test_what_a_page_asks_of_its_reader_is_named(web: WebBank, ada: Customer) -> None:
    assert "employees and administrators" in ada.open("/admin/users", 403).text
    assert "for administrators" in web.employee().open("/admin/simulator", 403).text


def test_the_length_of_a_password_is_what_auth_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANK_PASSWORD_MIN_LENGTH", "17")
    app = create_app(Settings.from_environment())
    assert "At least 17 characters" in Browser(app.test_client()).open("/register").text
    app.extensions["close_gateway"]()


def test_a_name_is_only_ever_text(web: WebBank) -> None:
    """Catalogue 48."""
    for text in SCRIPT_CORPUS:
        person = web.customer(text)
        for path in ("/dashboard", "/accounts/new"):
            page = person.open(path)
            page.check_harmless()
            assert text in page.text
        account = person.opened()
        for path in ("/dashboard", f"/accounts/{account['id']}", f"/accounts/{account['id']}/close"):
            person.open(path).check_harmless()
        assert text in person.open(f"/accounts/{account['id']}").text
