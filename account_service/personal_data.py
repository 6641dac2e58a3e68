"""What the account service keeps of a person, for an export of their own data. Of a card never more than its last four
digits.
"""

from sqlalchemy import case, select

from account_service.models import Account, Card
from shared.card_enums import FrozenBy
from shared.privacy.personal_data import Section

SECTIONS = (
    Section(
        "accounts",
        "Your accounts, those that are closed too.",
        lambda user_id: select(
            Account.id,
            Account.account_number,
            Account.account_type,
            Account.product,
            Account.currency,
            Account.holder_name,
            Account.nickname,
            Account.status,
            Account.movement_limit_minor,
            Account.daily_limit_minor,
            Account.floor_minor,
            case((Account.opened_by == Account.user_id, FrozenBy.OWNER), else_=FrozenBy.BANK).label("opened_by"),
            Account.created_at,
            Account.closed_at,
            Account.settlement_account_id,
            Account.billing_day.label("billed_on"),
        ).where(Account.user_id == user_id),
        Account.__table__.c.id,
    ),
    Section(
        "cards",
        "Your cards, their limits, and where they may be used.",
        lambda user_id: (
            select(
                Card.id,
                Card.account_id,
                Card.kind,
                Card.last4.label("last_four"),
                Card.expires,
                Card.nickname,
                Card.status,
                Card.frozen_by,
                Account.currency,
                Card.per_payment_minor,
                Card.daily_minor,
                Card.monthly_minor,
                Card.online,
                Card.contactless,
                Card.abroad,
                Card.cash,
                Card.blocked_categories,
                Card.replaces,
                Card.replaced_by,
                Card.created_at,
            )
            .join(Account, Account.id == Card.account_id)
            .where(Account.user_id == user_id)
        ),
        Card.__table__.c.id,
    ),
)
