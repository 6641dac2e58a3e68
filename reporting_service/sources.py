"""The records of the other services, as the proof and the total read them: page by page, by id."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

from shared import services
from shared.discovery import Discovery
from shared.http_client import ServiceClient

PAGE = 1000
PROOF_TIMEOUT_SECONDS = 600.0

Row = dict[str, Any]


class Sources:
    """What the other services know, and the proofs that some of them give of themselves."""

    def __init__(self, discovery: Discovery, token: Callable[[], str]) -> None:
        self._token = token
        self._auth = ServiceClient(services.AUTH, discovery)
        self._accounts = ServiceClient(services.ACCOUNT, discovery)
        self._ledger = ServiceClient(services.TRANSACTION, discovery)
        self._inbox = ServiceClient(services.NOTIFICATION, discovery)
        self._simulator = ServiceClient(services.SIMULATOR, discovery)

    def users(self, after: str, until: str | None = None, limit: int = PAGE) -> list[Row]:
        """Auth's users in a range of ids, at most `limit`."""
        return self._page(self._auth, "/internal/users", after, until, limit)

    def accounts(self, after: str, until: str | None = None, limit: int = PAGE) -> list[Row]:
        """The account service's accounts in a range of ids, at most `limit`."""
        return self._page(self._accounts, "/internal/accounts", after, until, limit)

    def messages(self, after: str, until: str | None = None, limit: int = PAGE) -> list[Row]:
        """The inbox's messages of movements in a range of ids, at most `limit`."""
        return self._page(self._inbox, "/internal/movements", after, until, limit)

    def inbox_position(self) -> int:
        """How much of the journal the inbox has taken in."""
        return int(self._inbox.call("GET", "/internal/movements?limit=1", token=self._token()).body["head"])

    def named_accounts(self, after: str, until: str | None = None, limit: int = PAGE) -> list[Row]:
        """What the inbox calls the accounts in a range of ids, at most `limit`."""
        return self._page(self._inbox, "/internal/accounts", after, until, limit)

    def residents(self, after: str, until: str | None = None, limit: int = PAGE) -> list[Row]:
        """Who lives in the simulator's worlds, in a range of user ids, at most `limit`."""
        return self._page(self._simulator, "/internal/residents", after, until, limit)

    def ledger_accounts(self, after: str, until: str | None, *, at: int) -> Iterator[Row]:
        """All of the ledger's customer accounts in a range of ids, their balances as at a journal position."""
        while True:
            page = self._page(self._ledger, "/internal/ledger/accounts", after, until, PAGE, at=at)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1]["account_id"]

    def journal_hash(self, position: int) -> str | None:
        """The ledger's hash at a position of its journal; None where the journal has no such position."""
        path = f"/internal/journal?after={position - 1}&limit=1"
        rows = self._ledger.call("GET", path, token=self._token()).data
        return rows[0]["hash"] if rows and rows[0]["position"] == position else None

    def ledger_proof(self) -> Row:
        """What the ledger finds wrong with itself: `{"findings": [...], "position": ...}`."""
        return self._proof(self._ledger, "/internal/ledger/proof")

    def row_proofs(self) -> dict[str, Row]:
        """What each service that seals its rows finds wrong with them: `{"findings": [...], "rows": ...}`."""
        sealing = {services.NOTIFICATION.name: self._inbox, services.SIMULATOR.name: self._simulator}
        return {name: self._proof(client, "/internal/rows/proof") for name, client in sealing.items()}

    def _proof(self, client: ServiceClient, path: str) -> Row:
        found: Row = client.call("GET", path, token=self._token(), timeout_seconds=PROOF_TIMEOUT_SECONDS).data
        return found

    def _page(
        self, client: ServiceClient, path: str, after: str, until: str | None, limit: int, **more: object
    ) -> list[Row]:
        query = {"after": after, "limit": limit, **more}
        if until is not None:
            query["until"] = until
        rows: list[Row] = client.call("GET", f"{path}?{urlencode(query)}", token=self._token()).data
        return rows
