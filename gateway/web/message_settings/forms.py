"""By which ways somebody is told of what: one box for each way of each message."""

from collections.abc import Mapping

from wtforms import SelectChoice, SelectMultipleField

from gateway.web.base_form import BaseForm
from gateway.web.message_settings.message_names import CHANNEL_NAMES, GROUPS
from sandbank.types.mail import MessageSwitches
from shared.enums import SECURITY_MESSAGES, NotificationType

_NAMES = {kind.value: name for _, kinds in GROUPS for kind, name in kinds}


def is_fixed(kind: str, channel: str) -> bool:
    """Whether nobody can turn this switch."""
    if kind in SECURITY_MESSAGES:
        return channel != "webhook"
    return kind == NotificationType.WEBHOOK_FAILED and channel == "webhook"


def box_of(kind: str, channel: str) -> str:
    """What the box of this switch sends."""
    return f"{kind}.{channel}"


_BOXES = [
    SelectChoice(box_of(kind, channel), f"{name}: {said}")
    for kind, name in _NAMES.items()
    for channel, said in CHANNEL_NAMES
    if not is_fixed(kind, channel)
]


class PreferencesForm(BaseForm):
    """The boxes that are ticked; what is not sent is off."""

    on = SelectMultipleField("You are told of", choices=_BOXES)

    def payload(self) -> Mapping[str, Mapping[str, bool]]:
        """What the typed client is asked with: every switch that can be turned."""
        ticked = set(self.on.data or ())
        return {
            kind: {
                channel: box_of(kind, channel) in ticked for channel, _ in CHANNEL_NAMES if not is_fixed(kind, channel)
            }
            for kind in _NAMES
        }


def ticked(now: Mapping[str, MessageSwitches]) -> set[str]:
    """The boxes of what holds now."""
    return {box_of(kind, channel) for kind, switches in now.items() for channel, is_on in switches.items() if is_on}
