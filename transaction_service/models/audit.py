"""What people with power did in the ledger."""

from shared.audit import AuditLog
from transaction_service.models.base import metadata
from transaction_service.models.ledger import feed_heads

audit_log = AuditLog(metadata, feed_heads)
