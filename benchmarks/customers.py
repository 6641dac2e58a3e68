"""Customers of the measured bank: they register, log in and open funded accounts through the public API."""

from dataclasses import dataclass

from benchmarks.bank import PASSWORD, Bank, LogIn


@dataclass(frozen=True)
class Customer:
    """A person with one account; the password is `bank.PASSWORD`."""

    username: str
    log_in: LogIn
    account_id: str

    @property
    def token(self) -> str:
        """Their access token."""
        return self.log_in.token


def new_customers(bank: Bank, count: int, *, deposit: str = "1000000.00", first: int = 0) -> list[Customer]:
    """Register this many people, numbered from `first`, each with one account that holds `deposit`."""
    return [_new_customer(bank, f"bench{number:04d}", deposit) for number in range(first, first + count)]


def _new_customer(bank: Bank, username: str, deposit: str) -> Customer:
    person = {"username": username, "email": f"{username}@example.com", "password": PASSWORD, "full_name": "Bench Mark"}
    bank.call("POST", "/api/auth/register", person)
    log_in = LogIn(bank.url, username, PASSWORD)
    opening = {"account_type": "checking", "initial_deposit": deposit}
    account = bank.call("POST", "/api/accounts/create", opening, log_in.token)["data"]
    return Customer(username, log_in, account["id"])
