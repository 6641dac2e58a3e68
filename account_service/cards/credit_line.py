"""What a credit card lends, and how that is paid back: the account that comes with the card, and its terms.

How much a person's credit cards may lend together without staff having looked at it, their product says. Staff may have
a card lend more; what it lends already, its holder keeps.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from flask_sqlalchemy.session import Session

from account_service import repository as accounts
from account_service.auth_client import Owner
from account_service.caller import Caller
from account_service.lifecycle import CLOSED, FROZEN, OPEN, REFUSED
from account_service.models import Account
from account_service.opening import Order, check_product, check_room, drafted, write_down
from account_service.pending_changes import LEASE_US
from account_service.products import repository as products
from account_service.products.terms import in_force
from account_service.refusals import ACCOUNT_BUSY, CREDIT_LIMIT_EXCEEDED
from account_service.settings import Settings
from shared.amounts.money import LARGEST_MOVEMENT_MINOR, details_of, parse_amount
from shared.enums import AccountType
from shared.http.field_problems import FieldError, invalid, invalid_fields
from shared.refusals import NOT_FOUND, Refused
from shared.service_refusals import ACCOUNT_CLOSED, ACCOUNT_FROZEN

LAST_BILLING_DAY = 28
"""The last one that every month has."""


@dataclass(frozen=True)
class CreditOrder:
    """What a credit card is asked for with; `credit_limit` is the decimal text that was sent.

    None: all that the product grants, the day of the month on which the card is issued, the ordinary product.
    """

    settlement_account_id: str
    credit_limit: str | None = None
    billing_day: int | None = None
    product: str | None = None

    def facts(self) -> dict[str, Any]:
        """All of it, by name."""
        return asdict(self)


def draft_account(
    session: Session, settings: Settings, caller: Caller, order: CreditOrder, *, today: int, day_of_month: int
) -> Account:
    """Write down the account of a new credit card, to be opened. Raises Refused. `today` counts days since 1970."""
    settlement = _settlement(session, caller, order.settlement_account_id)
    owner = Owner(settlement.user_id, settlement.holder_name, is_active=True, synthetic=settlement.synthetic)
    wanted = Order(owner.id, AccountType.CREDIT, settlement.currency, product=order.product)
    check_product(products.first_versions(session), wanted)
    check_room(settings, accounts.living_accounts_of(session, [owner.id]).get(owner.id, 0))
    draft = drafted(settings, caller, wanted, owner, lease_us=LEASE_US)
    draft.account["pending_by"] = None  # who asked for it is kept with the card
    write_down(session, settings, [draft])
    (account,) = accounts.accounts_by_id(session, [draft.account["id"]]).values()
    account.settlement_account_id = settlement.id
    account.billing_day = order.billing_day or min(day_of_month, LAST_BILLING_DAY)
    account.floor_minor = -_limit_minor(session, caller, account, order.credit_limit, today)
    return account


def change(session: Session, caller: Caller, account: Account, wanted: Mapping[str, Any], *, today: int) -> None:
    """Give a credit card's account other terms, those that are wanted; the ledger has to be told of them then.

    Raises Refused: 404 and 409 for an account that cannot settle it, 409 for a limit above what may be lent.
    """
    before = (account.settlement_account_id, account.billing_day, account.floor_minor)
    if "settlement_account_id" in wanted:
        account.settlement_account_id = _settlement(session, caller, wanted["settlement_account_id"], account).id
    account.billing_day = wanted.get("billing_day", account.billing_day)
    if "credit_limit" in wanted:
        account.floor_minor = -_limit_minor(session, caller, account, wanted["credit_limit"], today)
    if before != (account.settlement_account_id, account.billing_day, account.floor_minor):
        account.terms_version += 1


def _settlement(session: Session, caller: Caller, account_id: str, settled: Account | None = None) -> Account:
    """The account that a credit card is to be settled from; `settled` is the card's, if there is one already."""
    found = accounts.account(session, caller, account_id, for_update=True)
    if found is None or found.status == REFUSED or (settled is not None and settled.user_id != found.user_id):
        raise Refused(NOT_FOUND)
    if found.account_type != AccountType.CHECKING:
        raise invalid("settlement_account_id", "must be a checking account", code="not_checking")
    if settled is not None and settled.currency != found.currency:
        sentence = f"must be in {settled.currency}, as the card is"
        raise invalid("settlement_account_id", sentence, code="other_currency", currency=settled.currency)
    check_takes_cards(found)
    return found


def check_takes_cards(account: Account) -> None:
    """Raises Refused (409) for an account that is not simply open."""
    if account.status == CLOSED:
        raise Refused(ACCOUNT_CLOSED)
    if account.status == FROZEN:
        raise Refused(ACCOUNT_FROZEN)
    if account.status != OPEN or account.pending_status is not None:
        raise Refused(ACCOUNT_BUSY)


def _limit_minor(session: Session, caller: Caller, account: Account, asked: str | None, today: int) -> int:
    """What the card is to lend, if whoever asks may say so. Raises Refused: 422 for no amount, 409 for too much."""
    product = in_force(products.versions(session, account.product), today)
    granted = product.overdraft_limit_minor if product is not None and product.currency == account.currency else 0
    left = granted - accounts.lent_beside(session, account)
    most = LARGEST_MOVEMENT_MINOR if caller.acts_for_bank(account.user_id) else max(left, -account.floor_minor, 0)
    try:
        limit = left if asked is None else parse_amount(asked, account.currency).minor
    except FieldError as error:
        raise invalid_fields({"credit_limit": error.problem}) from None
    if not 0 < limit <= most:
        raise Refused(CREDIT_LIMIT_EXCEEDED, details=details_of(account.currency, limit=most, amount=limit))
    return limit
