"""What an error of a database's driver means, told by its code, whichever database it is.

SQLite says it in words, PostgreSQL by an SQLSTATE, MySQL and MariaDB by a number.
"""

from typing import Any

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError

BUSY = "The bank's storage is busy; try again shortly."
AWAY = "The bank's storage is away; try again shortly."

_UNDONE_STATES = frozenset({"40001", "40P01"})
_LOCK_WAIT, _NO_TABLE = 1205, 1146
_UNDONE_NUMBERS = frozenset({_LOCK_WAIT, 1213})
_BUSY_STATES = frozenset({"55P03"})
_RULE_NUMBERS = frozenset({4025})  # MariaDB's CHECK, which its driver calls an operational error
_FULL_WORDS = ("disk is full",)
_FAILED_WORDS = ("disk i/o error",)
_FULL_STATES = frozenset({"53100"})
_FULL_NUMBERS = frozenset({1021, 1114})
_LEFT_STATES = frozenset({"25006"})  # a leader that has become a standby
_LEFT_NUMBERS = frozenset({1047, 1180})  # Galera's, on a server that has lost its cluster; the latter amid a COMMIT
_AWAY_STATES = frozenset({"57P01", "57P02", "57P03", "53300"}) | _LEFT_STATES
_FATAL_FOR_NOW = ("starting up", "shutting down", "recovery", "too many clients", "terminating connection")
_AWAY_NUMBERS = frozenset({1040, 1053, 2002, 2003, 2006, 2013, 4031}) | _LEFT_NUMBERS


def was_undone(error: BaseException) -> bool:
    """Whether a server undid the whole transaction in favour of another's, so that it may be tried again.

    A serialization failure, a deadlock, or a row that another held for too long (LEDGER rule 9).
    """
    return _state(error) in _UNDONE_STATES or _number(error) in _UNDONE_NUMBERS


def waited_too_long(error: BaseException) -> bool:
    """Whether MariaDB gave up waiting for a row that another has."""
    return _number(error) == _LOCK_WAIT


def has_no_table(error: BaseException) -> bool:
    """Whether MariaDB knows no table of that name."""
    return _number(error) == _NO_TABLE


def has_left_its_cluster(error: BaseException) -> bool:
    """Whether this server can write no more, while another of its cluster may: connections to it are of no use."""
    return _state(error) in _LEFT_STATES or _number(error) in _LEFT_NUMBERS


def is_busy(error: BaseException) -> bool:
    """Whether another writer was in the way for too long; nothing was done."""
    return _sqlite_says(error, ("locked", "busy")) or _state(error) in _BUSY_STATES or was_undone(error)


def is_of_the_storage(error: BaseException) -> bool:
    """Whether the storage is at fault, so that any other statement would meet the same.

    It is not where a rule of a table or a value that a column does not take is: that is the one statement's own fault.
    """
    is_its_own = isinstance(error, IntegrityError | DataError) or _number(error) in _RULE_NUMBERS
    return isinstance(error, DBAPIError) and not is_its_own


def is_full(error: BaseException) -> bool:
    """Whether there was no room to write, so that nothing was written."""
    return _sqlite_says(error, _FULL_WORDS) or _state(error) in _FULL_STATES or _number(error) in _FULL_NUMBERS


def has_disk_failed(error: BaseException) -> bool:
    """Whether the disk itself could not be read or written; of a COMMIT nobody knows then whether it took effect."""
    return _sqlite_says(error, _FAILED_WORDS)


def is_away(error: BaseException) -> bool:
    """Whether the database's server could not be reached, or the connection to it broke."""
    cause = _cause(error)
    if getattr(error, "connection_invalidated", False):
        return True
    if hasattr(cause, "sqlstate"):  # psycopg's; without a state it is that no connection came about
        state, said = str(cause.sqlstate or ""), str(cause)
        if state:
            return state in _AWAY_STATES or state.startswith("08")
        is_operational = any(kind.__name__ == "OperationalError" for kind in type(cause).__mro__)
        return is_operational and ("FATAL" not in said or any(reason in said for reason in _FATAL_FOR_NOW))
    return _number(error) in _AWAY_NUMBERS


def _cause(error: BaseException) -> Any:
    """The driver's own error."""
    return getattr(error, "orig", None) or error


def _state(error: BaseException) -> str | None:
    return getattr(_cause(error), "sqlstate", None)


def _number(error: BaseException) -> int | None:
    arguments = getattr(_cause(error), "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def _sqlite_says(error: BaseException, words: tuple[str, ...]) -> bool:
    cause = _cause(error)
    if _state(error) is not None or _number(error) is not None:
        return False
    said = str(cause).lower()
    return any(word in said for word in words)
