"""Working on a card from the dashboard: issuing, freezing and unfreezing one."""

from cli.dashboard.forms import (
    ACCOUNT_HINT,
    Done,
    Field,
    Form,
    Values,
    find_account,
    required,
    the_one,
    whole,
)
from sandbank import Client

_ISSUE = ("issue debit", "issue credit")
_BILLING_DAY = 1


def _work_on_card(bank: Client, values: Values, key: str) -> Done:
    what = values["what"]
    if what in _ISSUE:
        account_id = find_account(bank, "of", values["of"])
        if what == "issue debit":
            card = bank.cards.create(account_id, idempotency_key=key).data
        else:
            day = int(values["billing_day"] or _BILLING_DAY)
            card = bank.cards.create_credit(account_id, billing_day=day, idempotency_key=key).data
        return Done(f"Issued a {card['kind']} card for {card['holder_name']}, ending in {card['last4']}.")
    found = bank.cards.list_all(last4=values["of"], limit=10).data
    in_use = [card for card in found if card["status"] in ("active", "frozen")]
    card_id = the_one(in_use or found, "of", "card", "an account with fewer cards on the page of cards")["id"]
    card = (bank.cards.freeze(card_id) if what == "freeze" else bank.cards.unfreeze(card_id)).data
    return Done(f"The card of {card['holder_name']} ending in {card['last4']} is {card['status']}.")


def _of_a_card(values: Values) -> dict[str, str]:
    is_digits = values["of"].isascii() and values["of"].isdecimal() and len(values["of"]) == 4
    return {} if values["what"] in _ISSUE or is_digits else {"of": "must be the card's last four digits"}


CARD = Form(
    "A card",
    "Do it",
    (
        Field("what", "What", required, initial="issue debit", choices=(*_ISSUE, "freeze", "unfreeze")),
        Field("of", "Account or card", required, hint=f"{ACCOUNT_HINT}; a card's last four", api_names=("account_id",)),
        Field("billing_day", "Billing day", whole(1, 28, optional=True), hint="of a credit card, 1 to 28"),
    ),
    _work_on_card,
    _of_a_card,
)
