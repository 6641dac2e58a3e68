"""How the simulator takes the bank's answers: patient with what is unclear, never counting it as a refusal."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from shared.discovery import Discovery
from shared.http_client import Answer, ServiceClient
from shared.refusals import RATE_LIMITED, UNAVAILABLE, VALIDATION, Refused
from simulator_service.bank_client import BankClient, EngineStoppingError, Tally

Reply = Callable[[], Answer]
ITEMS = [{"idempotency_key": "w:a"}, {"idempotency_key": "w:b"}]
DONE = {"status": "completed", "transaction": {"id": "1"}}
POOR = {"status": "refused", "error": {"error_code": "INSUFFICIENT_FUNDS"}}
BUSY = {"status": "refused", "error": {"error_code": "IDEMPOTENCY_KEY_IN_FLIGHT"}}


def answers(*results: dict[str, Any]) -> Reply:
    return lambda: Answer(200, {"success": True, "data": list(results)})


def refuses(refused: Refused) -> Reply:
    def refuse() -> Answer:
        raise refused

    return refuse


@pytest.fixture
def sent() -> list[Any]:
    """The bodies that were sent, in order."""
    return []


def bank(
    monkeypatch: pytest.MonkeyPatch, sent: list[Any], *replies: Reply, patience: float = 5, stops: bool = False
) -> BankClient:
    """A bank client whose gateway gives these replies, the last one for ever."""
    left = list(replies)

    def call(_client: ServiceClient, _method: str, _path: str, **options: Any) -> Answer:
        sent.append(options["payload"])
        return (left.pop(0) if len(left) > 1 else left[0])()

    monkeypatch.setattr(ServiceClient, "call", call)
    stopping = threading.Event()
    if stops:
        stopping.set()
    return BankClient(Discovery(), lambda: "token", patience_seconds=patience, stopping=stopping)


def test_completed_and_refused_items_are_counted(monkeypatch: pytest.MonkeyPatch, sent: list[Any]) -> None:
    assert bank(monkeypatch, sent, answers(DONE, POOR)).post(ITEMS) == Tally(posted=1, refused=1)


def test_a_replayed_item_counts_as_it_did_the_first_time(monkeypatch: pytest.MonkeyPatch, sent: list[Any]) -> None:
    replayed = [{**DONE, "status": "replayed"}, {**POOR, "status": "replayed"}]
    assert bank(monkeypatch, sent, answers(*replayed)).post(ITEMS) == Tally(posted=1, refused=1)


@pytest.mark.parametrize("refusal", [UNAVAILABLE, RATE_LIMITED], ids=lambda refusal: refusal.code)
def test_an_unclear_answer_is_asked_for_again_with_the_same_keys(
    monkeypatch: pytest.MonkeyPatch, sent: list[Any], refusal: Any
) -> None:
    client = bank(monkeypatch, sent, refuses(Refused(refusal)), answers(DONE, BUSY), answers(DONE, DONE))
    assert client.post(ITEMS) == Tally(posted=2, refused=0)
    assert sent == [{"items": ITEMS}] * 3


def test_an_item_that_never_gets_a_clear_answer_fails_instead_of_counting(
    monkeypatch: pytest.MonkeyPatch, sent: list[Any]
) -> None:
    with pytest.raises(Refused) as caught:
        bank(monkeypatch, sent, answers(DONE, BUSY), patience=0).post(ITEMS)
    assert caught.value.refusal == UNAVAILABLE


def test_a_clear_no_is_not_asked_for_again(monkeypatch: pytest.MonkeyPatch, sent: list[Any]) -> None:
    with pytest.raises(Refused):
        bank(monkeypatch, sent, refuses(Refused(VALIDATION))).post(ITEMS)
    assert len(sent) == 1


def test_a_stopping_service_waits_for_nobody(monkeypatch: pytest.MonkeyPatch, sent: list[Any]) -> None:
    with pytest.raises(EngineStoppingError):
        bank(monkeypatch, sent, refuses(Refused(UNAVAILABLE)), stops=True).post(ITEMS)
