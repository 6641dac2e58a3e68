"""Asking the sources: each is fetched, read strictly, held against what was known, and kept, or said what is wrong."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import structlog

from account_service.rates import repository
from account_service.rates.fetching import UnreachableError, fetch
from account_service.rates.plausibility import check_exchange, check_interest
from account_service.rates.published import DayOfRates, InterestRates, PageChangedError, Source
from account_service.rates.sources.every import SOURCES
from shared.enums import RateSourceStatus
from shared.observability.logs import cause_of
from shared.storage.database import Database
from shared.time import clock

logger = structlog.get_logger(__name__)

_LONGEST_PROBLEM = 500
Read = DayOfRates | InterestRates | Exception


def refresh(database: Database, addresses: Mapping[str, str], get: Callable[[str], str] = fetch) -> None:
    """Ask every source that has an address, at once, and keep what each gives, each in a transaction of its own."""
    asked = [source for source in SOURCES if addresses[source.name]]
    with ThreadPoolExecutor(max(len(asked), 1), thread_name_prefix="rates") as threads:
        answers = list(threads.map(lambda source: _read(source, addresses[source.name], get), asked))
    for source, answer in zip(asked, answers, strict=True):
        _keep(database, source, answer)


def _read(source: Source, address: str, get: Callable[[str], str]) -> Read:
    try:
        return source.read(get(address))
    except (UnreachableError, PageChangedError) as problem:
        return problem
    except Exception as error:  # whatever a parser met that it did not foresee, the page is not what it was
        logger.exception("rates_page_not_read", source=source.name)
        return PageChangedError(f"it cannot be read ({type(error).__name__})")


def _keep(database: Database, source: Source, answer: Read) -> None:
    now_us = clock.now_us()
    try:
        if isinstance(answer, Exception):
            raise answer
        with database.write_session() as session:
            if isinstance(answer, DayOfRates):
                known = repository.newest_exchange(session)
                check_exchange(answer, known.rates if known else None, _today())
                repository.keep_exchange(session, source.name, answer, now_us=now_us)
            else:
                before = {row.name: row.rate for row in repository.interest(session) if row.source == source.name}
                check_interest(answer, before)
                repository.keep_interest(session, source.name, answer, now_us=now_us)
            repository.note_asked(session, source.name, RateSourceStatus.READ, None, now_us=now_us)
    except UnreachableError as problem:
        logger.warning("rates_source_unreachable", source=source.name, cause=cause_of(problem))
        _note(database, source, RateSourceStatus.UNREACHABLE, problem, now_us)
    except PageChangedError as problem:
        logger.error("rates_page_changed", source=source.name, cause=cause_of(problem))
        _note(database, source, RateSourceStatus.CHANGED, problem, now_us)


def _note(database: Database, source: Source, status: RateSourceStatus, problem: Exception, now_us: int) -> None:
    with database.write_session() as session:
        repository.note_asked(session, source.name, status, str(problem)[:_LONGEST_PROBLEM], now_us=now_us)


def _today() -> date:
    return datetime.now(UTC).date()
