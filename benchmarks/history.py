"""Pages of history a second: the first page of a long history against its thousandth."""

from benchmarks.bank import Bank
from benchmarks.customers import Customer
from benchmarks.load import Load, checked, request_bytes, run
from benchmarks.money import address_of

PAGE_ROWS = 50
_CLIENTS = 4
_LARGEST_PAGE = 200


def cursor_at_row(bank: Bank, customer: Customer, row: int) -> str:
    """The cursor that continues after this many rows of the customer's history."""
    cursor = ""
    for _ in range(row // _LARGEST_PAGE):
        path = f"/api/transactions/account/{customer.account_id}?limit={_LARGEST_PAGE}"
        page = bank.call("GET", path + (f"&cursor={cursor}" if cursor else ""), token=customer.token)
        cursor = page["next_cursor"]
        if cursor is None:
            raise RuntimeError(f"the history has fewer than {row} rows")
    return cursor


def pages(bank: Bank, customer: Customer, count: int, cursor: str = "") -> Load:
    """The same page of 50 rows, again and again, by four clients."""
    path = f"/api/transactions/account/{customer.account_id}?limit={PAGE_ROWS}"
    request = request_bytes("GET", path + (f"&cursor={cursor}" if cursor else ""), customer.token)
    return checked(run(address_of(bank), [[request] * (count // _CLIENTS)] * _CLIENTS), 200, path)
