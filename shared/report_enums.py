"""The words of reports, as those of shared/enums.py."""

from shared.enums import TextEnum


class ReportingEventType(TextEnum):
    """What the reporting service's feed tells."""

    STATEMENT_READY = "statement_ready"
