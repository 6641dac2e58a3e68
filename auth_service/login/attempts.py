"""Checking a password under the throttle: first whether a guess is let through, then the slow comparison."""

from contextlib import nullcontext
from dataclasses import dataclass

from auth_service import audit
from auth_service.context import AuthContext, Client
from auth_service.login import repository, throttling
from auth_service.login.throttling import Record, Rule
from auth_service.models import User
from auth_service.users.rules import name_key
from shared.refusals import Refused
from shared.service_refusals import TOO_MANY_ATTEMPTS, WRONG_PASSWORD
from shared.time.clock import now_us


@dataclass(frozen=True, slots=True)
class _FailureRecords:
    """What a guess is counted under, and what is remembered of that."""

    rules: dict[str, Rule]
    records: dict[str, Record]

    @property
    def has_failures(self) -> bool:
        return any(record.failures for record in self.records.values())


def is_right_password(
    context: AuthContext, user: User | None, *, typed_name: str, password: str, client: Client
) -> bool:
    """Whether this is the user's password; without a user the same work is done for a no.

    While nobody has failed lately, right passwords are compared side by side; after a failure a name's guesses wait
    for their turn, one by one. Each looks again when its turn has come, so guesses sent all at once are counted too.

    Raises Refused: 429 while the name, the address or the pair has to wait (nothing is compared then), 503 when too
    many are waiting already.
    """
    name = user.id if user else f"nobody:{name_key(typed_name)}"
    with context.hasher.admitted():
        counted = _let_through(context, user, name, client)
        turn = context.queues.turn(name) if counted.has_failures else nullcontext()
        with turn, context.hasher.slot():
            counted = _let_through(context, user, name, client)
            is_right = context.hasher.matches(user.password_hash if user else None, password)
            if not is_right:
                _count_failure(context, user, client, counted.rules)
    if is_right:
        _forgive(context, counted, throttling.pair(name, client.network))
    return is_right


def prove_password(context: AuthContext, user: User, password: str, client: Client) -> None:
    """Let somebody who is logged in prove that it is them.

    Raises Refused: 400 for a wrong password, else as `is_right_password`.
    """
    if not is_right_password(context, user, typed_name=user.username, password=password, client=client):
        raise Refused(WRONG_PASSWORD)


def _let_through(context: AuthContext, user: User | None, name: str, client: Client) -> _FailureRecords:
    with context.database.read_session() as db_session:
        is_known = repository.knows_network(db_session, user.id if user else "", client.network)
        rules = throttling.subjects(name=name, network=client.network, is_known=is_known)
        records = repository.guess_records(db_session, rules)
    wait = throttling.wait_seconds(records, now_us())
    if wait:
        raise Refused(TOO_MANY_ATTEMPTS, retry_after_seconds=wait)
    return _FailureRecords(rules, records)


def _count_failure(context: AuthContext, user: User | None, client: Client, rules: dict[str, Rule]) -> None:
    """Count in one transaction on what is stored now: other names' failures at this address may have come between."""
    with context.database.write_session() as db_session:
        now = now_us()
        records = repository.guess_records(db_session, rules)
        counted = {subject: throttling.after_failure(records[subject], rule, now) for subject, rule in rules.items()}
        repository.store_guess_records(db_session, counted)
        if throttling.is_worth_telling(counted.values()):
            failures = max(record.failures for record in counted.values())
            user_id = None if user is None else user.id
            audit.write_failed(db_session, client, user_id, error_code=WRONG_PASSWORD.code, failures=failures)


def _forgive(context: AuthContext, counted: _FailureRecords, pair: str) -> None:
    if counted.records[pair].failures:
        with context.database.write_session() as db_session:
            repository.forget_guesses(db_session, [pair])
