"""By which ways somebody is told of what: what holds by default, what they chose, and what nobody can choose. Pure.

Who has got hold of another's session would first of all have the bank keep quiet about it, so what tells of that
reaches inbox and e-mail in any case; so does a link for a new password, which is no message of the inbox.
"""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from shared.enums import SECURITY_MESSAGES, MessageChannel, NotificationType

MAILED = frozenset(
    {
        NotificationType.ACCOUNT_OPENED,
        NotificationType.MONEY_RECEIVED,
        NotificationType.LARGE_PAYMENT,
        NotificationType.CARD_PAYMENT_DECLINED,
        NotificationType.DISPUTE_RESOLVED,
        NotificationType.FLOOR_PASSED,
        NotificationType.PRODUCT_CHANGED,
        NotificationType.ORDER_FAILED,
        NotificationType.STATEMENT_READY,
        *SECURITY_MESSAGES,
    }
)
"""What is mailed to whoever has not chosen otherwise."""
_FIXED_OF_SECURITY = frozenset({MessageChannel.INBOX, MessageChannel.EMAIL})
_FIXED_OF_WEBHOOKS = frozenset({MessageChannel.WEBHOOK})


class Switches(NamedTuple):
    """Whether somebody is told by each way; the names are those of `MessageChannel`."""

    inbox: bool
    email: bool
    webhook: bool

    def has(self, channel: MessageChannel) -> bool:
        """Whether they are told by this one."""
        return bool(getattr(self, channel))


@cache
def default_of(kind: str) -> Switches:
    """What holds for whoever has chosen nothing."""
    return Switches(inbox=True, email=kind in MAILED, webhook=kind != NotificationType.WEBHOOK_FAILED)


def fixed_of(kind: str) -> frozenset[MessageChannel]:
    """The switches that nobody can turn: those of security, and there is no event of a webhook that takes none."""
    if kind in SECURITY_MESSAGES:
        return _FIXED_OF_SECURITY
    return _FIXED_OF_WEBHOOKS if kind == NotificationType.WEBHOOK_FAILED else frozenset()


class NotificationChoices:
    """What some people have chosen; of others, and of what they have not chosen, the default holds."""

    def __init__(self, by_person: Mapping[tuple[str, str], Switches]) -> None:
        self._by_person = by_person

    def of(self, user_id: str, kind: str) -> Switches:
        """This person's switches for this."""
        return self._by_person.get((user_id, kind)) or default_of(kind)

    def wants(self, user_id: str, kind: str, channel: MessageChannel) -> bool:
        """Whether this person is to be told of this by this way."""
        return self.of(user_id, kind).has(channel)
