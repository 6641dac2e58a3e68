"""How wrong passwords slow down whoever guesses, without locking the owner out. Pure: no SQL, no clock.

Three things are counted: the name that is guessed at, the address that guesses, and the pair of both. Five failures
are free, then each further one doubles the wait. Someone who has logged in from this network before is held up by
nothing but the failures of their own pair, so an attack from elsewhere cannot keep them out. A stranger's pair waits
twice as long as the name does: when a name opens again, the attacker who closed it is still waiting, and the owner at a
new address comes first. A wait is never longer than the guessing has lasted, roughly.

One failure is forgotten per longest wait, which is as fast as guesses are let through at worst, so patience gains
nothing: a name is tried fewer than 100 times a day by all strangers together.
"""

import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shared.time.clock import MICROSECONDS

FREE_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """The wait after the fifth failure, doubled by each further one up to the longest, in seconds."""

    first_wait_seconds: int
    longest_wait_seconds: int


NAME = Rule(1, 1200)
KNOWN_PAIR = Rule(1, 1200)
STRANGE_PAIR = Rule(2, 2400)
ADDRESS = Rule(1, 60)


@dataclass(frozen=True, slots=True)
class Record:
    """What is remembered of one subject; instants in microseconds."""

    failures: int
    last_failure_at: int
    blocked_until: int


NOTHING = Record(0, 0, 0)


def subjects(*, name: str, network: str, is_known: bool) -> dict[str, Rule]:
    """What a guess at this name from this network is counted under, each with its rule."""
    if is_known:
        return {pair(name, network): KNOWN_PAIR}
    return {
        f"name:{_digest(name)}": NAME,
        f"address:{_digest(network)}": ADDRESS,
        pair(name, network): STRANGE_PAIR,
    }


def pair(name: str, network: str) -> str:
    """The subject that is forgiven when the right password comes. The others are not: else an attacker could wipe
    an address clean by logging in as themself, and a name whenever its owner logs in.
    """
    return f"pair:{_digest(name + '|' + network)}"


def traces(name: str, networks: Iterable[str]) -> set[str]:
    """Everything that guesses at this name, from these networks, are counted under."""
    return {f"name:{_digest(name)}", *(pair(name, network) for network in networks)}


def wait_seconds(records: Mapping[str, Record], now: int) -> int:
    """Whole seconds until the next guess is let through; 0 when it is now."""
    blocked_until = max((record.blocked_until for record in records.values()), default=0)
    return max(0, -((now - blocked_until) // MICROSECONDS))


def after_failure(record: Record, rule: Rule, now: int) -> Record:
    """The record with one more failure."""
    elapsed = max(0, now - record.last_failure_at)
    failures = max(0, record.failures - elapsed // (rule.longest_wait_seconds * MICROSECONDS)) + 1
    if failures < FREE_FAILURES:
        return Record(failures, now, 0)
    doublings = min(failures - FREE_FAILURES, 20)
    wait = min(rule.first_wait_seconds * 2**doublings, rule.longest_wait_seconds)
    return Record(failures, now, now + wait * MICROSECONDS)


def is_worth_telling(counted: Iterable[Record]) -> bool:
    """Whether a failure is one that the audit trail keeps: the first, the one that begins to make somebody wait, and
    then each time that there were twice as many. So guessing without end writes little.
    """
    failures = [record.failures for record in counted]
    most = max(failures, default=0)
    doubled = most >= FREE_FAILURES and most % FREE_FAILURES == 0 and (most // FREE_FAILURES).bit_count() == 1
    return most == 1 or doubled or FREE_FAILURES in failures


def network_of(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 that one IPv6 customer usually has to themself."""
    parsed = ipaddress.ip_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False).network_address)
    return str(parsed)


def _digest(text: str) -> str:
    """People type passwords into name fields; what is kept does not show them."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
