"""A bank in production behind nginx, as deploy/ has it: what browsers are told, and whom the bank takes clients for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from shared.services import GATEWAY
from shared.serving.framing import MAX_BODY_BYTES
from tests.bank_processes import BankProcesses, bank_processes
from tests.nginx import Nginx, nginx_before
from tests.oracle import Acknowledged, check_ledger
from tests.unit.test_production import SAFE

NAME = "bank.example"
PASSWORD = "a quiet brass kettle"


@dataclass
class Served:
    """The bank, nginx before it, and a browser that believes its certificate."""

    bank: BankProcesses
    nginx: Nginx

    def browser(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.verify = str(self.nginx.certificate)
        session.headers["Host"] = NAME
        return session


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("tls")
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("AUTH_PASSWORD_HASH", raising=False)
        for name, value in SAFE.items():
            environment.setenv(name, value)
        with (
            bank_processes(folder / "data", logs=folder) as bank,
            nginx_before(bank.url(GATEWAY), folder / "nginx") as nginx,
        ):
            assert not (bank.data / "secrets").exists()
            yield Served(bank, nginx)


def register(served: Served, name: str) -> str:
    """An access token of somebody new, got through nginx."""
    browser = served.browser()
    person = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    assert browser.post(f"{served.nginx.secure}/api/auth/register", json=person, timeout=30).status_code == 201
    log_in = {"username": name, "password": PASSWORD}
    reply = browser.post(f"{served.nginx.secure}/api/auth/login", json=log_in, timeout=30)
    return str(reply.json()["data"]["access_token"])


def test_whoever_comes_in_the_clear_is_sent_to_tls(served: Served) -> None:
    reply = served.browser().get(f"{served.nginx.plain}/accounts?x=1", timeout=10, allow_redirects=False)
    assert (reply.status_code, reply.headers["Location"]) == (301, f"https://{NAME}/accounts?x=1")


def test_pages_come_with_hsts_and_a_cookie_that_only_tls_carries(served: Served) -> None:
    register(served, "ada")
    browser = served.browser()
    page = browser.get(f"{served.nginx.secure}/login", timeout=10)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "nginx/" not in page.headers["Server"]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None
    form = {"username": "ada", "password": PASSWORD, "csrf_token": token[1]}
    headers = {"Referer": f"https://{NAME}/login"}
    reply = browser.post(f"{served.nginx.secure}/login", data=form, headers=headers, timeout=30, allow_redirects=False)
    assert (reply.status_code, reply.headers["Location"]) == (303, "/home")
    for cookie in (page.headers["Set-Cookie"], reply.headers["Set-Cookie"]):
        assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    in_the_clear = requests.get(f"{served.bank.url(GATEWAY)}/login", timeout=10)
    assert "Strict-Transport-Security" not in in_the_clear.headers
    assert "Secure" not in in_the_clear.headers["Set-Cookie"]


def test_what_a_client_says_of_itself_is_not_believed(served: Served) -> None:
    token = register(served, "grace")
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Real-IP": "203.0.113.9", "Forwarded": "for=203.0.113.9"}
    log_in = {"username": "grace", "password": PASSWORD}
    browser = served.browser()
    reply = browser.post(
        f"{served.nginx.secure}/api/auth/login",
        json=log_in,
        headers={**forged, "X-Forwarded-Proto": "http"},
        timeout=30,
    )
    assert reply.status_code == 200
    sessions = browser.get(
        f"{served.nginx.secure}/api/auth/sessions", headers={"Authorization": f"Bearer {token}"}, timeout=10
    ).json()["data"]
    assert {one["address"] for one in sessions} == {"127.0.0.1"}
    page = browser.get(f"{served.nginx.secure}/login", headers={"X-Forwarded-Proto": "http"}, timeout=10)
    assert "Strict-Transport-Security" in page.headers


def test_another_name_is_refused_by_the_bank_and_a_body_too_large_in_its_own_words(served: Served) -> None:
    evil = served.browser().get(f"{served.nginx.secure}/login", headers={"Host": "evil.example"}, timeout=10)
    assert (evil.status_code, evil.json()["error_code"]) == (400, "UNKNOWN_HOST")

    def sent(length: int) -> requests.Response:
        large = {"username": "x" * length, "password": "x"}
        return served.browser().post(f"{served.nginx.secure}/api/auth/login", json=large, timeout=60)

    reply = sent(MAX_BODY_BYTES)
    assert (reply.status_code, reply.json()["success"]) == (413, False)
    much_larger = sent(5 * MAX_BODY_BYTES)
    assert (much_larger.status_code, "nginx" in much_larger.text) == (413, True), "of which nginx keeps nothing"


def test_money_moves_once_through_it(served: Served) -> None:
    browser, headers = served.browser(), {"Authorization": f"Bearer {register(served, 'payer')}"}
    url = served.nginx.secure
    mine = [
        browser.post(
            f"{url}/api/accounts/create",
            json={"account_type": "checking", "initial_deposit": "10.00"},
            headers=headers,
            timeout=30,
        ).json()["data"]["id"]
        for _ in range(2)
    ]
    order = {"from_account_id": mine[0], "to_account_id": mine[1], "amount": "1.00"}
    replies = [
        browser.post(
            f"{url}/api/transactions/transfer", json=order, headers={**headers, "Idempotency-Key": "once"}, timeout=30
        )
        for _ in range(2)
    ]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[1].headers["Idempotent-Replayed"] == "true"
    paid = Acknowledged("once", replies[0].json()["data"]["id"])
    check_ledger(Path(served.bank.data) / "transaction_service.db", [paid])
