"""The whole bank with every documented setting changed, each seen in what the bank then does."""

import contextlib
import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from gateway.web.web_session import cookie_name
from shared.services import ACCOUNT, AUTH, GATEWAY, SERVICES, TRANSACTION
from shared.storage.sqlite import sqlite_driver as sqlite3
from tests import rate_pages
from tests.bank_processes import wait_until
from tests.certificates import certificate_of
from tests.consul_dev import ConsulAgent, consul_agent
from tests.e2e import changed_settings as changed
from tests.e2e.running_bank import RunningBank
from tests.mail_servers import USERNAME, Handed, MailServerOfTests, mail_server
from tests.oracle import check_ledger
from tests.redis_server import redis_server

pytestmark = pytest.mark.thorough

PASSWORD = "a quiet brass kettle"


class ChangedBank:
    """The bank, the Consul agent it uses, and one customer of it with two accounts."""

    def __init__(
        self, bank: RunningBank, around: changed.Surroundings, agent: ConsulAgent, mail: MailServerOfTests
    ) -> None:
        self.bank = bank
        self.around = around
        self.agent = agent
        self.mail = mail
        self.token = self.register("nora")
        self.accounts = [self.open_account(self.token, "100.00") for _ in range(2)]
        self.peer_token = self.register("peer")
        self.peer_account = self.open_account(self.peer_token)

    def register(self, username: str) -> str:
        person = {"username": username, "email": f"{username}@example.org", "password": PASSWORD}
        self.bank.data_of("POST", "/api/auth/register", person)
        return self.bank.log_in(person)

    def open_account(self, token: str, deposit: str = "1.00") -> dict[str, Any]:
        order = {"account_type": "checking", "initial_deposit": deposit}
        found: dict[str, Any] = self.bank.data_of("POST", "/api/accounts/create", order, token=token)
        return found

    def deposit(self, amount: str) -> tuple[int, dict[str, Any]]:
        order = {"account_id": self.accounts[0]["id"], "amount": amount}
        return self.bank.ask("POST", "/api/transactions/deposit", order, token=self.token)

    def withdraw(self, amount: str) -> tuple[int, dict[str, Any]]:
        order = {"account_id": self.accounts[0]["id"], "amount": amount}
        return self.bank.ask("POST", "/api/transactions/withdraw", order, token=self.token)


@pytest.fixture(scope="module")
def changed_bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChangedBank]:
    folder = tmp_path_factory.mktemp("changed")
    certificate = certificate_of(folder, "localhost")
    with (
        consul_agent(folder) as agent,
        redis_server() as (redis_url, _),
        mail_server(certificate) as mail,
        rate_pages.served() as site,
    ):
        bank = RunningBank(folder, changed.DATA_NAME)
        around = changed.Surroundings(
            bank.data, agent.port, redis_url, mail.at(), certificate, site.addresses, bank.ports
        )
        bank.environment |= changed.changed_settings(around)
        try:
            bank.start("--no-demo")
            bank.wait_until_ready()
            yield ChangedBank(bank, around, agent, mail)
            with pytest.MonkeyPatch.context() as environment:  # the oracle counts days as the bank does
                environment.setenv("BANK_TIME_ZONE", bank.environment["BANK_TIME_ZONE"])
                check_ledger(bank.data / "transaction_service.db", [])
        finally:
            bank.end()
            wait_until(lambda: not bank.left_running(), 60)


def test_every_service_is_in_consul_where_it_can_be_reached(changed_bank: ChangedBank) -> None:
    wait_until(lambda: len(changed_bank.agent.passing()) == len(SERVICES), 60)
    found = changed_bank.agent.passing()
    assert {name: port for name, (_, port) in found.items()} == changed_bank.bank.ports
    assert found[AUTH.name][0] == "::1"
    assert not {host for host, _ in found.values()} & {"0.0.0.0", "::", ""}  # noqa: S104


def test_it_listens_where_it_was_told_and_says_so(changed_bank: ChangedBank) -> None:
    port = changed_bank.bank.ports[GATEWAY.name]
    for address in (f"http://[::1]:{port}", f"http://127.0.0.1:{port}"):
        assert requests.get(f"{address}/health", timeout=5).json()["status"] == "healthy"
    auth_port = changed_bank.bank.ports[AUTH.name]
    assert requests.get(f"http://[::1]:{auth_port}/api/health", timeout=5).status_code == 200
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{auth_port}/api/health", timeout=5)
    assert changed_bank.bank.run_file()["services"][AUTH.name]["url"] == f"http://[::1]:{auth_port}"


def test_it_has_the_processes_it_was_told_to_have(changed_bank: ChangedBank) -> None:
    for service, expected in ((GATEWAY, 2), (AUTH, 2), (ACCOUNT, 2), (TRANSACTION, 1)):
        first = changed_bank.bank.pid_of(service)
        workers = Path(f"/proc/{first}/task/{first}/children").read_text().split()
        assert len(workers) == expected, service.name


def test_an_odd_data_directory_holds_everything_for_its_owner_alone(changed_bank: ChangedBank) -> None:
    data = changed_bank.bank.data
    names = {path.name for path in data.glob("*.db")}
    assert "transaction_service.db" in names
    assert "reporting_service.db" not in names
    assert (data.parent / "the read side.db").stat().st_size > 0
    for path in [data, *data.rglob("*"), *data.parent.glob("the read side.db*")]:
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path
    made = {path.name for path in (data / "secrets").iterdir()} if (data / "secrets").exists() else set()
    assert not {
        name
        for name in made
        if name.endswith(("client_secret", "seal_key"))
        or name
        in (
            "session_secret",
            "simulator_log_in_secret",
            "account_card_key",
            "transaction_card_key",
            "reporting_audit_key",
        )
    }
    assert (data.parent / "the end of the trail.json").exists()
    assert not (data / "audit_head.json").exists()


def test_the_administrator_is_the_one_named(changed_bank: ChangedBank) -> None:
    assert changed_bank.bank.log_in(changed.ADMIN)


def test_the_bank_is_the_one_described(changed_bank: ChangedBank) -> None:
    account = changed_bank.accounts[0]
    assert (account["currency"], account["account_number"][:2], account["account_number"][4:9]) == (
        "CHF",
        "AT",
        "12000",
    )
    page = requests.get(f"{changed_bank.bank.url}/login", timeout=5)
    assert "Bänk &amp; Söhne" in page.text


def test_the_limits_are_those_given(changed_bank: ChangedBank) -> None:
    status, body = changed_bank.deposit(f"{changed.MOVEMENT_LIMIT}.01")
    assert (status, body["error_code"][-14:]) == (400, "LIMIT_EXCEEDED"), body
    assert [changed_bank.deposit("450.00")[0] for _ in range(2)] == [201, 201]
    assert changed_bank.withdraw("450.00")[0] == 201
    status, body = changed_bank.withdraw("450.00")
    assert (status, body.get("error_code", "")[-14:]) == (400, "LIMIT_EXCEEDED"), body
    assert body["details"]["retry_at"][10:] == "T15:00:00.000000Z", "the day of Tokyo ends"
    changed_bank.open_account(changed_bank.token)
    order = {"account_type": "checking", "initial_deposit": "1.00"}
    status, body = changed_bank.bank.ask("POST", "/api/accounts/create", order, token=changed_bank.token)
    assert status in (400, 409, 422), body
    assert len(changed_bank.bank.data_of("GET", "/api/accounts/list", token=changed_bank.token)) == 3


def test_a_payment_from_the_amount_given_is_told(changed_bank: ChangedBank) -> None:
    ids = {"from_account_id": changed_bank.accounts[0]["id"], "to_account_id": changed_bank.peer_account["id"]}
    for amount in ("4.99", "5.01"):
        order = {**ids, "amount": amount}
        changed_bank.bank.data_of("POST", "/api/transactions/transfer", order, token=changed_bank.token)

    def told() -> str:
        return json.dumps(changed_bank.bank.data_of("GET", "/api/notifications/list", token=changed_bank.token))

    wait_until(lambda: "5.01" in told(), 60)
    assert "4.99" not in told()


def test_rates_are_read_where_it_was_said_and_the_margin_is_the_one_given(changed_bank: ChangedBank) -> None:
    admin = changed_bank.bank.log_in(changed.ADMIN)

    def sources() -> dict[str, tuple[str, str | None]]:
        rows = changed_bank.bank.data_of("GET", "/api/rates/sources", token=admin)
        return {row["name"]: (row["status"], row["address"]) for row in rows}

    given = {name: ("read", address) for name, address in changed_bank.around.rate_pages.items()}
    wait_until(lambda: sources() == given | {"fdic": ("off", None)}, 60)
    found = changed_bank.bank.data_of("GET", "/api/rates/exchange")
    assert (found["source"], found["margin"]) == ("ecb", "0.0125")


def test_passwords_and_tokens_are_as_long_as_was_said(changed_bank: ChangedBank) -> None:
    person = {"username": "otto", "email": "otto@example.org", "password": "kettle-brass1"}
    status, body = changed_bank.bank.ask("POST", "/api/auth/register", person)
    assert (status, list(body["details"]["fields"])) == (422, ["password"])
    assert str(changed.PASSWORD_LENGTH) in body["details"]["fields"]["password"]
    log_in = {"username": "nora", "password": PASSWORD}
    assert changed_bank.bank.data_of("POST", "/api/auth/login", log_in)["expires_in"] == changed.TOKEN_SECONDS
    with contextlib.closing(sqlite3.connect(changed_bank.bank.data / "auth_service.db")) as database:
        dump = "\n".join(str(row) for row in database.execute("SELECT * FROM users WHERE username = 'nora'"))
    assert "scrypt:1024:8:2" in dump


def test_one_person_has_as_many_sessions_as_was_said(changed_bank: ChangedBank) -> None:
    changed_bank.register("vera")
    log_in = {"username": "vera", "password": PASSWORD}
    token = [changed_bank.bank.log_in(log_in) for _ in range(changed.SESSIONS + 1)][-1]
    assert len(changed_bank.bank.data_of("GET", "/api/auth/sessions", token=token)) == changed.SESSIONS


def test_a_trusted_proxys_word_counts_and_the_limits_are_each_addresses_own(changed_bank: ChangedBank) -> None:
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https"}
    with requests.Session() as session:
        first = session.get(f"{changed_bank.bank.url}/login", headers=forwarded, timeout=5)
        assert "Strict-Transport-Security" in first.headers
        assert cookie_name(changed.SESSION_SECRET) in first.headers["Set-Cookie"]
        assert "Secure" in first.headers["Set-Cookie"]
        url = f"{changed_bank.bank.url}/api/auth/login"
        statuses = [
            session.post(url, json={"username": "x"}, headers=forwarded, timeout=5).status_code
            for _ in range(changed.SIGN_INS + 1)
        ]
        assert statuses[-1] == 429
        assert 429 not in statuses[: changed.SIGN_INS]
        assert session.post(url, json={"username": "x"}, timeout=5).status_code == 422
        elsewhere = {"X-Forwarded-For": "203.0.113.8"}
        url = f"{changed_bank.bank.url}/api/accounts/list"
        seen = {session.get(url, headers=elsewhere, timeout=5).status_code for _ in range(2 * changed.REQUESTS + 5)}
        assert seen == {401, 429}  # each of the two processes counts for itself


def test_somebody_who_looks_up_accounts_too_often_is_stopped(changed_bank: ChangedBank) -> None:
    path = f"/api/accounts/lookup?account_number={changed_bank.accounts[1]['account_number']}"
    statuses = [
        changed_bank.bank.ask("GET", path, token=changed_bank.peer_token)[0] for _ in range(changed.LOOKUPS + 1)
    ]
    assert statuses == [200] * changed.LOOKUPS + [429]


def test_somebody_keeps_so_many_payees_and_no_more(changed_bank: ChangedBank) -> None:
    numbers = [account["account_number"] for account in changed_bank.accounts]
    statuses = [
        changed_bank.bank.ask(
            "POST", "/api/payees", {"name": "Nora", "account_number": number}, token=changed_bank.token
        )[0]
        for number in numbers[: changed.PAYEES_PER_PERSON + 1]
    ]
    assert statuses == [201] * changed.PAYEES_PER_PERSON + [409]


def test_a_webhook_may_lead_to_the_inner_host_that_is_named_and_to_no_other(changed_bank: ChangedBank) -> None:
    bank, token = changed_bank.bank, changed_bank.token
    statuses = [
        bank.ask("POST", "/api/webhooks", {"url": f"https://{host}/", "events": ["hold.placed"]}, token=token)[0]
        for host in (changed.INNER_HOST, "10.11.12.14")
    ]
    assert statuses == [201, 422]
    made = {path.name for path in (bank.data / "secrets").glob("*")}
    assert "notification_webhook_key" not in made


def test_mail_goes_to_the_server_named_over_tls_with_the_log_in_and_from_the_address_given(
    changed_bank: ChangedBank,
) -> None:
    def of_accounts() -> dict[str, Handed]:
        return {one.address: one for one in changed_bank.mail.taken if "account" in str(one.mail["Subject"])}

    wait_until(lambda: {"nora@example.org", "owner@bank.example"} <= of_accounts().keys(), 60)
    handed = of_accounts()["nora@example.org"]
    assert (handed.is_secure, handed.username, handed.sender) == (True, USERNAME, "post@bank.example")
    assert f"{changed.PUBLIC_URL}/accounts/{changed_bank.accounts[0]['id']}" in "".join(
        one.part("plain") for one in changed_bank.mail.taken
    )
    noted = changed_bank.bank.data / "mail_receipts"
    assert noted.is_dir()


def sign_in(browser: requests.Session, bank: RunningBank, who: dict[str, str]) -> None:
    page = browser.get(f"{bank.url}/login", timeout=10).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    form = {**who, "csrf_token": token[1]}
    assert browser.post(f"{bank.url}/login", data=form, timeout=10, allow_redirects=False).status_code in (302, 303)


def is_signed_in(browser: requests.Session, bank: RunningBank) -> bool:
    return browser.get(f"{bank.url}/dashboard", timeout=10, allow_redirects=False).status_code == 200


def test_a_second_bank_in_production_beside_it_takes_nothing_from_the_first(
    changed_bank: ChangedBank, tmp_path: Path
) -> None:
    secrets = {f"{service.env_prefix}_CLIENT_SECRET": f"production: {service.name} proves it" for service in SERVICES}
    admin = {"username": "root2", "password": "another bank, another password"}
    second = RunningBank(
        tmp_path,
        "second",
        BANK_ENV="production",
        AUTH_PASSWORD_HASH="scrypt:32768:8:1",
        SESSION_SECRET="production: the cookies of the second bank",
        SIMULATOR_LOG_IN_SECRET="production: the simulated people's log-ins",
        SIMULATOR_SEAL_KEY="production: the seals of the simulator",
        ACCOUNT_CARD_KEY="production: what is printed on cards",
        NOTIFICATION_SEAL_KEY="production: the seals of the inbox's rows",
        NOTIFICATION_WEBHOOK_KEY="production: the secrets of webhooks",
        REPORTING_AUDIT_KEY="production: the seals of the audit trail",
        TRANSACTION_CARD_KEY="production: the digests of card numbers",
        BANK_ADMIN_USERNAME=admin["username"],
        BANK_ADMIN_PASSWORD=admin["password"],
        BANK_PUBLIC_URL="https://second.example",
        GATEWAY_HOSTS="second.example, 127.0.0.1, localhost",
        GATEWAY_TRUSTED_PROXIES="10.0.0.1",
        **secrets,
    )
    second.environment |= {
        f"{service.env_prefix}_SERVICE_URL": f"http://localhost:{second.ports[service.name]}/" for service in SERVICES
    }
    try:
        second.start()
        second.wait_until_ready()
        made = {path.name for path in (second.data / "secrets").glob("*")}
        assert not {name for name in made if "secret" in name or "key" in name}
        with requests.Session() as browser:
            sign_in(browser, changed_bank.bank, changed.ADMIN)
            sign_in(browser, second, admin)
            assert is_signed_in(browser, changed_bank.bank)
            assert is_signed_in(browser, second)
        local = requests.get(f"{second.url}/api/accounts/list", headers={"Origin": "http://localhost:3000"}, timeout=5)
        assert "Access-Control-Allow-Origin" not in local.headers, "in production no origin is named by default"
        assert second.stop() == 0
    finally:
        second.end()
    assert changed_bank.bank.ask("GET", "/health")[0] == 200


def test_only_its_own_names_and_the_named_origin_are_answered(changed_bank: ChangedBank) -> None:
    url = f"{changed_bank.bank.url}/api/accounts/list"
    assert requests.get(url, headers={"Host": "evil.example"}, timeout=5).json()["error_code"] == "UNKNOWN_HOST"
    reply = requests.get(url, headers={"Host": changed.HOST_NAME, "Origin": changed.ALLOWED_ORIGIN}, timeout=5)
    assert (reply.status_code, reply.headers["Access-Control-Allow-Origin"]) == (401, changed.ALLOWED_ORIGIN)
    local = requests.get(url, headers={"Origin": "http://localhost:3000"}, timeout=5)
    assert "Access-Control-Allow-Origin" not in local.headers


def test_the_logs_are_as_quiet_as_was_asked_and_json_to_the_last_line(changed_bank: ChangedBank) -> None:
    logs = list(changed_bank.around.logs.glob("*.log"))
    assert {log.stem for log in logs} >= {service.name for service in SERVICES}
    assert list((changed_bank.bank.data / "logs").glob("*")) == []
    assert {stat.S_IMODE(log.stat().st_mode) for log in logs} == {0o600}
    for log in logs:
        for line in log.read_text().splitlines():
            assert json.loads(line)["level"] in ("warning", "error", "critical"), line


def test_consul_may_go_away_and_come_back_knowing_nobody(changed_bank: ChangedBank) -> None:
    changed_bank.agent.stop()
    first, second = (account["id"] for account in changed_bank.accounts)
    order = {"from_account_id": first, "to_account_id": second, "amount": "0.01"}
    for _ in range(5):
        changed_bank.bank.data_of("POST", "/api/transactions/transfer", order, token=changed_bank.token)
    changed_bank.agent.start()
    wait_until(lambda: len(changed_bank.agent.passing()) == len(SERVICES), 60)
    changed_bank.bank.data_of("POST", "/api/transactions/transfer", order, token=changed_bank.token)


def test_a_stopped_bank_is_in_consul_no_more_and_its_databases_are_whole_files(changed_bank: ChangedBank) -> None:
    assert changed_bank.bank.stop() == 0
    assert set(changed_bank.agent.ask("agent/services")) == set()
    left = [path for path in changed_bank.bank.data.glob("*.db-wal") if path.stat().st_size]
    assert left == []
