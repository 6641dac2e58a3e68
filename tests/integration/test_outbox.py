"""The outbox keeps the order of each account whatever happens to it, in any order; several workers share it."""

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from notification_service.delivery import outbox
from notification_service.delivery.channel import Outcome
from notification_service.delivery.outbox import NewDelivery
from notification_service.delivery.retries import RetryPolicy
from notification_service.delivery.worker import DeliveryWorker
from notification_service.models import Delivery
from notification_service.webhooks.webhook_channel import WebhookChannel
from shared.enums import DeliveryStatus
from shared.identifiers import new_id
from tests.asked_statements import statements_asked
from tests.inboxes import InboxUnderTest, entry, id_of, leg, open_inbox, payment
from tests.receivers import receiving
from tests.resilience.test_webhook_deliveries import check_received, rows_of, subscribe, wait_until_sent
from tests.thoroughness import in_soak, often

STEPS = often(200, 500)
POLICY = RetryPolicy(first_pause_seconds=1, longest_pause_seconds=4, give_up_after_seconds=20, claim_seconds=3)
SECOND = 1_000_000


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[InboxUnderTest]:
    with open_inbox(tmp_path, retries=RetryPolicy(first_pause_seconds=0)) as opened:
        yield opened


def check_chains(found: list[Delivery]) -> None:
    """Of each target and order key one is due or under way, the eldest of those that are open."""
    chains: dict[tuple[str, str], list[Delivery]] = {}
    for one in sorted(found, key=lambda one: one.position):
        if one.finished_at is None:
            chains.setdefault((one.target_id, one.order_key), []).append(one)
    for first, *others in chains.values():
        assert first.status in (DeliveryStatus.DUE, DeliveryStatus.SENDING)
        assert {one.status for one in others} <= {DeliveryStatus.QUEUED}


@pytest.mark.databases_in_turn
@pytest.mark.parametrize("seed", [0, in_soak(1), in_soak(2)])
def test_whatever_happens_one_of_each_account_is_next(inbox: InboxUnderTest, seed: int) -> None:
    chance, now_us, ended = random.Random(seed), 1_000 * SECOND, []
    targets, accounts = [new_id() for _ in range(2)], ["a", "b", "c"]
    for _ in range(STEPS):
        now_us += chance.randrange(2 * SECOND)
        with inbox.database.write_session() as session:
            everything = list(session.scalars(select(Delivery)))
            sending = [one for one in everything if one.status == DeliveryStatus.SENDING]
            act = chance.choice(("enqueue", "claim", "finish", "finish", "again", "drop", "lapse"))
            if act == "enqueue":
                new = [
                    NewDelivery("webhook", chance.choice(targets), new_id(), chance.choice(accounts))
                    for _ in range(chance.randrange(1, 4))
                ]
                outbox.enqueue(session, new, POLICY, now_us=now_us)
            elif act == "claim":
                outbox.claim(session, outbox.sendable(session, now_us, full=[], limit=3), POLICY, now_us=now_us)
            elif act == "finish" and sending:
                one = chance.choice(sending)
                outcome = Outcome(chance.choice(("", "it answered 500")))
                outbox.finish(session, one, outcome, POLICY, began_us=now_us, now_us=now_us)
                ended += [one.status] * (one.finished_at is not None)
            elif act == "again" and everything:
                outbox.send_again(chance.choice(everything), POLICY, now_us=now_us)
            elif act == "drop" and sending:
                outbox.drop(session, [chance.choice(sending)], now_us)
            elif act == "lapse":
                now_us += POLICY.claim_seconds * SECOND
        with inbox.database.read_session() as session:
            check_chains(list(session.scalars(select(Delivery))))
    assert set(ended) == {DeliveryStatus.DELIVERED, DeliveryStatus.FAILED}


def test_an_address_that_is_taken_away_leaves_nothing_that_waits_for_ever(inbox: InboxUnderTest) -> None:
    ada = new_id()
    with receiving() as receiver:
        hook = inbox.hook("POST", "", ada, {"url": receiver.url, "events": ["transaction.completed"]}).json["data"]
        inbox.take_in("journal", rows_of(ada, 3, 1))
        assert inbox.hook("PUT", f"/{hook['id']}", ada, {"url": None}).status_code == 200
        assert inbox.deliver() == 0
        inbox.hook("PUT", f"/{hook['id']}", ada, {"url": receiver.url})
        inbox.take_in("journal", [entry(4, leg(ada, -7, id_of("account 0")), leg(None, 7))])
        assert inbox.deliver() == 1


@pytest.mark.every_database
def test_two_workers_side_by_side_send_each_once_and_in_order(inbox: InboxUnderTest) -> None:
    ada, context = new_id(), inbox.app.extensions["context"]
    channel = WebhookChannel(context.vault, context.targets)
    workers = [inbox.worker, DeliveryWorker(inbox.database, [channel], context.settings.retries)]
    with receiving() as receiver:
        subscribe(inbox, ada, receiver.url)
        rows = rows_of(ada, 200, 8)
        for worker in workers:
            worker.start()
        inbox.take_in("journal", rows)
        wait_until_sent(inbox, 200, 60)
        for worker in workers:
            worker.stop()
        check_received(receiver, rows)
        assert set(Counter(one.id for one in receiver.received).values()) == {1}


def test_an_outbox_in_which_nothing_changes_is_asked_nothing_until_something_is_due(tmp_path: Path) -> None:
    ada, asked = new_id(), []
    with open_inbox(tmp_path, retries=RetryPolicy(first_pause_seconds=2, longest_pause_seconds=2)) as inbox:
        sendable = outbox.sendable
        with receiving(lambda number: 500 if number == 1 else 200) as receiver, pytest.MonkeyPatch.context() as patched:
            patched.setattr(outbox, "sendable", lambda *given, **how: (asked.append(1), sendable(*given, **how))[1])
            subscribe(inbox, ada, receiver.url)
            inbox.worker.start()
            time.sleep(1.5)
            asked.clear()
            time.sleep(1.5)
            assert asked == []
            inbox.take_in("journal", rows_of(ada, 1, 1))
            wait_until_sent(inbox, 1, 20)
            assert len(receiver.received) == 2, "a try that failed is made again when it is due"
            inbox.worker.stop()


def test_a_receiver_that_never_answers_holds_nobody_else_up(inbox: InboxUnderTest) -> None:
    ada, bob = new_id(), new_id()

    def never(_number: int) -> int:
        time.sleep(12)
        return 0

    with receiving(never) as stuck, receiving() as quick:
        subscribe(inbox, ada, stuck.url)
        subscribe(inbox, bob, quick.url)
        inbox.worker.start()
        inbox.take_in("journal", rows_of(ada, 200, 200))
        time.sleep(1)
        inbox.take_in("journal", [{**row, "position": 200 + row["position"]} for row in rows_of(bob, 20, 20)])
        wait_until_sent(inbox, 20, 5)
        inbox.worker.stop()
        assert len(quick.received) == 20
        assert stuck.received == []


def test_many_receivers_that_never_answer_leave_senders_for_those_that_do(inbox: InboxUnderTest) -> None:
    """Four people have ten webhooks each that have failed before, more than there are senders; bob has one."""
    bob, others = new_id(), [new_id() for _ in range(4)]

    def never(number: int) -> int:
        if number > 40:
            time.sleep(12)
        return 500

    with receiving(never) as stuck, receiving() as quick:
        for other in others:
            for _ in range(10):
                subscribe(inbox, other, stuck.url)
        subscribe(inbox, bob, quick.url)
        numbered = [(other, number) for number, other in enumerate(others * 5 + [bob], start=1)]
        for other, number in numbered[:4]:
            inbox.take_in("journal", [entry(number, leg(other, -5), leg(None, 5))])
        for claim in inbox.worker.turn() + inbox.worker.turn():
            inbox.worker.keep(inbox.worker.attempt(claim))
        inbox.worker.start()
        for other, number in numbered[4:]:
            inbox.take_in("journal", [entry(number, leg(other, -5), leg(None, 5))])
        wait_until_sent(inbox, 1, 6)
        inbox.worker.stop()
        assert len(quick.received) == 1


def test_a_bank_in_which_nobody_listens_pays_one_look_a_page(inbox: InboxUnderTest) -> None:
    with statements_asked(inbox.database.engine) as seen:
        inbox.take_in("journal", [payment(number, new_id(), new_id(), 5) for number in range(1, 501)])
    of_webhooks = [one.statement for one in seen if "webhook_" in one.statement or "deliver" in one.statement]
    assert len(of_webhooks) == 1
    assert of_webhooks[0].startswith("SELECT")
