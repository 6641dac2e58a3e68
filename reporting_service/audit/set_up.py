"""Puts the trail of this bank together from its settings."""

from reporting_service.audit.anchor import Anchor
from reporting_service.audit.chain import Keys
from reporting_service.audit.trail import AuditTrail
from reporting_service.settings import Settings
from shared.storage.database import Database


def trail_of(database: Database, settings: Settings) -> AuditTrail:
    """The trail in this database."""
    keys = Keys(settings.audit_key, settings.older_audit_keys)
    return AuditTrail(database, keys, Anchor(settings.audit_head_file, keys))
