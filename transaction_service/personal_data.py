"""What the ledger keeps of a person, for an export of their own data. The movements themselves reporting adds, with
what the accounts held after each.
"""

from sqlalchemy import ColumnElement, or_, select

from shared.privacy.personal_data import Section
from transaction_service.models import (
    accounts,
    authorizations,
    card_statements,
    cards,
    collections,
    disputes,
    former_names,
    holds,
    initiators,
    mandates,
    order_executions,
    payees,
    payment_orders,
    quotes,
    refused_attempts,
)

_payer, _payee = accounts.alias("payer"), accounts.alias("payee")
_creditor, _debtor = accounts.alias("creditor"), accounts.alias("debtor")


def _either(user_id: str) -> ColumnElement[bool]:
    return or_(_creditor.c.owner_id == user_id, _debtor.c.owner_id == user_id)


SECTIONS = (
    Section(
        "accounts-in-the-ledger",
        "Your accounts as the ledger has them: what they hold, and what it knows them by.",
        lambda user_id: select(
            accounts.c.id,
            accounts.c.account_number,
            accounts.c.account_type,
            accounts.c.holder_name,
            accounts.c.status,
            accounts.c.status_reason,
            accounts.c.currency,
            accounts.c.balance_minor,
            accounts.c.held_minor,
            accounts.c.floor_minor,
            accounts.c.opened_at,
        ).where(accounts.c.owner_id == user_id),
        accounts.c.id,
    ),
    Section(
        "former-names",
        "What you were called before, for replies given then.",
        lambda user_id: (
            select(accounts.c.id.label("account_id"), former_names.c.holder_name)
            .join(accounts, accounts.c.key == former_names.c.account_key)
            .where(accounts.c.owner_id == user_id)
        ),
        former_names.c.account_key * 2**32 + former_names.c.until_position,
    ),
    Section(
        "acting",
        "As whom, and by which way, you told the bank to do things: one row for each log-in that moved something.",
        lambda user_id: select(
            initiators.c.kind,
            initiators.c.name,
            initiators.c.role,
            initiators.c.session_id,
            initiators.c.channel,
        ).where(initiators.c.user_id == user_id),
        initiators.c.key,
    ),
    Section(
        "refused-attempts",
        "What you asked for and the bank refused.",
        lambda user_id: select(
            *refused_attempts.c["id", "type", "currency", "amount_minor", "description", "category", "error_code"],
            *refused_attempts.c["details", "end_to_end_id", "effective_at", "booked_at"],
        ).where(refused_attempts.c.owner_id == user_id),
        refused_attempts.c.id,
    ),
    Section(
        "holds",
        "Money that was promised to somebody.",
        lambda user_id: (
            select(
                holds.c.id,
                accounts.c.id.label("account_id"),
                *holds.c["currency", "amount_minor", "captured_minor", "remaining_minor", "status", "description"],
                *holds.c["created_at", "expires_at", "ended_at"],
            )
            .join(accounts, accounts.c.key == holds.c.account_key)
            .where(accounts.c.owner_id == user_id)
        ),
        holds.c.id,
    ),
    Section(
        "payees",
        "Whom you pay, as you call them.",
        lambda user_id: select(*payees.c["id", "name", "account_number", "reference", "created_at"]).where(
            payees.c.owner_id == user_id
        ),
        payees.c.id,
    ),
    Section(
        "orders",
        "Standing orders and scheduled payments.",
        lambda user_id: (
            select(
                payment_orders.c.id,
                payment_orders.c.kind,
                _payer.c.id.label("from_account_id"),
                _payee.c.id.label("to_account_id"),
                *payment_orders.c["payee_name", "payee_number", "currency", "amount_minor", "description", "frequency"],
                *payment_orders.c["execution_rule", "first_day", "last_day", "next_day", "status", "end_to_end_id"],
                *payment_orders.c["created_at", "ended_at"],
            )
            .join(_payer, _payer.c.key == payment_orders.c.payer_key)
            .join(_payee, _payee.c.key == payment_orders.c.payee_key)
            .where(_payer.c.owner_id == user_id)
        ),
        payment_orders.c.id,
    ),
    Section(
        "order-executions",
        "What came of them on each day.",
        lambda user_id: (
            select(
                order_executions.c.id,
                payment_orders.c.id.label("order_id"),
                order_executions.c.day.label("executed_day"),
                payment_orders.c.currency,
                *order_executions.c["amount_minor", "attempts", "error_code", "executed_at"],
            )
            .join(payment_orders, payment_orders.c.key == order_executions.c.order_key)
            .join(_payer, _payer.c.key == payment_orders.c.payer_key)
            .where(_payer.c.owner_id == user_id)
        ),
        order_executions.c.id,
    ),
    Section(
        "mandates",
        "Direct debit mandates that you gave or asked for.",
        lambda user_id: (
            select(
                mandates.c.id,
                _creditor.c.id.label("creditor_account_id"),
                _debtor.c.id.label("debtor_account_id"),
                *mandates.c["reference", "kind", "status", "created_at", "confirmed_at", "expires_at", "ended_at"],
            )
            .join(_creditor, _creditor.c.key == mandates.c.creditor_key)
            .join(_debtor, _debtor.c.key == mandates.c.debtor_key)
            .where(_either(user_id))
        ),
        mandates.c.id,
    ),
    Section(
        "collections",
        "Money that was collected, or was to be, by those mandates.",
        lambda user_id: (
            select(
                collections.c.id,
                mandates.c.id.label("mandate_id"),
                _debtor.c.currency,
                *collections.c["amount_minor", "due_day", "description", "status", "return_code", "end_to_end_id"],
                *collections.c["created_at", "settled_at"],
            )
            .join(mandates, mandates.c.key == collections.c.mandate_key)
            .join(_creditor, _creditor.c.key == mandates.c.creditor_key)
            .join(_debtor, _debtor.c.key == mandates.c.debtor_key)
            .where(_either(user_id))
        ),
        collections.c.id,
    ),
    Section(
        "card-payments",
        "What shops asked for with your cards, and what was decided.",
        lambda user_id: (
            select(
                authorizations.c.id,
                cards.c.id.label("card_id"),
                accounts.c.id.label("account_id"),
                *authorizations.c["currency", "amount_minor", "approved_minor", "forced_minor", "exchange_rate"],
                *authorizations.c["merchant_name", "merchant_category", "merchant_country", "merchant_city", "channel"],
                *authorizations.c["decline_code", "created_at", "expires_at"],
            )
            .join(accounts, accounts.c.key == authorizations.c.account_key)
            .outerjoin(cards, cards.c.key == authorizations.c.card_key)
            .where(accounts.c.owner_id == user_id)
        ),
        authorizations.c.id,
    ),
    Section(
        "disputes",
        "Card payments that you disputed, and why.",
        lambda user_id: (
            select(
                disputes.c.id,
                accounts.c.id.label("account_id"),
                *disputes.c["currency", "amount_minor", "reason", "status", "created_at", "resolved_at"],
            )
            .join(accounts, accounts.c.key == disputes.c.account_key)
            .where(accounts.c.owner_id == user_id)
        ),
        disputes.c.id,
    ),
    Section(
        "card-bills",
        "Statements of your credit cards.",
        lambda user_id: (
            select(
                card_statements.c.id,
                accounts.c.id.label("account_id"),
                *card_statements.c["currency", "from_day", "due_day", "opening_minor", "purchases_minor"],
                *card_statements.c["payments_minor", "interest_minor", "fees_minor", "closing_minor", "minimum_minor"],
                card_statements.c.created_at,
            )
            .join(accounts, accounts.c.key == card_statements.c.account_key)
            .where(accounts.c.owner_id == user_id)
        ),
        card_statements.c.id,
    ),
    Section(
        "quotes",
        "Exchanges that the bank promised you at a rate, while it keeps them.",
        lambda user_id: select(
            quotes.c.id,
            quotes.c.source_currency.label("currency"),
            quotes.c.source_minor.label("amount_minor"),
            *quotes.c["target_currency", "rate", "created_at"],
            quotes.c.valid_until.label("valid_until_at"),
        ).where(quotes.c.user_id == user_id),
        quotes.c.id,
    ),
)
