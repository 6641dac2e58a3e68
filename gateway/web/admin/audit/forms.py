"""Searching the audit trail."""

from collections.abc import Iterator

from wtforms import Field, SelectChoice, SelectField, StringField

from gateway.web.date_range_form import DateRangeFilters
from gateway.web.formatting import words
from shared.audit_enums import AuditAction


class AuditFilters(DateRangeFilters):
    """What the trail is narrowed to."""

    actor = StringField("By whom", render_kw={"maxlength": "64", "placeholder": "User name or id"})
    subject = StringField("On what or whose", render_kw={"maxlength": "64", "placeholder": "Id or user name"})
    action = SelectField(
        "Act", choices=[SelectChoice("", "Any act"), *(SelectChoice(str(one), words(one)) for one in AuditAction)]
    )

    def __iter__(self) -> Iterator[Field]:
        """Who and what before when."""
        days = (self.from_, self.to)
        return iter([*(field for field in super().__iter__() if field not in days), *days])
