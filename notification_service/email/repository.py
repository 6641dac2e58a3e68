"""The only SQL of mails. The caller opens the transaction and alone commits it."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask_sqlalchemy.session import Session
from sqlalchemy import select

from notification_service.models import Delivery, Mail
from shared.http.pagination import ListQuery, fetch_page
from shared.storage.row_seals import add_rows, delete_rows, known_among

Row = dict[str, Any]
_AT_ONCE = 1000


def add(session: Session, rows: Sequence[Row]) -> list[Row]:
    """Keep these mails; those that were not kept before."""
    known = known_among(session, Mail, [row["id"] for row in rows])
    new = [row for row in rows if row["id"] not in known]
    add_rows(session, Mail, new)
    return new


def mails(session: Session, ids: Iterable[str]) -> dict[str, Mail]:
    """Those of these mails that are kept, by id."""
    wanted, found = list(ids), {}
    for start in range(0, len(wanted), _AT_ONCE):
        query = select(Mail).where(Mail.id.in_(wanted[start : start + _AT_ONCE]))
        found.update({row.id: row for row in session.scalars(query)})
    return found


def sealed(session: Session, mail_id: str) -> Mail | None:
    """This mail, locked, if it holds something sealed."""
    query = select(Mail).where(Mail.id == mail_id, Mail.sealed.is_not(None))
    return session.scalars(query.with_for_update()).one_or_none()


def page(session: Session, query: ListQuery) -> tuple[list[Mail], str | None]:
    """A page of all mails, newest first, and its cursor. Raises Refused (422)."""
    rows, cursor = fetch_page(session, select(Mail), Mail.created_at, Mail.id, query)
    return [row[0] for row in rows], cursor


def deliveries(session: Session, ids: Iterable[str]) -> dict[str, Delivery]:
    """What became of the sending of these mails, by the mails' ids."""
    query = select(Delivery).where(Delivery.event_id.in_(list(ids)))
    return {row.event_id: row for row in session.scalars(query)}


def finished(session: Session, delivery_ids: Iterable[str], before: int) -> set[str]:
    """Those of these deliveries that had their end before an instant, or are gone."""
    ids = list(delivery_ids)
    query = select(Delivery.id, Delivery.finished_at).where(Delivery.id.in_(ids))
    known = {row.id: row.finished_at for row in session.execute(query)}
    return {one for one in ids if one not in known or (known[one] is not None and known[one] < before)}


def empty(session: Session) -> None:
    """Forget every mail."""
    delete_rows(session, Mail)
