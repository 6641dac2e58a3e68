"""Customers of the measured bank: they register, log in and open funded accounts through the public API."""

from dataclasses import dataclass

from benchmarks.bank import PASSWORD, Bank


@dataclass(frozen=True)
class Customer:
    """A person with one account and a token; the password is `bank.PASSWORD`."""

    username: str
    token: str
    account_id: str


def new_customers(bank: Bank, count: int, *, deposit: str = "1000000.00", first: int = 0) -> list[Customer]:
    """Register this many people, numbered from `first`, each with one account that holds `deposit`."""
    return [_new_customer(bank, f"bench{number:04d}", deposit) for number in range(first, first + count)]


def _new_customer(bank: Bank, username: str, deposit: str) -> Customer:
    person = {"username": username, "email": f"{username}@example.com", "password": PASSWORD, "full_name": "Bench Mark"}
    bank.call("POST", "/api/auth/register", person)
    logged_in = bank.call("POST", "/api/auth/login", {"username": username, "password": PASSWORD})["data"]
    token = logged_in["access_token"]
    opening = {"account_type": "checking", "initial_deposit": deposit}
    account = bank.call("POST", "/api/accounts/create", opening, token)["data"]
    return Customer(username, token, account["id"])
