"""What a bank begins with that was restored from a backup: `python -m auth_service.after_restore MADE_AT`.

Sessions of the backup may have been ended since, and tokens that were signed since are of sessions that are not in it.
So nobody is logged in, no link to a new password holds, and all tokens are signed with a new key, which auth makes at
its next start. That it happened is in the audit trail.
"""

import sys

from sqlalchemy import delete, func, select

from auth_service.models import PasswordReset, RefreshToken, StoredKey, UserSession, audit_log, db
from shared import services, settings
from shared.audit import Acting, AuditDetails, Subject
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import Channel
from shared.http.json_parsing import render
from shared.storage.database import Database
from shared.storage.migrations import migrate


def main(made_at: str) -> None:
    """End all of it in one commit, and say how many sessions there were."""
    database = Database.at(settings.database_url(services.AUTH), db)
    migrate(database, "auth_service")
    with database.write_session() as session:
        ended = session.execute(
            select(func.count()).select_from(UserSession).where(UserSession.ended_at.is_(None))
        ).scalar_one()
        for model in (RefreshToken, UserSession, PasswordReset, StoredKey):
            session.execute(delete(model))
        told = AuditDetails(after={"as_of": made_at, "sessions_ended": ended})
        subject, by = Subject(AuditSubject.BANK), Acting(channel=Channel.CLI.value)
        audit_log.write(session.connection(), AuditAction.BANK_RESTORED, subject, by, told)
    database.close()
    sys.stdout.write(render({"sessions_ended": ended}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
