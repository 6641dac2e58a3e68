"""What every message is made of. Pure."""

from dataclasses import dataclass

from shared.amounts import money


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads. `link` is a path of the web bank."""

    title: str
    body: str
    link: str


def amount_text(amount_minor: int, currency: str) -> str:
    """`1,234.50 EUR`."""
    whole, point, fraction = money.to_text(amount_minor, currency).partition(".")
    return f"{int(whole):,}{point}{fraction} {currency}"
