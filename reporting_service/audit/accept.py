"""Lets a trail that stands still go on from what there is: `python -m reporting_service.audit.accept`.

For an operator who has looked into it: a database that was restored from a backup is shorter than its anchor. Only a
trail whose records are whole from the beginning can be accepted, and that it was is its next record.
"""

import sys

from reporting_service.audit.set_up import trail_of
from reporting_service.audit.trail import head_of
from reporting_service.audit.verification import Fault, verify
from reporting_service.settings import Settings
from shared.audit import Acting, AuditDetails, Subject, row_of
from shared.audit_enums import AuditAction, AuditSubject
from shared.enums import Channel
from shared.storage.database import Database
from shared.storage.migrations import migrate

_ACCEPTABLE = frozenset({None, Fault.CUT, Fault.ANCHOR_MISSING, Fault.ANCHOR_FORGED})


def main() -> int:
    """The exit code: 1 where the records themselves are not whole."""
    settings = Settings.from_environment()
    database = Database.at(settings.database_url)
    migrate(database, "reporting_service")
    trail = trail_of(database, settings)
    verdict = verify(trail)
    if verdict.fault not in _ACCEPTABLE:
        sys.stderr.write(f"not accepted: position {verdict.position} is {verdict.fault}\n")
        return 1
    with database.read() as connection:
        head = head_of(connection)
    trail.anchor.advance(head, is_accepted=True)
    told = AuditDetails({"anchored": verdict.anchored}, {"anchored": head.position, "was": verdict.fault})
    subject, by = Subject(AuditSubject.BANK), Acting(channel=Channel.CLI.value)
    with database.write() as connection:
        trail.add_own(connection, row_of(AuditAction.TRAIL_ACCEPTED, subject, by, told))
    trail.keep_anchor()
    sys.stdout.write(f"the audit trail goes on from position {head.position}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
