"""The public HTTP of preferences: parse, call, render."""

from flask_openapi3 import Tag
from flask_sqlalchemy.session import Session

from notification_service.context import context
from notification_service.email.people import erased_among
from notification_service.preferences import repository
from notification_service.preferences.choices import Switches, fixed_of
from notification_service.preferences.payloads import Preferences, PreferencesChange, SwitchesChange
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import NotificationType
from shared.http.application import SECURED, ViewReply
from shared.http.field_problems import Problem, invalid_fields
from shared.http.payloads import reply_of, success
from shared.identity.access import PRIVATE, access, current_identity
from shared.refusals import VALIDATION, Refused
from shared.service_refusals import USER_ERASED

blueprint = ServiceBlueprint(
    "preferences",
    __name__,
    url_prefix="/api/notifications",
    abp_security=SECURED,
    abp_tags=[Tag(name="Notifications", description="What the bank tells a person: the inbox.")],
)


@blueprint.get("/preferences", responses={"200": reply_of(Preferences)}, summary="Get notification preferences")
@access(PRIVATE)
def get_preferences() -> ViewReply:
    with context().database.read_session() as session:
        return success(_shown(session))


@blueprint.put("/preferences", responses={"200": reply_of(Preferences)}, summary="Update notification preferences")
@access(PRIVATE)
@refuses(VALIDATION, USER_ERASED)
def update_preferences(body: PreferencesChange) -> ViewReply:
    """What is left out stays. What happens from the reply on is told so; what is on its way already arrives."""
    wanted, user_id = body.wanted(), current_identity().user_id
    with context().database.write_session() as session:
        if erased_among(session, [user_id]):
            raise Refused(USER_ERASED)
        chosen = repository.chosen_by(session, [user_id])
        before = {kind: chosen.of(user_id, kind) for kind in wanted}
        _check(wanted, before)
        repository.choose(session, user_id, {kind: change.on(before[kind]) for kind, change in wanted.items()})
        return success(_shown(session))


def _check(wanted: dict[str, SwitchesChange], before: dict[str, Switches]) -> None:
    """Raises Refused (422) where a switch is to be turned that nobody can turn."""
    problems = {
        f"{kind}.{channel}": Problem("not_to_choose", f"is always {'on' if before[kind].has(channel) else 'off'}")
        for kind, change in wanted.items()
        for channel, is_on in change.asked().items()
        if channel in fixed_of(kind) and is_on != before[kind].has(channel)
    }
    if problems:
        raise invalid_fields(problems)


def _shown(session: Session) -> dict[str, dict[str, bool]]:
    user_id = current_identity().user_id
    chosen = repository.chosen_by(session, [user_id])
    return {kind.value: chosen.of(user_id, kind)._asdict() for kind in NotificationType}
