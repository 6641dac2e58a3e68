"""Date ranges as people mean them: both days included. The API's end before their last instant. Pure."""

from datetime import date, datetime, timedelta

from gateway.web.formatting import day


def day_after(text: str | None) -> str | None:
    """The next day of `2026-11-20`; what is no day, or the last one there is, goes on as it was typed."""
    try:
        return (date.fromisoformat(text or "") + timedelta(days=1)).isoformat()
    except (ValueError, OverflowError):
        return text


def last_day(until: str | None) -> str | None:
    """The last day of a period that ends before this instant, as `2026-11-20`; None when it has no end."""
    return (datetime.fromisoformat(until) - timedelta(microseconds=1)).date().isoformat() if until else None


def in_words(since: str | None, until: str | None) -> str:
    """A report's period in words: `1 Nov 2026 to 20 Nov 2026`, `Since 1 Nov 2026`, `Everything`."""
    first, last = since and day(since), last_day(until) and day(str(last_day(until)))
    if first and last:
        return first if first == last else f"{first} to {last}"
    if first:
        return f"Since {first}"
    return f"Until {last}" if last else "Everything"
