"""A statement as SWIFT's MT940, as banks send it to book-keeping programs: one message, in the characters it knows."""

import re
import textwrap
import unicodedata
from collections.abc import Iterator
from datetime import date

from reporting_service.statements.statement import Line, Statement
from shared.enums import TransactionType

_CODES = {
    TransactionType.INTEREST: "INT",
    TransactionType.INTEREST_CHARGE: "INT",
    TransactionType.FEE: "CHG",
    TransactionType.STANDING_ORDER: "STO",
    TransactionType.DIRECT_DEBIT: "DDT",
    TransactionType.EXCHANGE: "FEX",
    TransactionType.CARD_PURCHASE: "POS",
    TransactionType.CASH_WITHDRAWAL: "ATM",
}
"""What kind of movement it is; every other is a transfer (TRF) or something else (MSC)."""
_TRANSFERS = frozenset({TransactionType.TRANSFER, TransactionType.PAYROLL, TransactionType.BILL_PAYMENT})
_NOT_KNOWN = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_SLASHES = re.compile("/{2,}")
"""Two of them end a reference where a bank's own begins."""
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "€": "EUR"})
_LINE, _LINES = 65, 6


def render(statement: Statement) -> bytes:
    """The file."""
    account = statement.account
    lines = [
        f":20:{_message_reference(statement)}",
        f":25:{_known(account.number)[:35]}",
        f":28C:{statement.last:%y%j}/1",
        f":60F:{_balance(statement, statement.opening_minor, statement.first)}",
    ]
    for line in statement.lines:
        lines += _movement(statement, line)
    closing = _balance(statement, statement.closing_minor, statement.balance_day)
    lines += [f":62{'F' if statement.is_final else 'M'}:{closing}", "-", ""]
    return "\r\n".join(lines).encode("ascii")


def _movement(statement: Statement, line: Line) -> Iterator[str]:
    mark = "D" if line.amount_minor < 0 else "C"
    if line.type == TransactionType.REVERSAL:
        mark = "RC" if line.amount_minor < 0 else "RD"
    kind = "TRF" if line.type in _TRANSFERS else _CODES.get(TransactionType(line.type), "MSC")
    reference = _SLASHES.sub("/", _known(line.end_to_end_id or ""))[:16].strip("/ ") or "NONREF"
    yield (
        f":61:{line.day:%y%m%d}{line.day:%m%d}{mark}{_amount(statement, abs(line.amount_minor))}"
        f"N{kind}{reference}//{line.id.replace('-', '')[-16:]}"
    )
    party = line.counterparty
    said = [line.description, *((party.name, party.account_number) if party else ())]
    narrative = _known(" / ".join(part for part in said if part)).strip() or line.type.replace("_", " ")
    first, *more = textwrap.wrap(narrative, _LINE)[:_LINES]
    yield f":86:{first}"
    for rest in more:  # a colon or a hyphen there would begin a field, or end the message
        yield f".{rest[1:]}" if rest[0] in ":-" else rest


def _message_reference(statement: Statement) -> str:
    """Sixteen characters; of days that are not over it tells how far the message goes."""
    until = f"{statement.last:%y%m%d}" if statement.is_final else f"{statement.newest_position % 10**6:06d}"
    return f"{statement.account.id[-4:]}{statement.first:%y%m%d}{until}"


def _balance(statement: Statement, minor: int, day: date) -> str:
    return f"{'D' if minor < 0 else 'C'}{day:%y%m%d}{statement.currency}{_amount(statement, abs(minor))}"


def _amount(statement: Statement, minor: int) -> str:
    """With a comma always, also where nothing follows it."""
    text = statement.text_of(minor).replace(".", ",")
    return text if "," in text else f"{text},"


def _known(text: str) -> str:
    """In the characters that SWIFT knows: letters without accents, and a full stop for what has no likeness."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _NOT_KNOWN.sub(".", plain.replace("*", "X"))
