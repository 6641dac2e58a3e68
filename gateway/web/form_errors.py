"""What a service refused, shown where it belongs in a form: beside the field it names, else above the form."""

from flask_wtf import FlaskForm

from gateway.web.error_messages import field_messages, refusal_message
from shared.identifiers import new_id
from shared.refusals import IDEMPOTENCY_KEY_IN_FLIGHT, RATE_LIMITED, Refused


def show_problem(form: FlaskForm, refused: Refused, **renamed: str) -> None:
    """Put the refusal into the form's errors. `renamed` maps a field of the API to the form's own name for it.

    Raises the refusal again when it is none that somebody filling in a form can do something about (404, 5xx).
    """
    status = refused.refusal.status
    if status >= 500 or status == 404:
        raise refused
    told = False
    for name, problem in field_messages(refused).items():
        field = form._fields.get(renamed.get(name, name))
        if field is not None and field.type not in ("HiddenField", "CSRFTokenField"):
            field.errors = [*field.errors, problem]
            told = True
    if not told:
        form.form_errors.append(refusal_message(refused))


def show_not_done(form: FlaskForm, refused: Refused, **renamed: str) -> int:
    """Put a clear no into a form with a `form_id`, whose next sending is something new; the page's status.

    503 or higher is that of what nobody knows yet: sent again under the same id it has its answer.
    """
    status = refused.refusal.status
    if status >= 500 or refused.refusal.code == IDEMPOTENCY_KEY_IN_FLIGHT.code:
        return max(status, 503)
    if status != RATE_LIMITED.status:
        form.form_id.data = new_id()
    show_problem(form, refused, **renamed)
    return 422
