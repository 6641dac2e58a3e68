"""A statement as OFX 2.2 (Open Financial Exchange), and as QFX, which Quicken takes: OFX 1.02 with its mark."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET
from xml.etree.ElementTree import Element, SubElement

from reporting_service.statements.statement import Line, Statement
from shared.enums import AccountType, TransactionType
from shared.time.business_days import day_end_us, day_start_us, time_zone
from shared.time.clock import MICROSECONDS

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<?OFX OFXHEADER="200" VERSION="220" SECURITY="NONE" OLDFILEUID="NONE" NEWFILEUID="NONE"?>\n'
)
_QUICKEN_HEAD = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nSECURITY:NONE\r\nENCODING:UTF-8\r\nCHARSET:NONE\r\n"
    "COMPRESSION:NONE\r\nOLDFILEUID:NONE\r\nNEWFILEUID:NONE\r\n\r\n"
)
_QUICKEN_BANK = "3000"
"""The number under which Quicken takes files of banks that it does not know."""
_KINDS = {
    TransactionType.INTEREST: "INT",
    TransactionType.INTEREST_CHARGE: "INT",
    TransactionType.FEE: "FEE",
    TransactionType.TRANSFER: "XFER",
    TransactionType.STANDING_ORDER: "REPEATPMT",
    TransactionType.DIRECT_DEBIT: "DIRECTDEBIT",
    TransactionType.BILL_PAYMENT: "PAYMENT",
    TransactionType.CARD_PAYMENT: "PAYMENT",
    TransactionType.CARD_PURCHASE: "POS",
    TransactionType.CASH_WITHDRAWAL: "ATM",
    TransactionType.PAYROLL: "DIRECTDEP",
    TransactionType.DEPOSIT: "DEP",
}
"""What kind of movement it is; every other is a CREDIT or a DEBIT."""
_LONGEST_BANK, _LONGEST_ACCOUNT, _LONGEST_NAME, _LONGEST_MEMO = 9, 22, 32, 255


def render(statement: Statement) -> bytes:
    """The file."""
    return (_HEAD + ET.tostring(_document(statement), encoding="unicode") + "\n").encode()


def render_for_quicken(statement: Statement) -> bytes:
    """The file that Quicken takes."""
    root = _document(statement, for_quicken=True)
    return (_QUICKEN_HEAD + ET.tostring(root, encoding="unicode") + "\r\n").encode()


def _document(statement: Statement, *, for_quicken: bool = False) -> Element:
    root = Element("OFX")
    sign_on = SubElement(SubElement(root, "SIGNONMSGSRSV1"), "SONRS")
    _ok(sign_on)
    _put(sign_on, "DTSERVER", _time(statement.made_at))
    _put(sign_on, "LANGUAGE", "ENG")
    institution = SubElement(sign_on, "FI")
    _put(institution, "ORG", statement.bank_name[:_LONGEST_NAME])
    if for_quicken:
        _put(sign_on, "INTU.BID", _QUICKEN_BANK)
    is_credit = statement.account.type == AccountType.CREDIT
    kind = "CC" if is_credit else ""
    messages = SubElement(root, "CREDITCARDMSGSRSV1" if is_credit else "BANKMSGSRSV1")
    answer = SubElement(messages, f"{kind}STMTTRNRS")
    _put(answer, "TRNUID", statement.reference)
    _ok(answer)
    body = SubElement(answer, f"{kind}STMTRS")
    _put(body, "CURDEF", statement.currency)
    _account(SubElement(body, "CCACCTFROM" if is_credit else "BANKACCTFROM"), statement)
    listed = SubElement(body, "BANKTRANLIST")
    _put(listed, "DTSTART", _time(day_start_us(statement.first)))
    _put(listed, "DTEND", _time(day_end_us(statement.balance_day)))
    for line in statement.lines:
        _movement(SubElement(listed, "STMTTRN"), statement, line)
    balance = SubElement(body, "LEDGERBAL")
    _put(balance, "BALAMT", statement.text_of(statement.closing_minor))
    _put(balance, "DTASOF", _time(day_end_us(statement.balance_day)))
    return root


def _account(element: Element, statement: Statement) -> None:
    number = statement.account.number
    if statement.account.type != AccountType.CREDIT:
        _put(element, "BANKID", number[4:12][:_LONGEST_BANK])
    _put(element, "ACCTID", number[-_LONGEST_ACCOUNT:])
    if statement.account.type != AccountType.CREDIT:
        _put(element, "ACCTTYPE", "CHECKING" if statement.account.type == AccountType.CHECKING else "SAVINGS")


def _movement(element: Element, statement: Statement, line: Line) -> None:
    _put(element, "TRNTYPE", _KINDS.get(TransactionType(line.type), "DEBIT" if line.amount_minor < 0 else "CREDIT"))
    _put(element, "DTPOSTED", _time(line.effective_at))
    _put(element, "TRNAMT", statement.text_of(line.amount_minor))
    _put(element, "FITID", line.id)
    if line.end_to_end_id:
        _put(element, "REFNUM", line.end_to_end_id[:_LONGEST_NAME])
    name = line.counterparty.name if line.counterparty else line.description
    if name:
        _put(element, "NAME", name[:_LONGEST_NAME])
    if line.description:
        _put(element, "MEMO", line.description[:_LONGEST_MEMO])


def _ok(element: Element) -> None:
    status = SubElement(element, "STATUS")
    _put(status, "CODE", "0")
    _put(status, "SEVERITY", "INFO")


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _time(instant_us: int) -> str:
    """As OFX writes times: in the bank's zone, so that programs show the bank's day.

    Readers differ in what `5.50` hours are, so a zone that is off by a part of an hour is left for UTC.
    """
    moment = datetime.fromtimestamp(instant_us // MICROSECONDS, time_zone())
    hours, rest = divmod(moment.utcoffset() or timedelta(), timedelta(hours=1))
    if rest:
        return f"{moment.astimezone(UTC):%Y%m%d%H%M%S}.000[0:GMT]"
    return f"{moment:%Y%m%d%H%M%S}.000[{hours:+d}:{moment:%Z}]"
