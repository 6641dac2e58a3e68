"""A statement as ISO 20022's camt.053.001.08, as European banks send it."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from reporting_service.statements.statement import ExchangedAmount, Line, Party, Statement
from shared.amounts import money
from shared.enums import TransactionType
from shared.time.business_days import day_end_us, day_start_us
from shared.time.clock import MICROSECONDS

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_LONGEST_NAME, _LONGEST_TEXT, _LONGEST_REFERENCE = 140, 140, 35
_CODES = {
    TransactionType.DEPOSIT: ("PMNT", "CNTR", "CDPT"),
    TransactionType.WITHDRAWAL: ("PMNT", "CNTR", "CWDL"),
    TransactionType.CARD_PURCHASE: ("PMNT", "CCRD", "POSD"),
    TransactionType.CARD_REFUND: ("PMNT", "CCRD", "RIMB"),
    TransactionType.CASH_WITHDRAWAL: ("PMNT", "CCRD", "CWDL"),
    TransactionType.INTEREST: ("ACMT", "MCOP", "INTR"),
    TransactionType.INTEREST_CHARGE: ("ACMT", "MDOP", "INTR"),
    TransactionType.FEE: ("ACMT", "MDOP", "CHRG"),
    TransactionType.EXCHANGE: ("FORX", "SPOT", "OTHR"),
}
"""Domain, family and sub-family of the kinds that do not depend on the direction."""
_TRANSFERS = {
    TransactionType.STANDING_ORDER: "STDO",
    TransactionType.PAYROLL: "SALA",
}
_DIRECT_DEBITS = {True: ("PMNT", "IDDT", "ESDD"), False: ("PMNT", "RDDT", "ESDD")}
"""By whether the account receives."""


def render(statement: Statement) -> bytes:
    """The file."""
    root = Element("Document", {"xmlns": NAMESPACE})
    message = SubElement(root, "BkToCstmrStmt")
    header = SubElement(message, "GrpHdr")
    _put(header, "MsgId", statement.reference)
    _put(header, "CreDtTm", _time(statement.made_at))
    stated = SubElement(message, "Stmt")
    _put(stated, "Id", statement.reference)
    _put(stated, "CreDtTm", _time(statement.made_at))
    span = SubElement(stated, "FrToDt")
    _put(span, "FrDtTm", _time(day_start_us(statement.first)))
    _put(span, "ToDtTm", _time(day_end_us(statement.balance_day)))
    _account(SubElement(stated, "Acct"), statement)
    for code, minor, day in (
        ("OPBD", statement.opening_minor, statement.first),
        ("CLBD" if statement.is_final else "ITBD", statement.closing_minor, statement.balance_day),
    ):
        balance = SubElement(stated, "Bal")
        _put(SubElement(SubElement(balance, "Tp"), "CdOrPrtry"), "Cd", code)
        _amount(balance, minor, statement.currency)
        _put(SubElement(balance, "Dt"), "Dt", day.isoformat())
    for line in statement.lines:
        _entry(SubElement(stated, "Ntry"), statement, line)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _account(element: Element, statement: Statement) -> None:
    account = statement.account
    _number(SubElement(element, "Id"), Party(account.holder_name, account.number))
    _put(element, "Ccy", account.currency)
    _put(element, "Nm", account.name[:70])
    _put(SubElement(element, "Ownr"), "Nm", account.holder_name[:_LONGEST_NAME])
    _put(SubElement(SubElement(element, "Svcr"), "FinInstnId"), "Nm", statement.bank_name[:_LONGEST_NAME])


def _entry(element: Element, statement: Statement, line: Line) -> None:
    reference = line.id.replace("-", "")
    _put(element, "NtryRef", reference)
    _amount(element, line.amount_minor, statement.currency)
    if line.type == TransactionType.REVERSAL:
        _put(element, "RvslInd", "true")
    _put(SubElement(element, "Sts"), "Cd", "BOOK")
    _put(SubElement(element, "BookgDt"), "Dt", line.day.isoformat())
    _put(SubElement(element, "ValDt"), "Dt", line.day.isoformat())
    _put(element, "AcctSvcrRef", reference)
    _code(SubElement(element, "BkTxCd"), line)
    details = SubElement(SubElement(element, "NtryDtls"), "TxDtls")
    references = SubElement(details, "Refs")
    _put(references, "AcctSvcrRef", reference)
    _put(references, "EndToEndId", (line.end_to_end_id or "NOTPROVIDED")[:_LONGEST_REFERENCE])
    if line.exchanged is not None:
        _exchanged(SubElement(details, "AmtDtls"), line.exchanged, statement.currency, pays=line.amount_minor < 0)
    if line.counterparty is not None:
        _related(SubElement(details, "RltdPties"), line.counterparty, is_debtor=line.amount_minor > 0)
    if line.description:
        said = SubElement(details, "RmtInf")
        for start in range(0, len(line.description), _LONGEST_TEXT):
            _put(said, "Ustrd", line.description[start : start + _LONGEST_TEXT])
    _put(details, "AddtlTxInf", line.type)


def _code(element: Element, line: Line) -> None:
    receives = line.amount_minor > 0
    kind = TransactionType(line.type)
    if kind is TransactionType.DIRECT_DEBIT:
        domain, family, sub_family = _DIRECT_DEBITS[receives]
    else:
        transfer = ("PMNT", "RCDT" if receives else "ICDT", _TRANSFERS.get(kind, "OTHR"))
        domain, family, sub_family = _CODES.get(kind, transfer)
    named = SubElement(element, "Domn")
    _put(named, "Cd", domain)
    named = SubElement(named, "Fmly")
    _put(named, "Cd", family)
    _put(named, "SubFmlyCd", sub_family)


def _exchanged(element: Element, other: ExchangedAmount, currency: str, *, pays: bool) -> None:
    instructed = SubElement(element, "InstdAmt")
    _put(instructed, "Amt", money.to_text(other.amount_minor, other.currency)).set("Ccy", other.currency)
    if other.rate is None:
        return
    exchange = SubElement(instructed, "CcyXchg")
    _put(exchange, "SrcCcy", currency if pays else other.currency)
    _put(exchange, "TrgtCcy", other.currency if pays else currency)
    _put(exchange, "XchgRate", _rate(other.rate))


def _rate(rate: str) -> str:
    """At most eleven digits, ten of them after the point, as the format has room for."""
    whole, _, fraction = rate.partition(".")
    return f"{whole}.{fraction}"[:12].rstrip(".") if fraction else whole


def _related(element: Element, party: Party, *, is_debtor: bool) -> None:
    role = "Dbtr" if is_debtor else "Cdtr"
    _put(SubElement(SubElement(element, role), "Pty"), "Nm", party.name[:_LONGEST_NAME])
    _number(SubElement(SubElement(element, f"{role}Acct"), "Id"), party)


def _number(element: Element, party: Party) -> None:
    """A whole number as an IBAN; of a masked one what is known."""
    if party.is_masked:
        _put(SubElement(element, "Othr"), "Id", party.account_number[:34])
    else:
        _put(element, "IBAN", party.account_number)


def _amount(element: Element, minor: int, currency: str) -> None:
    _put(element, "Amt", money.to_text(abs(minor), currency)).set("Ccy", currency)
    _put(element, "CdtDbtInd", "DBIT" if minor < 0 else "CRDT")


def _put(parent: Element, name: str, text: str) -> Element:
    child = SubElement(parent, name)
    child.text = text
    return child


def _time(instant_us: int) -> str:
    return datetime.fromtimestamp(instant_us // MICROSECONDS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
