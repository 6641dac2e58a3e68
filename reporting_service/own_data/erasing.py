"""Forgetting a person: reports about them. What is derived from the feeds has no name any more when they have none."""

from functools import partial

from flask import Flask
from sqlalchemy import delete, or_, select

from reporting_service.context import ReportingContext
from reporting_service.models import accounts, custom_report_runs, custom_reports, erased_people, reports
from shared.privacy.erased_people import is_erased, note_erased
from shared.privacy.erasure import install_erasure

_AT_ONCE = 100


def install(app: Flask, context: ReportingContext) -> None:
    """The call by which auth has us forget somebody. Before `seal`."""
    install_erasure(app, partial(erase, context))


def erase(context: ReportingContext, user_id: str) -> None:
    """Forget this person in one commit, from which on no report is kept for them, after the feeds have told of it.

    Staff's reports of their accounts go too. Who was forgotten before is not looked for again. Raises Refused (503)
    while a service is away that may yet have something to tell.
    """
    with context.database.read() as connection:
        if is_erased(connection, erased_people, user_id):
            return
    context.catch_up()
    with context.database.write() as connection:
        note_erased(connection, erased_people, user_id)
        own = connection.execute(select(accounts.c.id).where(accounts.c.user_id == user_id)).scalars().all()
        for table in (reports, custom_reports, custom_report_runs):
            connection.execute(delete(table).where(table.c.owner_id == user_id))
        for start in range(0, len(own), _AT_ONCE):
            named = [reports.c.parameters.contains(one, autoescape=True) for one in own[start : start + _AT_ONCE]]
            connection.execute(delete(reports).where(or_(*named)))
