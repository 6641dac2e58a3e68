"""What is wrong with a field, in words for people: the one place that turns a validator's findings into sentences.

Sentences go on after the field's name (`amount: must be more than zero`); pages show them beside the field. With each
goes a code and its figures, so that a client can say it in another language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import StringConstraints, ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from shared.refusals import VALIDATION, Refused

_FORMS: dict[str, str] = {}
UNREADABLE = "is not valid"


def form(pattern: str, sentence: str, **constraints: Any) -> StringConstraints:
    """Text that must match this regular expression; what does not is told the sentence, never the expression."""
    _FORMS[pattern] = sentence
    return StringConstraints(pattern=pattern, **constraints)


@dataclass(frozen=True)
class Problem:
    """What is wrong with one field: a stable code, a sentence, and the figures in it."""

    code: str
    sentence: str
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def wire(self) -> dict[str, Any]:
        """The code with its figures, as `details.problems` shows them."""
        return {"code": self.code, **self.parameters}


class FieldError(ValueError):
    """Raised by a rule for the text of one field; whoever knows the field's name makes a refusal of it."""

    def __init__(self, code: str, sentence: str, **parameters: Any) -> None:
        super().__init__(sentence)
        self.problem = Problem(code, sentence, parameters)


def invalid(field_name: str, sentence: str, *, code: str, **parameters: Any) -> Refused:
    """A 422 that names one field, for rules that a payload model cannot know.

    `code` and the parameters say the same as the sentence, for clients that word it themselves.
    """
    return invalid_fields({field_name: Problem(code, sentence, parameters)})


def invalid_fields(problems: Mapping[str, Problem]) -> Refused:
    """A 422 that names each of these fields."""
    fields = {name: problem.sentence for name, problem in problems.items()}
    return Refused(
        VALIDATION, details={"fields": fields, "problems": {name: one.wire() for name, one in problems.items()}}
    )


def invalid_payload(error: ValidationError, *, is_tagged: bool = False) -> Refused:
    """The 422 for what does not fit its payload model; `is_tagged`: the model is one of several, told by a field."""
    return invalid_fields(problems_of(error, is_tagged=is_tagged))


_SENTENCES = {
    "missing": ("missing", "must be given"),
    "extra_forbidden": ("unknown", "is not known here"),
    "string_type": ("not_text", "must be text"),
    "bool_type": ("not_true_or_false", "must be true or false"),
    "bool_parsing": ("not_true_or_false", "must be true or false"),
    "list_type": ("not_a_list", "must be a list"),
    "dict_type": ("not_an_object", "must be an object"),
    "model_type": ("not_an_object", "must be an object"),
    "model_attributes_type": ("not_an_object", "must be an object"),
    "none_required": ("not_taken", "must be left out"),
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size", "int_from_float"), ("not_a_number", "must be a whole number")
    ),
    **dict.fromkeys(
        ("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"),
        ("not_a_date", "must be a date such as 2026-11-20"),
    ),
    **dict.fromkeys(
        (
            "datetime_type",
            "datetime_parsing",
            "datetime_object_invalid",
            "datetime_from_date_parsing",
            "timezone_naive",
            "timezone_aware",
        ),
        ("not_a_time", "must be a time with its zone such as 2026-11-20T15:04:05Z"),
    ),
}


MOST_PROBLEMS = 1000
MOST_PROBLEMS_OF_AN_ITEM = 50
"""Beyond, none is named: a body of nothing but unknown fields would cost seconds, and come back six times as long."""


def sentence_of(kind: str) -> str:
    """What is said of a field for one of the validator's kinds of error that needs no figures, such as `missing`."""
    return _SENTENCES[kind][1]


def problems_of(error: ValidationError, *, is_tagged: bool = False) -> dict[str, Problem]:
    """Each invalid field of a payload model, and what is wrong with it.

    `is_tagged`: the model is one of several that a field tells apart; that field's value begins each place then.
    """
    if error.error_count() > (MOST_PROBLEMS_OF_AN_ITEM if is_tagged else MOST_PROBLEMS):
        return {"body": Problem("too_many_problems", "has very many fields that are not valid")}
    found: dict[str, Problem] = {}
    for details in error.errors(include_url=False):
        place = details["loc"][1:] if is_tagged else details["loc"]
        tag = str(details.get("ctx", {}).get("discriminator", "body")).strip("'")
        found.setdefault(".".join(str(part) for part in place) or tag, _problem(details))
    return found


def _problem(details: ErrorDetails) -> Problem:
    kind = details["type"]
    if kind in _SENTENCES:
        return Problem(*_SENTENCES[kind])
    if kind in _MADE:
        return _MADE[kind](details["input"], details.get("ctx", {}))
    return (
        Problem("not_valid", UNREADABLE)
        if kind in _VALIDATORS_OWN
        else Problem(kind, details["msg"], details.get("ctx", {}))
    )


def _form(_: object, context: Mapping[str, Any]) -> Problem:
    return Problem("wrong_form", _FORMS.get(context["pattern"], UNREADABLE))


def _no_tag(_: object, context: Mapping[str, Any]) -> Problem:
    return Problem("missing", f"must say its {context['discriminator']}".replace("'", ""))


def _choice(_: object, context: Mapping[str, Any]) -> Problem:
    expected = str(context.get("expected") or context["expected_tags"]).replace("'", "")
    return Problem("not_a_choice", f"must be {expected}", {"choices": expected.replace(" or ", ", ").split(", ")})


def _bound(_: object, context: Mapping[str, Any]) -> Problem:
    name, limit = next((name, context[name]) for name in ("ge", "gt", "le", "lt") if name in context)
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}[name]
    code = "too_small" if name in ("ge", "gt") else "too_large"
    shown = f"{limit:,}" if isinstance(limit, int) else str(limit)
    return Problem(code, f"must be {words} {shown}", {"limit": limit if isinstance(limit, int) else str(limit)})


def _length(value: object, context: Mapping[str, Any]) -> Problem:
    unit = "character" if isinstance(value, str) else "entry"
    if "max_length" in context:
        limit, code, words = context["max_length"], "too_long", "at most"
    else:
        limit, code, words = context["min_length"], "too_short", "at least"
    if code == "too_short" and limit == 1:
        return Problem("empty", "must not be empty", {"limit": 1})
    units = unit if limit == 1 else {"character": "characters", "entry": "entries"}[unit]
    return Problem(code, f"must have {words} {limit:,} {units}", {"limit": limit})


_MADE: dict[str, Callable[[object, Mapping[str, Any]], Problem]] = {
    "string_pattern_mismatch": _form,
    **dict.fromkeys(("literal_error", "enum", "union_tag_invalid"), _choice),
    "union_tag_not_found": _no_tag,
    **dict.fromkeys(("greater_than_equal", "greater_than", "less_than_equal", "less_than"), _bound),
    **dict.fromkeys(("string_too_short", "string_too_long", "too_short", "too_long"), _length),
}
_VALIDATORS_OWN = frozenset(get_args(ErrorType))
"""The kinds of error that the validator has words of its own for; ours have other names."""
