"""The records of the other services, as the proof and the total read them: page by page, by id."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from reporting_service.settled import TimeAndHead
from shared import services
from shared.network.discovery import Discovery
from shared.network.http_client import ServiceClient
from shared.services import Service
from shared.time import clock

PAGE = 1000
PROOF_TIMEOUT_SECONDS = 600.0

Row = dict[str, Any]


class ServiceClients:
    """What the other services know, and the proofs that some of them give of themselves."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._token = token
        self._auth = ServiceClient(services.AUTH, discovery)
        self._accounts = ServiceClient(services.ACCOUNT, discovery)
        self._ledger = ServiceClient(services.TRANSACTION, discovery)
        self._inbox = ServiceClient(services.NOTIFICATION, discovery)
        self._simulator = ServiceClient(services.SIMULATOR, discovery)

    def users(self, after: str, until: str | None = None) -> list[Row]:
        """A page of auth's users in a range of ids."""
        return self._page(self._auth, "/internal/users", after, until)

    def accounts(self, after: str, until: str | None = None) -> list[Row]:
        """A page of the account service's accounts in a range of ids."""
        return self._page(self._accounts, "/internal/accounts", after, until)

    def cards(self, after: str, until: str | None = None) -> list[Row]:
        """A page of the account service's cards in a range of ids, as it has told the ledger of them."""
        return self._page(self._accounts, "/internal/cards", after, until)

    def ledger_cards(self, after: str, until: str | None) -> Iterator[Row]:
        """All of the ledger's cards in a range of ids."""
        while True:
            page = self._page(self._ledger, "/internal/ledger/cards", after, until)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]["card_id"]

    def messages(self, after: str, until: str | None = None) -> tuple[list[Row], int]:
        """A page of the inbox's messages of movements in a range of ids, and how much of the journal they rest on."""
        body = self._ask(self._inbox, "/internal/movements", after, until)
        return body["data"], int(body["head"])

    def named_accounts(self, after: str, until: str | None = None) -> list[Row]:
        """A page of what the inbox calls the accounts in a range of ids."""
        return self._page(self._inbox, "/internal/accounts", after, until)

    def residents(self, after: str, until: str | None = None) -> list[Row]:
        """A page of who lives in the simulator's worlds, in a range of user ids."""
        return self._page(self._simulator, "/internal/residents", after, until)

    def ledger_accounts(self, after: str, until: str | None, *, at: int) -> Iterator[Row]:
        """All of the ledger's customer accounts in a range of ids, their balances as at a journal position."""
        while True:
            page = self._page(self._ledger, "/internal/ledger/accounts", after, until, at=at)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]["account_id"]

    def person(self, user_id: str) -> Row:
        """Who somebody is, as auth knows them. Raises Refused (404)."""
        found: Row = self._auth.call("GET", f"/internal/users/{user_id}", token=self._token()).data
        return found

    def personal_data(self, service: Service, path: str) -> Row:
        """What a service keeps of a person (shared/privacy/personal_data.py): kinds of records, or a page of one."""
        client = {
            services.AUTH: self._auth,
            services.ACCOUNT: self._accounts,
            services.TRANSACTION: self._ledger,
            services.NOTIFICATION: self._inbox,
            services.SIMULATOR: self._simulator,
        }[service]
        return client.call("GET", path, token=self._token()).body

    def pending_payments(self, account_id: str, authorization: str, limit: int) -> list[Row]:
        """The newest payments under way from an account, as whoever sent this Authorization header sees them."""
        path = f"/api/transactions/account/{account_id}?{urlencode({'status': 'pending', 'limit': limit})}"
        rows: list[Row] = self._ledger.call("GET", path, token=_token_in(authorization)).data
        return rows

    def bank_time_us(self) -> int:
        """The ledger's own time: up to then everything that fell due is booked."""
        told = self._ledger.call("GET", "/internal/ledger/clock", token=self._token()).data
        return clock.from_wire(told["bank_time"])

    def time_and_head(self) -> TimeAndHead:
        """The ledger's own time, and then how far its journal goes: all that is booked at that time lies before."""
        bank_time_us = self.bank_time_us()
        body = self._ledger.call("GET", "/internal/journal?after=0&limit=1", token=self._token()).body
        return TimeAndHead(bank_time_us, int(body["head"]))

    def journal_hash(self, position: int) -> str | None:
        """The ledger's hash at a position of its journal; None where the journal has no such position."""
        path = f"/internal/journal?after={position - 1}&limit=1"
        rows = self._ledger.call("GET", path, token=self._token()).data
        return rows[0]["hash"] if rows and rows[0]["position"] == position else None

    def ledger_proof(self) -> Row:
        """What the ledger finds wrong with itself: `{"findings": [...], "position": ...}`."""
        return self._proof(self._ledger, "/internal/ledger/proof")

    def inbox_proof(self) -> Row:
        """What the inbox finds wrong with its own rows: `{"findings": [...], "rows": ...}`."""
        return self._proof(self._inbox, "/internal/rows/proof")

    def simulator_proof(self) -> Row:
        """The same of the simulator."""
        return self._proof(self._simulator, "/internal/rows/proof")

    def _proof(self, client: ServiceClient, path: str) -> Row:
        found: Row = client.call("GET", path, token=self._token(), timeout_seconds=PROOF_TIMEOUT_SECONDS).data
        return found

    def _page(self, client: ServiceClient, path: str, after: str, until: str | None, **more: object) -> list[Row]:
        rows: list[Row] = self._ask(client, path, after, until, **more)["data"]
        return rows

    def _ask(self, client: ServiceClient, path: str, after: str, until: str | None, **more: object) -> Row:
        query = {"after": after, "limit": PAGE, **more}
        if until is not None:
            query["until"] = until
        body: Row = client.call("GET", f"{path}?{urlencode(query)}", token=self._token()).body
        return body


def _token_in(authorization: str) -> str:
    """The token of an Authorization header that has been let in."""
    return authorization.partition(" ")[2].strip()
