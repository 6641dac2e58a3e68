"""The only SQL of preferences. The caller opens the transaction and alone commits it."""

from collections.abc import Iterable, Mapping

from flask_sqlalchemy.session import Session
from sqlalchemy import select

from notification_service.models import MessagePreference
from notification_service.preferences.choices import NotificationChoices, Switches
from shared.storage.row_seals import add_rows, delete_rows

_AT_ONCE = 1000


def chosen_by(session: Session, user_ids: Iterable[str]) -> NotificationChoices:
    """What these people have chosen, as of this transaction."""
    ids = sorted(set(user_ids))
    found: dict[tuple[str, str], Switches] = {}
    for start in range(0, len(ids), _AT_ONCE):
        here = MessagePreference.user_id.in_(ids[start : start + _AT_ONCE])
        for row in session.scalars(select(MessagePreference).where(here)):
            found[row.user_id, row.type] = Switches(row.inbox, row.email, row.webhook)
    return NotificationChoices(found)


def choose(session: Session, user_id: str, wanted: Mapping[str, Switches]) -> None:
    """Have these hold for this person from now on; of the others stays what they have chosen before."""
    here = MessagePreference.user_id == user_id, MessagePreference.type.in_(list(wanted))
    delete_rows(session, MessagePreference, *here)
    rows = [
        {"user_id": user_id, "type": kind, **{name: int(is_on) for name, is_on in switches._asdict().items()}}
        for kind, switches in wanted.items()
    ]
    add_rows(session, MessagePreference, rows)


def empty(session: Session) -> None:
    """Forget what everybody has chosen."""
    delete_rows(session, MessagePreference)
