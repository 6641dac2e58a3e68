"""A mail as it is read and as it is sent: words, plain text and HTML from one template, headers of one line each.

Pure but for reading the templates, once.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from notification_service.inbox.messages import KnownAccount, message_of
from notification_service.inbox.rules import NewNotification
from shared.time.clock import MICROSECONDS

_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_GAPS = re.compile(r"\n{3,}")
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*", re.ASCII)
"""What can be written into an envelope: ASCII, one line, nothing that means anything to a mail server."""
_LONGEST_SUBJECT = 200
_WHY = "You get this mail because you bank with {bank_name}. Nobody reads answers to it."
_WHY_OWNER = "You get this mail because you are named as the owner of {bank_name}. Nobody reads answers to it."


@dataclass(frozen=True, slots=True)
class Stationery:
    """What is the same on every mail: whose it is, from where, and where the bank is found on the web."""

    bank_name: str
    sender: str
    public_url: str


@dataclass(frozen=True, slots=True)
class MailMessage:
    """The words of one mail. `link` is a whole address, or empty."""

    subject: str
    paragraphs: tuple[str, ...]
    link_text: str = ""
    link: str = field(default="", repr=False)
    is_to_owner: bool = False


def letter_of(
    facts: NewNotification, accounts: dict[str, KnownAccount], stationery: Stationery, *, is_to_owner: bool
) -> MailMessage:
    """What a message of the inbox says on paper."""
    if is_to_owner:
        return _to_owner(accounts.get(facts.account_id or ""), stationery)
    said = message_of(facts, accounts)
    return MailMessage(one_line(said.title), (said.body,), "Look at it", stationery.public_url + said.link)


def reset_letter(token: str | None, stationery: Stationery) -> MailMessage:
    """How to choose a new password; without a token only that it was asked for, as it holds no more."""
    asked = "Somebody asked for a new password for your log-in. If it was not you, do nothing: your password stays."
    if token is None:
        return MailMessage(
            "Choose a new password", (asked, "The link has been used, sent, or is older than 30 minutes.")
        )
    held = "The link works once, for 30 minutes. It ends all your sessions. The bank never asks you for it."
    link = f"{stationery.public_url}/reset_password?token={token}"
    return MailMessage("Choose a new password", (asked, held), "Choose a new password", link)


def _to_owner(account: KnownAccount | None, stationery: Stationery) -> MailMessage:
    if account is None:
        body = "Somebody has opened an account."
    else:
        named = f"a {account.account_type} account ending in {account.account_number[-4:]}, in {account.currency}"
        body = f"{account.holder_name} has opened {named}."
    return MailMessage(
        "A new account was opened", (body,), "See all accounts", f"{stationery.public_url}/admin/accounts", True
    )


def one_line(text: str) -> str:
    """The text with a space for whatever would begin another line, or is no sign at all."""
    return _INVISIBLE.sub(" ", text).strip()[:_LONGEST_SUBJECT]


def set_as(look: str, letter: MailMessage, name: str, stationery: Stationery) -> str:
    """The letter as `text` or `html`, to somebody of this name."""
    why = (_WHY_OWNER if letter.is_to_owner else _WHY).format(bank_name=stationery.bank_name)
    text = _template(look).render(
        look=f"{look}.jinja",
        bank_name=stationery.bank_name,
        title=letter.subject,
        name=one_line(name),
        paragraphs=[_INVISIBLE.sub(" ", text) for text in letter.paragraphs],
        link=letter.link,
        link_text=letter.link_text,
        why=why,
    )
    return _GAPS.sub("\n\n", text).strip() + "\n"


@cache
def _template(look: str) -> Template:
    loader = PackageLoader("notification_service.email")
    is_html = look == "html"
    environment = Environment(loader=loader, autoescape=is_html, undefined=StrictUndefined)  # noqa: S701 (text is text)
    return environment.get_template("mail.jinja")


def mime(mail_id: str, letter: MailMessage, *, address: str, name: str, stationery: Stationery, made_at: int) -> bytes:
    """The mail as it goes out. Its Message-ID is the same however often it is sent.

    Raises ValueError for an address that cannot be written to.
    """
    if ADDRESS.fullmatch(address) is None:
        message = "this is no address that a mail can be sent to"
        raise ValueError(message)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(one_line(stationery.bank_name), addr_spec=stationery.sender)
    mail["To"] = Address(one_line(name), addr_spec=address)
    mail["Subject"] = one_line(letter.subject)
    mail["Date"] = format_datetime(datetime.fromtimestamp(made_at // MICROSECONDS, UTC))
    mail["Message-ID"] = f"<{mail_id}@{stationery.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(set_as("text", letter, name, stationery), cte="quoted-printable")
    mail.add_alternative(set_as("html", letter, name, stationery), subtype="html", cte="quoted-printable")
    # A boundary of its own, so that the bytes are the same each time.
    mail.set_boundary(f"part-of-{mail_id}")
    return mail.as_bytes()
