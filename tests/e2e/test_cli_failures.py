"""The command when things go wrong: what people are told, what scripts see, and that nothing is sent twice."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import BaseModel
from typer.testing import CliRunner, Result

from account_service.payloads import Account
from auth_service.payloads import LoginResult
from cli.main import app
from cli.session_file import Session, SessionFile
from shared.http.payloads import list_of, reply_of
from shared.identifiers import new_id
from tests import canned
from tests.scripted_bank import user
from tests.scripted_server import Conversation, answering, scripted

ACCOUNT = new_id()
FAR_FUTURE = 4_000_000_000

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("SANDBANK_CONFIG_DIR", str(tmp_path))
    runner = CliRunner()

    def invoke(*words: str, standard_input: str | None = None) -> Result:
        return runner.invoke(app, list(words), input=standard_input)

    return invoke


def sign_in(folder: Path, url: str, expires_at: int = FAR_FUTURE) -> None:
    SessionFile(folder).keep(url, Session("bob", "customer", "old-access", "old-refresh", expires_at))


def reply(status: str, body: object) -> bytes:
    content = json.dumps(body).encode()
    return b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        status.encode(),
        len(content),
        content,
    )


def refusal(status: str, code: str, **details: object) -> bytes:
    return reply(status, json.loads(canned.refusal(int(status[:3]), code, None, **details).body))


def of_service(model: type[BaseModel], body: dict[str, object]) -> bytes:
    """A success that the real service could give: it fits the model that its OpenAPI document shows."""
    model.model_validate({"success": True, **body})
    return reply("200 OK", {"success": True, **body})


SIGNED_IN = of_service(
    reply_of(LoginResult),
    {
        "data": {
            "access_token": "new-access",
            "refresh_token": "new-refresh",
            "token_type": "Bearer",
            "expires_in": 900,
            "user": user(username="bob", full_name="Bob"),
        },
    },
)
NO_ACCOUNTS = of_service(list_of(Account), {"data": [], "next_cursor": None})


def test_without_a_session_the_command_says_how_to_get_one(run: Run) -> None:
    result = run("accounts")
    assert result.exit_code == 3
    assert "sandbank login" in result.stderr


def test_a_bank_that_is_not_there_is_exit_code_4(run: Run, tmp_path: Path) -> None:
    url = "http://127.0.0.1:9"
    sign_in(tmp_path, url)
    result = run("--url", url, "deposit", ACCOUNT, "5.00")
    assert result.exit_code == 4
    assert "Nothing answers" in result.stderr


def hangs_up(conversation: Conversation) -> None:
    conversation.receive()


@pytest.mark.parametrize(
    "script", [hangs_up, answering(refusal("504 Gateway Timeout", "DEADLINE_EXCEEDED", outcome="unknown"))]
)
def test_an_unknown_outcome_prints_the_key_to_repeat_with_and_is_sent_once(
    run: Run, tmp_path: Path, script: Callable[[Conversation], None]
) -> None:
    with scripted(script) as bank:
        sign_in(tmp_path, bank.url)
        result = run("--url", bank.url, "deposit", ACCOUNT, "5.00")
    assert result.exit_code == 5
    assert len(bank.requests) == 1
    key = re.search(rb"Idempotency-Key: (\S+)", bank.requests[0])
    assert key is not None
    assert f"--idempotency-key {key[1].decode()}" in result.stderr


def test_a_given_key_is_the_one_that_is_sent(run: Run, tmp_path: Path) -> None:
    with scripted(hangs_up) as bank:
        sign_in(tmp_path, bank.url)
        result = run("--url", bank.url, "withdraw", ACCOUNT, "5.00", "--idempotency-key", "k-7", "--json")
    assert b"Idempotency-Key: k-7" in bank.requests[0]
    assert json.loads(result.stdout)["idempotency_key"] == "k-7"


def test_each_run_has_a_key_of_its_own(run: Run, tmp_path: Path) -> None:
    with scripted(hangs_up) as bank:
        sign_in(tmp_path, bank.url)
        for _ in range(3):
            run("--url", bank.url, "deposit", ACCOUNT, "5.00")
    assert len({re.search(rb"Idempotency-Key: (\S+)", request)[1] for request in bank.requests}) == 3  # type: ignore[index]


def test_fields_that_are_wrong_are_named(run: Run, tmp_path: Path) -> None:
    with scripted(answering(refusal("422 X", "VALIDATION_ERROR", fields={"amount": "must be more than zero"}))) as bank:
        sign_in(tmp_path, bank.url)
        result = run("--url", bank.url, "deposit", ACCOUNT, "0")
    assert result.exit_code == 1
    assert "amount: must be more than zero" in result.stderr


def test_with_json_a_refusal_is_the_banks_own_envelope(run: Run, tmp_path: Path) -> None:
    with scripted(answering(refusal("400 X", "INSUFFICIENT_FUNDS"))) as bank:
        sign_in(tmp_path, bank.url)
        result = run("--url", bank.url, "deposit", ACCOUNT, "1", "--json")
    assert (result.exit_code, json.loads(result.stdout)["error_code"]) == (1, "INSUFFICIENT_FUNDS")
    assert result.stderr == ""


def test_a_token_about_to_expire_is_refreshed_in_silence(run: Run, tmp_path: Path) -> None:
    with scripted(answering(SIGNED_IN, NO_ACCOUNTS)) as bank:
        sign_in(tmp_path, bank.url, expires_at=0)
        assert run("--url", bank.url, "accounts").exit_code == 0
        assert b"old-refresh" in bank.requests[0]
        assert b"Bearer new-access" in bank.requests[1]
        kept = SessionFile(tmp_path).find(bank.url)
    assert kept is not None
    assert (kept.access_token, kept.refresh_token) == ("new-access", "new-refresh")


def test_a_token_that_expired_early_is_refreshed_and_the_request_made_again(run: Run, tmp_path: Path) -> None:
    with scripted(answering(refusal("401 X", "TOKEN_EXPIRED"), SIGNED_IN, NO_ACCOUNTS)) as bank:
        sign_in(tmp_path, bank.url)
        assert run("--url", bank.url, "accounts").exit_code == 0
    assert len(bank.requests) == 3


def test_a_session_that_ended_is_forgotten(run: Run, tmp_path: Path) -> None:
    with scripted(answering(refusal("401 X", "UNAUTHENTICATED"))) as bank:
        sign_in(tmp_path, bank.url, expires_at=0)
        result = run("--url", bank.url, "accounts")
        assert SessionFile(tmp_path).find(bank.url) is None
    assert result.exit_code == 3
    assert "sandbank login" in result.stderr


def test_tokens_are_never_sent_to_another_address(run: Run, tmp_path: Path) -> None:
    sign_in(tmp_path, "http://127.0.0.1:9")
    with scripted(answering(NO_ACCOUNTS)) as bank:
        assert run("--url", bank.url, "accounts").exit_code == 3
    assert bank.requests == []


def test_a_password_is_read_from_standard_input_and_never_shown(run: Run, tmp_path: Path) -> None:
    with scripted(answering(SIGNED_IN)) as bank:
        result = run("--url", bank.url, "login", "bob", "--password-stdin", standard_input="a long password\n")
        assert result.exit_code == 0, result.stderr
        assert json.loads(bank.requests[0].partition(b"\r\n\r\n")[2])["password"] == "a long password"
        assert SessionFile(tmp_path).last_url() == bank.url
    assert "a long password" not in result.output


def test_without_any_password_the_command_says_where_to_put_it(run: Run) -> None:
    result = run("--url", "http://127.0.0.1:9", "login", "bob")
    assert result.exit_code == 1
    assert "SANDBANK_PASSWORD" in result.stderr


@pytest.mark.parametrize("url", ["", "127.0.0.1:5000", "ftp://x", "http://"])
def test_an_address_that_is_none_is_refused(run: Run, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBANK_URL", url or "nonsense")
    result = run("health")
    assert result.exit_code == 1
    assert "not the address of a bank" in result.stderr


def test_help_names_every_command_and_exit_code(run: Run) -> None:
    shown = run("--help").stdout
    for word in ("login", "logout", "whoami", "register", "accounts", "open", "close", "deposit", "withdraw"):
        assert word in shown
    for word in ("transfer", "history", "total", "users", "simulate", "health", "Exit codes"):
        assert word in shown


def accounts(first: int, count: int, cursor: str | None) -> bytes:
    """A page of the list of one's accounts."""
    rows = [
        {
            "id": new_id(), "nickname": f"Pot {number}", "account_number": f"DE{number:020d}",
            "account_type": "savings",
            "balance": "1.00", "available_balance": "1.00", "currency": "EUR", "status": "open",
        }
        for number in range(first, first + count)
    ]  # fmt: skip
    return reply("200 OK", {"success": True, "data": rows, "next_cursor": cursor})


def test_no_account_is_left_out_however_many_there_are(run: Run, tmp_path: Path) -> None:
    with scripted(answering(accounts(0, 200, "c"), accounts(200, 7, None))) as bank:
        sign_in(tmp_path, bank.url)
        result = run("--url", bank.url, "accounts", "--json")
    assert len(json.loads(result.stdout)["data"]) == 207
    with scripted(
        answering(accounts(0, 200, "c"), accounts(200, 7, None), refusal("409 X", "ACCOUNT_NOT_EMPTY"))
    ) as bank:
        sign_in(tmp_path, bank.url)
        run("--url", bank.url, "close", "Pot 206", "--yes")
    assert bank.requests[2].startswith(b"DELETE /api/accounts/close/")


@pytest.mark.parametrize("words", [("login", "bob"), ("accounts",), ("logout",)])
def test_a_config_folder_that_cannot_be_written_is_said_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("SANDBANK_PASSWORD", "a long password")
    with scripted(answering(SIGNED_IN, NO_ACCOUNTS)) as bank:
        sign_in(tmp_path, bank.url, expires_at=0)

        def refuse(*_args: object, **_options: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("cli.session_file.tempfile.mkstemp", refuse)
        result = run("--url", bank.url, *words)
    assert result.exit_code == 1
    assert "SANDBANK_CONFIG_DIR" in result.stderr
    assert isinstance(result.exception, SystemExit)


def test_a_config_folder_that_is_a_file_is_said_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SANDBANK_CONFIG_DIR", str(tmp_path / "file" / "sandbank"))
    with scripted(answering(SIGNED_IN)) as bank:
        result = run("--url", bank.url, "login", "bob", "--password-stdin", "--json", standard_input="a password\n")
    body = json.loads(result.stdout)
    assert (result.exit_code, body["success"], body["error_code"]) == (1, False, "STORAGE_UNAVAILABLE")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("accounts",), "UNAUTHENTICATED"),
        (("--url", "http://127.0.0.1:9", "health"), "SERVICE_UNAVAILABLE"),
        (("--url", "nonsense", "health"), "VALIDATION_ERROR"),
        (("login", "bob"), "VALIDATION_ERROR"),
    ],
)
def test_what_goes_wrong_before_the_bank_answers_has_a_code_of_the_api(
    run: Run, words: tuple[str, ...], code: str
) -> None:
    body = json.loads(run(*words, "--json").stdout)
    assert set(body) >= {"success", "message", "error_code", "details", "request_id"}
    assert (body["success"], body["error_code"]) == (False, code)


def test_an_error_says_how_long_to_wait_and_which_request_it_was(run: Run, tmp_path: Path) -> None:
    later = refusal("429 X", "RATE_LIMITED").replace(b"\r\n\r\n", b"\r\nRetry-After: 7\r\n\r\n", 1)
    with scripted(answering(later)) as bank:
        sign_in(tmp_path, bank.url)
        result = run("--url", bank.url, "deposit", ACCOUNT, "5.00")
    assert result.exit_code == 1
    assert "Try again in 7 seconds." in result.stderr
    assert "RATE_LIMITED, request r-1" in result.stderr
