"""What every form of the pages is made from: what its fields find wrong is said in the words the API uses too."""

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import SelectChoice, SelectField

from gateway.web.error_messages import sentence
from gateway.web.formatting import words
from shared.http.field_problems import UNREADABLE, sentence_of

_SENTENCES = {
    "This field is required.": sentence_of("missing"),
    "Not a valid integer value.": sentence_of("int_type"),
    "Not a valid date value.": sentence_of("date_type"),
    "Not a valid datetime value.": sentence_of("datetime_type"),
    "Not a valid choice.": "must be one of these",
    "Invalid Choice: could not coerce.": "must be one of these",
    "Number must be at least %(min)s.": "must be at least %(min)s",
    "Number must be at most %(max)s.": "must be at most %(max)s",
    "Number must be between %(min)s and %(max)s.": "must be %(min)s to %(max)s",
    "Field must be at least %(min)d characters long.": "must have at least %(min)d characters",
    "Field cannot be longer than %(max)d characters.": "must have at most %(max)d characters",
    "Field must be between %(min)d and %(max)d characters long.": "must have %(min)d to %(max)d characters",
}


class _Sentences:
    """Stands where WTForms looks for translations: its English is turned into ours."""

    def gettext(self, text: str) -> str:
        return sentence(_SENTENCES.get(text, UNREADABLE))

    def ngettext(self, singular: str, plural: str, count: int) -> str:
        if count != 1:
            return self.gettext(plural)
        return self.gettext(plural).replace("characters", "character")


class BaseForm(FlaskForm):
    """A form whose fields speak in sentences that a person understands, never in a validator's words."""

    class Meta(FlaskForm.Meta):
        """How WTForms is set up for it."""

        def get_translations(self, form: Any) -> Any:
            """The bank's sentences in place of WTForms' own."""
            return _Sentences()

    @property
    def chosen(self) -> dict[str, Any]:
        """The fields that are set, by their names in the address, as they were typed."""
        return {field.name: str(field.data) for field in self if field.data and field.name != "csrf_token"}


class FilterForm(BaseForm):
    """What a list is narrowed to. It stands in the address, so that a list can be kept and sent on."""

    class Meta:
        """A form that only asks needs no token."""

        csrf = False


def status_filter(statuses: Iterable[str]) -> SelectField:
    """Any status, or one of these."""
    any_or_one = [SelectChoice("", "Any status"), *(SelectChoice(name, words(name)) for name in statuses)]
    return SelectField("Status", choices=any_or_one, default="")
