"""E-mail as a way of sending for the outbox's worker."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog
from flask_sqlalchemy.session import Session

from notification_service.delivery.channel import Outcome
from notification_service.email import message_builder, people, repository
from notification_service.email.mailing import CHANNEL
from notification_service.email.message_builder import MailMessage, Stationery
from notification_service.email.reading import is_too_late, words_of
from notification_service.email.receipts import Receipts
from notification_service.email.smtp import MailServer, send
from notification_service.models import Delivery
from shared.storage.secret_vault import SecretVault
from shared.time import clock
from shared.time.clock import MICROSECONDS

logger = structlog.get_logger(__name__)

_SURE_AFTER_US = 60 * MICROSECONDS
"""By then the commit that ended a delivery is over."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One mail; `is_taken`: the server has it already."""

    delivery_id: str
    mail_id: str
    letter: MailMessage
    address: str
    name: str
    made_at: int
    is_taken: bool


@dataclass(frozen=True, slots=True)
class EmailChannel:
    """Sets mails and hands them to the mail server, each once."""

    server: MailServer
    stationery: Stationery
    receipts: Receipts
    vault: SecretVault
    name: str = CHANNEL

    def limits(self, session: Session) -> dict[str, int]:
        """As many at a time as the worker sends to any one target."""
        return {}

    def parcels(self, session: Session, claimed: Sequence[Delivery]) -> dict[str, Parcel]:
        """What to send for each delivery; those whose mail is gone, or for nobody any more, are absent."""
        taken = self.receipts.noted()
        self.receipts.drop(repository.finished(session, taken, clock.now_us() - _SURE_AFTER_US))
        mails = repository.mails(session, [one.event_id for one in claimed])
        known = people.addressees(session, {mail.user_id for mail in mails.values()})
        words = words_of(session, list(mails.values()), self.stationery, self.vault)
        found = {}
        for one in claimed:
            mail = mails.get(one.event_id)
            person = known.get(mail.user_id) if mail else None
            address = mail and (mail.address or (person and person.email))
            if mail is not None and address and (one.id in taken or not is_too_late(mail)):
                letter = words[mail.id]
                name = "" if letter.is_to_owner or person is None else person.full_name
                found[one.id] = Parcel(one.id, mail.id, letter, address, name, mail.created_at, one.id in taken)
        return found

    def send(self, parcel: Parcel, tries_before: int) -> Outcome:
        """Hand it over once, unless that was done by somebody who did not live to say so."""
        if parcel.is_taken:
            return Outcome(answer_start="taken before")
        try:
            content = message_builder.mime(
                parcel.mail_id,
                parcel.letter,
                address=parcel.address,
                name=parcel.name,
                stationery=self.stationery,
                made_at=parcel.made_at,
            )
        except ValueError as problem:
            return Outcome(str(problem), is_final=True)
        return send(
            self.server,
            sender=self.stationery.sender,
            address=parcel.address,
            content=content,
            on_taken=lambda: self.receipts.note(parcel.delivery_id),
        )

    def arrived(self, session: Session, delivery: Delivery) -> None:
        """What was sealed has served."""
        mail = repository.sealed(session, delivery.event_id)
        if mail is not None:
            mail.sealed = None
            session.flush()

    def gave_up(self, session: Session, delivery: Delivery) -> None:
        """The person has the message in their inbox; who runs the bank finds it in the log."""
        logger.warning("mail_given_up", mail=delivery.event_id, tries=delivery.attempts)
