"""The public HTTP of mails: parse, call, render."""

from flask_openapi3 import Tag

from notification_service.context import context
from notification_service.email import people, repository
from notification_service.email.message_builder import set_as
from notification_service.email.payloads import MailboxMessage
from notification_service.email.reading import words_of
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, success_list
from shared.identity.access import ADMIN, access
from shared.refusals import Refused
from shared.service_refusals import ONLY_IN_DEVELOPMENT
from shared.time import clock

blueprint = ServiceBlueprint(
    "mail",
    __name__,
    url_prefix="/api/notifications",
    abp_security=SECURED,
    abp_tags=[Tag(name="Mail", description="What the bank tells by e-mail.")],
)


@blueprint.get("/mailbox", responses={"200": list_of(MailboxMessage)}, summary="List mailbox messages, newest first")
@access(ADMIN)
@refuses(ONLY_IN_DEVELOPMENT)
def list_mailbox(query: ListQuery) -> ViewReply:
    """In production nobody reads other people's mail."""
    if context().is_production:
        raise Refused(ONLY_IN_DEVELOPMENT)
    stationery = context().settings.stationery
    with context().database.read_session() as session:
        mails, cursor = repository.page(session, query)
        known = people.addressees(session, {mail.user_id for mail in mails})
        deliveries = repository.deliveries(session, [mail.id for mail in mails])
        words, found = words_of(session, mails, stationery, context().tokens), []
        for mail in mails:
            letter, person, delivery = words[mail.id], known.get(mail.user_id), deliveries.get(mail.id)
            name = "" if letter.is_to_owner or person is None else person.full_name
            found.append(
                {
                    "id": mail.id,
                    "to": mail.address or (person.email if person else ""),
                    "subject": letter.subject,
                    "text": set_as("text", letter, name, stationery),
                    "html": set_as("html", letter, name, stationery),
                    "link": letter.link,
                    "delivery": None if delivery is None else delivery.status,
                    "created_at": clock.to_wire(mail.created_at),
                }
            )
    return success_list(found, cursor)
