"""Empties the outbox: one thread claims and records, others send.

Each turn is one commit: it records what came of the tries that have ended since, and claims what is sent next. Nothing
is sent inside a transaction. Whatever dies between a claim and its record lets the claim lapse; the delivery is then
sent again, with the same event.
"""

import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from flask_sqlalchemy.session import Session

from notification_service.delivery import outbox
from notification_service.delivery.channel import Channel, Outcome
from notification_service.delivery.pace import SENDERS, Pace
from notification_service.delivery.retries import RetryPolicy
from notification_service.models import Delivery
from shared.fence import Fence
from shared.observability.logs import cause_of
from shared.refusals import Refused
from shared.storage.database import Database
from shared.time import clock

logger = structlog.get_logger(__name__)

_POLL_SECONDS = 0.5
_PAUSE_AFTER_ERROR_SECONDS = 1.0
_LONGEST_TRUST_SECONDS = 10.0
"""So often the outbox is looked into whatever has been heard."""
_CLEANING_SECONDS = 600.0
_ROWS_LOOKED_AT = 4 * SENDERS


@dataclass(frozen=True, slots=True)
class Claim:
    """One try that is to be made."""

    delivery_id: str
    claim_id: str
    target_id: str
    channel: Channel
    parcel: Any
    tries_before: int


@dataclass(frozen=True, slots=True)
class Try:
    """One that was made."""

    claim: Claim
    outcome: Outcome
    began_us: int
    ended_us: int


class DeliveryWorker:
    """Sends what the outbox holds, by these channels. Several may do so side by side, in several processes."""

    def __init__(self, database: Database, channels: Sequence[Channel], policy: RetryPolicy) -> None:
        self._database = database
        self._channels = {channel.name: channel for channel in channels}
        self._policy = policy
        self._news: queue.SimpleQueue[Try | None] = queue.SimpleQueue()
        self._work: queue.SimpleQueue[Claim | None] = queue.SimpleQueue()
        self._ended: list[Try] = []
        self._pace = Pace()
        self._in_flight = 0
        self._senders: list[threading.Thread] = []
        self._stopped = threading.Event()
        self._cleaned_at = time.monotonic()
        self._hears_commits = False
        self._has_changed = True
        self._due_at_us: int | None = None
        self._looked_at = float("-inf")
        self._thread: threading.Thread | None = None

    def start(self, fence: Fence | None = None) -> None:
        """Begin, in daemon threads; behind this fence nothing is claimed and nothing recorded while it is closed.

        On SQLite a service has one process: what is claimed as it begins was claimed by one that is no more.
        """
        if self._database.is_sqlite:
            self._database.after_commit.append(self._note_change)
            self._hears_commits = True
            with self._database.write_session() as session:
                outbox.give_back_claims(session)
        self._thread = threading.Thread(target=self._run, args=(fence,), name="deliveries", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Claim nothing more; what is being sent is not waited for."""
        self._stopped.set()
        self._news.put(None)
        if self._thread is not None:
            self._thread.join()
        for _ in self._senders:
            self._work.put(None)

    def wake(self) -> None:
        """There is something new in the outbox."""
        self._news.put(None)

    def turn(self) -> list[Claim]:
        """Record the tries that have ended, and claim the next ones; what has been claimed."""
        room = SENDERS - self._in_flight
        if not self._ended and not (room > 0 and self._has_work()):
            return []
        for ended in self._ended:
            took_us = ended.ended_us - ended.began_us
            self._pace.note(ended.claim.target_id, has_arrived=not ended.outcome.problem, took_us=took_us)
        with self._database.write_session() as session:
            for ended in self._ended:
                self._record(session, ended)
            found = self._claimed(session, room) if room > 0 else []
        self._ended = []
        return found

    def attempt(self, claim: Claim) -> Try:
        """Make one try; the next turn records it."""
        began_us = clock.now_us()
        try:
            outcome = claim.channel.send(claim.parcel, claim.tries_before)
        except Exception:  # a bug in a channel must not lose a sender, nor the delivery
            logger.exception("delivery_failed", delivery=claim.delivery_id)
            outcome = Outcome("the bank could not send it")
        return Try(claim, outcome, began_us, clock.now_us())

    def keep(self, ended: Try) -> None:
        """Have a try recorded in the next turn."""
        self._ended.append(ended)

    def _run(self, fence: Fence | None) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
                if fence is None:
                    found = self.turn()
                else:
                    with fence.passing():
                        found = self.turn()
                self._hand_out(found)
                self._clean()
            except Refused as refused:  # the bank is being reset, or others write
                logger.debug("deliveries_wait", cause=cause_of(refused))
                self._stopped.wait(_POLL_SECONDS)
            except Exception:  # a worker that died in silence would leave everything unsent
                logger.exception("deliveries_failed")
                self._stopped.wait(_PAUSE_AFTER_ERROR_SECONDS)

    def _listen(self) -> None:
        """Wait for news, or for a little while, and take in all there is."""
        try:
            news = self._news.get(timeout=_POLL_SECONDS)
            while True:
                if news is not None:
                    self._in_flight -= 1
                    self.keep(news)
                news = self._news.get_nowait()
        except queue.Empty:
            return

    def _hand_out(self, found: Sequence[Claim]) -> None:
        self._in_flight += len(found)
        while len(self._senders) < min(self._in_flight, SENDERS):
            thread = threading.Thread(target=self._send_forever, name="sender", daemon=True)
            thread.start()
            self._senders.append(thread)
        for claim in found:
            self._work.put(claim)

    def _send_forever(self) -> None:
        while (claim := self._work.get()) is not None:
            self._news.put(self.attempt(claim))

    def _note_change(self) -> None:
        self._has_changed = True

    def _is_as_before(self) -> bool:
        """Whether the outbox, when it was last looked into, had nothing to send before now, and is the same since."""
        if not self._hears_commits or self._has_changed:
            return False
        is_due = self._due_at_us is not None and self._due_at_us <= clock.now_us()
        return not is_due and time.monotonic() - self._looked_at < _LONGEST_TRUST_SECONDS

    def _has_work(self) -> bool:
        if self._is_as_before():
            return False
        self._has_changed, self._looked_at = False, time.monotonic()  # before: what is committed from here on counts
        with self._database.read_session() as session:
            now_us = clock.now_us()
            full = self._pace.full(outbox.under_way(session, now_us), self._limits(session))
            self._due_at_us = outbox.next_due_us(session)
            return bool(outbox.sendable(session, now_us, full=full, limit=1))

    def _limits(self, session: Session) -> dict[str, int]:
        return {target: most for one in self._channels.values() for target, most in one.limits(session).items()}

    def _chosen(self, session: Session, room: int, now_us: int) -> list[Delivery]:
        """What is claimed now: no target beyond its room, and no more for slow ones than they have together."""
        held, limits = Counter(outbox.under_way(session, now_us)), self._limits(session)
        chosen: list[Delivery] = []
        full = self._pace.full(held, limits)
        for one in outbox.sendable(session, now_us, full=full, limit=_ROWS_LOOKED_AT, lock=True):
            target = one.target_id
            is_crowded = self._pace.is_slow(target) and self._pace.room_for_slow(held) <= 0
            if len(chosen) < room and not is_crowded and self._pace.room(target, held[target], limits.get(target)) > 0:
                held[target] += 1
                chosen.append(one)
        return chosen

    def _claimed(self, session: Session, room: int) -> list[Claim]:
        now_us = clock.now_us()
        chosen = self._chosen(session, room, now_us)
        outbox.claim(session, chosen, self._policy, now_us=now_us)
        found: list[Claim] = []
        for name in {one.channel for one in chosen}:
            channel, own = self._channels[name], [one for one in chosen if one.channel == name]
            parcels = channel.parcels(session, own)
            outbox.drop(session, [one for one in own if one.id not in parcels], now_us)
            found += [
                Claim(one.id, one.claim_id or "", one.target_id, channel, parcels[one.id], one.attempts)
                for one in own
                if one.id in parcels
            ]
        return found

    def _record(self, session: Session, ended: Try) -> None:
        claim = ended.claim
        delivery = outbox.claimed(session, claim.delivery_id, claim.claim_id)
        if delivery is None:
            return
        outbox.finish(session, delivery, ended.outcome, self._policy, began_us=ended.began_us, now_us=ended.ended_us)
        if not ended.outcome.problem:
            claim.channel.arrived(session, delivery)
        elif delivery.finished_at is not None:
            claim.channel.gave_up(session, delivery)

    def _clean(self) -> None:
        if time.monotonic() - self._cleaned_at > _CLEANING_SECONDS:
            with self._database.write_session() as session:
                is_done = not outbox.forget_old(session, clock.now_us())
            if is_done:
                self._cleaned_at = time.monotonic()
