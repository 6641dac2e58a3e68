"""Checking a password under the throttle: first whether a guess is let through, then the slow comparison."""

from auth_service import repository, throttling
from auth_service.desk import Client, Desk
from auth_service.refusals import TOO_MANY_ATTEMPTS
from auth_service.users import User, name_key
from shared.clock import now_us
from shared.refusals import Refused


def is_right_password(desk: Desk, user: User | None, *, typed_name: str, password: str, client: Client) -> bool:
    """Whether this is the user's password; without a user the same work is done for a no.

    Raises Refused: 429 while the name, the address or the pair has to wait (nothing is compared then), 503 when too
    many are waiting already.
    """
    name = user.id if user else f"nobody:{name_key(typed_name)}"
    with desk.hasher.admitted(), desk.queues.turn(name):
        with desk.database.read() as connection:
            is_known = repository.knows_network(connection, user.id if user else "", client.network)
            rules = throttling.subjects(name=name, network=client.network, is_known=is_known)
            records = repository.guess_records(connection, rules)
        wait = throttling.wait_seconds(records, now_us())
        if wait:
            raise Refused(TOO_MANY_ATTEMPTS, details={"retry_after_seconds": wait}, retry_after_seconds=wait)
        is_right = desk.hasher.matches(user.password_hash if user else None, password)
        if not is_right:
            _count_failure(desk, rules)
        elif records[throttling.pair(name, client.network)].failures:
            with desk.database.write() as connection:
                repository.forget_guesses(connection, [throttling.pair(name, client.network)])
    return is_right


def _count_failure(desk: Desk, rules: dict[str, throttling.Rule]) -> None:
    """Count in one transaction on what is stored now: other names' failures at this address may have come between."""
    with desk.database.write() as connection:
        now = now_us()
        records = repository.guess_records(connection, rules)
        counted = {subject: throttling.after_failure(records[subject], rule, now) for subject, rule in rules.items()}
        repository.store_guess_records(connection, counted)
