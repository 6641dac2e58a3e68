"""Every line of a service's log is one JSON object, and says nothing that must not be written."""

import io
import json
import logging
import sys
import threading
import time
import warnings
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask, g
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.events.event_feed import Event, ReadFacts
from shared.http.payloads import RequestModel
from shared.observability import logs
from shared.observability.logs import REDACTED, cause_of, without_secrets
from shared.refusals import NOT_FOUND, Refused

IBAN = "DE89370400440532013000"


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a service's process prints; the test's own logging is as it was afterwards."""
    root, config = logging.getLogger(), structlog.get_config()
    before = (root.handlers, root.level, sys.excepthook, threading.excepthook)
    monkeypatch.setattr(sys, "stdout", printed := io.StringIO())
    logs.configure("test-service")
    yield printed
    root.handlers, (sys.excepthook, threading.excepthook) = before[0], before[2:]
    root.setLevel(before[1])
    logging.captureWarnings(False)
    structlog.configure(**config)


def lines(output: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in output.getvalue().splitlines()]


def broken() -> ZeroDivisionError:
    try:
        raise ZeroDivisionError("as asked")
    except ZeroDivisionError as error:
        return error


def test_whoever_writes_a_line_writes_json(output: io.StringIO) -> None:
    structlog.get_logger("ours").info("ours", figure=1)
    structlog.get_logger("ours").exception("failed", exc_info=broken())
    logging.getLogger("a.library").warning("theirs %s", "and\nmore")
    try:
        1 / 0  # noqa: B018 (to fail)
    except ZeroDivisionError:
        logging.getLogger("a.library").exception("theirs failed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)  # pytest keeps them for itself
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    sys.excepthook(ZeroDivisionError, broken(), None)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    written = lines(output)
    assert [line["event"] for line in written[:4]] == ["ours", "failed", "theirs and\nmore", "theirs failed"]
    assert "DeprecationWarning: old" in written[4]["event"]
    assert [line["event"] for line in written[5:]] == ["uncaught_error"] * 2
    assert all("ZeroDivisionError" in written[n]["exception"] for n in (1, 3, 5, 6))
    assert all({"level", "timestamp"} <= set(line) for line in written)


@pytest.mark.parametrize(
    "said",
    [
        f"/api/transfers?to={IBAN}",
        "to DE89 3704 0044 0532 0130 00 please",
        "DETAIL:  Key (email, iban)=(ann@example.org, x) already exists.",
        "DETAIL:  Failing row contains (1, Ann, ann@example.org, 5).",
        "(1062, \"Duplicate entry 'ann@example.org' for key 'users.email'\")",
        "[SQL: INSERT INTO users VALUES (?, ?)] [parameters: ('ann', 'ann@example.org')]",
        "Authorization: Bearer abcdefghijkl",
        "paid with 4111 1111 1111 1111",
    ],
)
def test_names_numbers_and_secrets_in_errors_are_taken_out(output: io.StringIO, said: str) -> None:
    structlog.get_logger("ours").warning("failed", cause=said)
    logging.getLogger("a.library").error(said)
    try:
        raise RuntimeError(said)
    except RuntimeError as error:
        structlog.get_logger("ours").exception("failed", exc_info=error)
    for secret in (IBAN, "0440 0532", "ann@example.org", "abcdefghijkl", "1111 1111"):
        assert secret not in output.getvalue()
    assert len(lines(output)) == 3


def test_ids_and_times_are_no_secrets(output: io.StringIO) -> None:
    facts = {"id": "01a2149b-9286-747f-bb2b-d913a3c77335", "at": "2026-11-25T21:27:49.532402Z", "amount": "1000000.00"}
    structlog.get_logger("ours").info("kept", **facts)
    assert {name: lines(output)[0][name] for name in facts} == facts


@pytest.mark.parametrize(
    "piece",
    [
        "eyJ",
        "eyJaaaaaaaa",
        "[parameters: ",
        "Duplicate entry '",
        "Failing row contains (",
        "input_value=",
        "a@",
        "@a.",
        ")=(",
        "1 ",
        "AA11",
    ],
)
def test_no_text_of_strangers_takes_long_to_be_looked_through(piece: str) -> None:
    """Addresses are logged as they come: some ten requests a second would else keep a process busy with its log."""
    began = time.process_time()
    for _ in range(10):
        logs.redact(None, "", {"path": "/" + piece * (8000 // len(piece))})
    assert time.process_time() - began < 0.1


def test_what_is_kept_has_its_secrets_blanked_however_deep_and_its_ids_whole() -> None:
    an_id = "01234567-8901-7234-8567-890123456789"
    kept = without_secrets({"id": an_id, "said": ["card 4111 1111 1111 1111"], "more": {"password": "swordfish"}})
    assert kept == {"id": an_id, "said": [f"card {REDACTED}"], "more": {"password": REDACTED}}


def test_a_line_that_is_written_during_a_request_has_its_id(output: io.StringIO) -> None:
    app = Flask(__name__)
    with app.test_request_context():
        g.request_id = "of-this-request"
        structlog.get_logger("ours").warning("during")
    structlog.get_logger("ours").warning("after")
    assert [line.get("request_id") for line in lines(output)] == ["of-this-request", None]


class _Told(Event):
    type = "user.told"
    user_id: int


class _Asked(RequestModel):
    amount: int


class _Heard(ReadFacts):
    balance: int


@pytest.mark.parametrize("model", [_Told, _Asked, _Heard])
def test_what_did_not_fit_a_model_is_in_no_log(output: io.StringIO, model: type[BaseModel]) -> None:
    given = {name: {"email": "ann@example.org", "word": "swordfish"} for name in model.model_fields}
    try:
        model.model_validate(given)
    except ValidationError as error:
        structlog.get_logger("ours").exception("failed", exc_info=error)
    assert "validation error for" in output.getvalue()
    assert "input_value" not in output.getvalue()
    assert not [word for word in ("ann@example.org", "swordfish") if word in output.getvalue()]


def test_what_any_model_quotes_of_its_input_is_taken_out(output: io.StringIO) -> None:
    given = {"name": "swordfish"}
    try:
        TypeAdapter(int).validate_python(given)
    except ValidationError as error:
        structlog.get_logger("ours").exception("failed", exc_info=error)
    assert "input_value=" in output.getvalue()
    assert "swordfish" not in output.getvalue()


def test_what_is_nested_in_a_line_is_looked_at_too(output: io.StringIO) -> None:
    told = {"password": "swordfish", "to": [f"for {IBAN}", ("ann@example.org",)], "count": 3, "is_new": True}
    structlog.get_logger("ours").info("kept", told=told, refused=RuntimeError(f"no {IBAN}"))
    expected = {"password": REDACTED, "to": [f"for {REDACTED}", [REDACTED]], "count": 3, "is_new": True}
    assert [(line["told"], line["refused"]) for line in lines(output)] == [(expected, f"no {REDACTED}")]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (Refused(NOT_FOUND, "No account of Ann's."), "NOT_FOUND"),
        (
            FileNotFoundError(2, "No such file or directory", "/of/ann"),
            "FileNotFoundError: No such file or directory",
        ),
        (ValueError("ann@example.org"), "ValueError"),
    ],
)
def test_a_cause_is_a_code_or_a_kind_of_error(error: Exception, cause: str) -> None:
    assert cause_of(error) == cause
