"""The data dictionary of an export: its tables, their columns, and what each says."""

from typing import Any, NamedTuple

from shared.enums import TextEnum


class ColumnKind(TextEnum):
    """What stands in a column; any may be empty. Money is exact, instants are UTC."""

    TEXT = "text"
    MONEY = "money"
    INSTANT = "instant"
    NUMBER = "number"
    FLAG = "flag"


class Column(NamedTuple):
    """A column and what it says."""

    name: str
    about: str
    kind: ColumnKind = ColumnKind.TEXT


class Table(NamedTuple):
    """A table: where its file stands in the archive, and what a row is."""

    path: str
    about: str
    columns: tuple[Column, ...]

    def described(self) -> dict[str, Any]:
        """In the data dictionary."""
        columns = [{"name": one.name, "kind": one.kind, "about": one.about} for one in self.columns]
        return {"table": self.path, "about": self.about, "columns": columns}


_WORLD = Column("world_id", "the world it belongs to")

CUSTOMERS = Table(
    "bank/customers",
    "Who has a log-in: people and firms of the worlds.",
    (
        Column("id", "the customer's id at the bank"),
        Column("username", "by which the customer logs in"),
        Column("full_name", "the name of the person or firm"),
        Column("email", "the address"),
        Column("status", "active, disabled or erased"),
        Column("created_at", "when the bank made the log-in, by the real clock", ColumnKind.INSTANT),
        Column("customer_since", "since when, by the bank's own time", ColumnKind.INSTANT),
    ),
)
ACCOUNTS = Table(
    "bank/accounts",
    "Their accounts, with what is on them now.",
    (
        Column("id", "the account's id"),
        Column("customer_id", "whose it is: bank/customers.id"),
        Column("account_number", "the IBAN"),
        Column("account_type", "checking, savings, investment or credit"),
        Column("currency", "the currency, ISO 4217"),
        Column("balance", "what is on it when exported", ColumnKind.MONEY),
        Column("available_balance", "what of it may be spent", ColumnKind.MONEY),
        Column("status", "open, frozen, closed"),
        Column("product", "the product, by its code"),
        Column("opened_at", "when it was opened, by the bank's own time", ColumnKind.INSTANT),
        Column("closed_at", "when it was closed, by the bank's own time", ColumnKind.INSTANT),
    ),
)
CARDS = Table(
    "bank/cards",
    "Their cards. Whole numbers are in no export.",
    (
        Column("id", "the card's id"),
        Column("account_id", "the account that it pays from: bank/accounts.id"),
        Column("customer_id", "whose it is: bank/customers.id"),
        Column("kind", "debit or credit"),
        Column("network", "the card network"),
        Column("last4", "the last four digits of its number"),
        Column("expires", "until when it is good"),
        Column("status", "active, frozen, lost, stolen, blocked, cancelled, replaced or expired"),
        Column("credit_limit", "what a credit card lends", ColumnKind.MONEY),
        Column("billing_day", "on which day of the month its bill is made", ColumnKind.NUMBER),
        Column("settlement_account_id", "from which account the bill is paid: bank/accounts.id"),
        Column("issued_at", "when it was issued, by the bank's own time", ColumnKind.INSTANT),
    ),
)
TRANSACTIONS = Table(
    "bank/transactions",
    "What moved on their accounts, was refused, or waits for its merchant; oldest first.",
    (
        Column("id", "the transaction's id"),
        Column("effective_at", "when it happened, in the bank's own time", ColumnKind.INSTANT),
        Column("booked_at", "when the bank wrote it down, by the real clock", ColumnKind.INSTANT),
        Column("type", "deposit, withdrawal, transfer, card_purchase, payroll, standing_order, fee ..."),
        Column("status", "completed, refused or pending"),
        Column("error_code", "why it was refused"),
        Column("amount", "how much; above zero", ColumnKind.MONEY),
        Column("currency", "the currency, ISO 4217"),
        Column("from_account_id", "which account paid; empty where the money came from outside the bank"),
        Column("to_account_id", "which account was paid; empty where the money left the bank"),
        Column("description", "the purpose as customers read it"),
        Column("category", "the category as customers see it; what it truly was is in truth/transactions"),
        Column("merchant", "the shop, of what was paid by card"),
        Column("mcc", "its merchant category code, ISO 18245"),
        Column("channel", "how the card was used: chip, contactless, online, cash or recurring"),
        Column("country", "in which country, ISO 3166"),
        Column("device", "what asked: terminal, web_shop, merchant_file (recurring), app, staff, customer or bank"),
        Column("card_id", "with which card: bank/cards.id"),
        Column("authorization_id", "the authorization by which the merchant had asked before"),
        Column("due_work_id", "the standing order, direct debit, statement or run of interest that it belongs to"),
        Column("end_to_end_id", "what the payer calls it"),
        Column("reverses", "the transaction that it takes back: bank/transactions.id"),
        Column("reversed_amount", "how much of it was taken back", ColumnKind.MONEY),
    ),
)
PEOPLE = Table(
    "truth/people",
    "Who the customers truly are: a row for each of bank/customers. What the bank does not know.",
    (
        Column("customer_id", "bank/customers.id"),
        _WORLD,
        Column("party_id", "the name in the world's plan"),
        Column("kind", "person, employer, merchant, landlord or supplier"),
        Column("persona", "how a person spends; empty for firms"),
        Column("monthly_wage", "what a person earns in a month", ColumnKind.MONEY),
        Column("monthly_rent", "what a person pays for the home", ColumnKind.MONEY),
        Column("monthly_saving", "what a person puts aside", ColumnKind.MONEY),
        Column("employer", "the party_id of who pays the wage"),
        Column("landlord", "the party_id of who is paid the rent"),
        Column("has_credit_card", "whether a person has a credit card", ColumnKind.FLAG),
        Column("is_strained", "whether a person lives beyond their means, or has nothing put by", ColumnKind.FLAG),
        Column("lets_collect", "whether a person lets firms collect bills by direct debit", ColumnKind.FLAG),
    ),
)
TRUTH = Table(
    "truth/transactions",
    "What each transaction truly was: a row for each of bank/transactions, in the same order.",
    (
        Column("transaction_id", "bank/transactions.id"),
        _WORLD,
        Column("event_id", "the event of the world's plan; empty where there was none"),
        Column(
            "intent",
            "purchase, wage, rent, bill ...; unplanned; the type where the bank itself did it",
        ),
        Column("party_id", "who wanted it: truth/people.party_id"),
        Column("persona", "how that person spends"),
        Column("true_category", "what kind of spending it truly was"),
        Column("label", "ordinary, or the crime or trouble that it is part of; empty where nobody knows (unplanned)"),
        Column("scenario", "the scenario that it is part of"),
        Column("scenario_instance", "which instance of it"),
    ),
)
TABLES = (CUSTOMERS, ACCOUNTS, CARDS, TRANSACTIONS, PEOPLE, TRUTH)
