"""The date range of a report as people say it: both days included, while the API names the instant after the last."""

from datetime import datetime, timedelta

from gateway.web.formatting import day, iso_day


def last_day(until: str | None) -> str | None:
    """The last day of a range that ends before this instant, as `2026-11-20`; None when it has no end."""
    if not until:
        return None
    return iso_day((datetime.fromisoformat(until) - timedelta(microseconds=1)).isoformat())


def in_words(since: str | None, until: str | None) -> str:
    """A report's range in words: `1 Nov 2026 to 20 Nov 2026`, `Since 1 Nov 2026`, `Everything`."""
    first, last = since and day(since), last_day(until) and day(str(last_day(until)))
    if first and last:
        return first if first == last else f"{first} to {last}"
    if first:
        return f"Since {first}"
    return f"Until {last}" if last else "Everything"
