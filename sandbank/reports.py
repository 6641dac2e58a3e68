"""Reports, statements of figures, and the proof."""

from typing import Any, cast

from sandbank.answers import Answer, Download, Page
from sandbank.resource import Resource, in_path
from sandbank.types import BalanceTotal, ProofJob, ReportSummary
from sandbank.types.live import LiveTotals
from sandbank.types.statements import ExportFormat, ReportFormat, Statement, StatementFileFormat, StatementMonth

Report = dict[str, Any]


class Reports(Resource):
    """`/api/reports`."""

    def account(self, account_id: str, *, from_: str | None = None, to: str | None = None) -> Answer[Report]:
        """A report of one account; it is stored."""
        return self._client.get(f"/api/reports/account/{in_path(account_id)}", from_=from_, to=to)

    def transactions(self, *, timeout_seconds: float | None = None, **filters: object) -> Answer[Report]:
        """My transactions, filtered, grouped and summed."""
        return self._client.get("/api/reports/transactions", timeout_seconds=timeout_seconds, **filters)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[ReportSummary]:
        """A page of my stored reports."""
        return self._client.page("/api/reports/list", limit=limit, cursor=cursor)

    def details(self, report_id: str) -> Answer[Report]:
        """One of my stored reports."""
        return self._client.get(f"/api/reports/details/{in_path(report_id)}")

    def download(
        self,
        report_id: str,
        format: ReportFormat = "pdf",  # noqa: A002 (as the API calls it)
    ) -> Answer[Download]:
        """One of my stored reports as a file."""
        return self._client.get(f"/api/reports/{in_path(report_id)}/download", format=format)

    def statement(
        self,
        account_id: str,
        *,
        month: str | None = None,
        from_: str | None = None,
        to: str | None = None,
    ) -> Answer[Statement]:
        """The statement of a month (`2026-11`), or of some days; without either of the month that it is."""
        return self._client.get(f"/api/reports/statement/{in_path(account_id)}", month=month, from_=from_, to=to)

    def statement_file(
        self,
        account_id: str,
        format: StatementFileFormat,  # noqa: A002 (as the API calls it)
        *,
        month: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        bom: int | None = None,
    ) -> Answer[Download]:
        """The same as a file."""
        path = f"/api/reports/statement/{in_path(account_id)}"
        return self._client.get(path, format=format, month=month, from_=from_, to=to, bom=bom)

    def statements(self, account_id: str) -> Page[StatementMonth]:
        """The months of which there are statements, newest first."""
        return self._client.page(f"/api/reports/statements/{in_path(account_id)}")

    def export(
        self,
        format: ExportFormat = "csv",  # noqa: A002 (as the API calls it)
        *,
        account_id: str | None = None,
        from_: str | None = None,
        to: str | None = None,
        timeout_seconds: float | None = None,
    ) -> Answer[Download]:
        """Movements as a file, oldest first: of one account, or of all one's own."""
        query = {"format": format, "account_id": account_id, "from_": from_, "to": to}
        return self._client.get("/api/reports/export", timeout_seconds=timeout_seconds, **query)

    def cash_flow(self, *, months: int | None = None, timeout_seconds: float | None = None) -> Page[Report]:
        """My income and expense by month, by currency."""
        return self._listed("cash-flow", timeout_seconds=timeout_seconds, months=months)

    def categories(self, *, month: str | None = None) -> Answer[Report]:
        """A month's categories beside those of the month before."""
        return self._client.get("/api/reports/categories", month=month, compare="previous")

    def net_worth(self, *, from_: str | None = None, to: str | None = None, step: str | None = None) -> Page[Report]:
        """My net worth over time, by currency."""
        return self._listed("net-worth", from_=from_, to=to, step=step)

    def recurring(self) -> Page[Report]:
        """My recurring payments, the next expected first."""
        return self._listed("recurring")

    def liquidity(self, *, from_: str | None = None, to: str | None = None) -> Page[Report]:
        """Deposits and cash at the end of each day (administrators)."""
        return self._listed("liquidity", from_=from_, to=to)

    def wealth(self) -> Page[Report]:
        """The wealth distribution of customers (administrators)."""
        return self._listed("wealth")

    def activity(self, *, from_: str | None = None, to: str | None = None) -> Page[Report]:
        """Entries by hour of the week (administrators)."""
        return self._listed("activity", from_=from_, to=to)

    def _listed(self, name: str, *, timeout_seconds: float | None = None, **query: object) -> Page[Report]:
        return cast("Page[Report]", self._client.get(f"/api/reports/{name}", timeout_seconds=timeout_seconds, **query))

    def system(self) -> Answer[Report]:
        """Statistics of the whole bank (administrators)."""
        return self._client.get("/api/reports/system")

    def live(self) -> Answer[LiveTotals]:
        """The whole bank this second (administrators). Watching is a stream of server-sent events: docs/live.md."""
        return self._client.get("/api/reports/live", once=True)

    def watch_live(self) -> Answer[Download]:
        """The same each second, as events: for a transport that passes them on as they come."""
        return self._client.get("/api/reports/live")

    def total(self) -> Answer[BalanceTotal]:
        """Every account's balance together, against the journal (administrators)."""
        return self._client.get("/api/reports/balances/total")

    def proof(self, *, timeout_seconds: float | None = None) -> Answer[Report]:
        """Everything computed again and compared (administrators), waited for."""
        return self._client.get("/api/reports/proof", timeout_seconds=timeout_seconds)

    def start_proof(self) -> Answer[ProofJob]:
        """The same in the background; the job that does it."""
        return self._client.post("/api/reports/proof")

    def latest_proof(self) -> Answer[ProofJob]:
        """The proof that was asked for last. Raises RefusedError (404) before the first."""
        return self._client.get("/api/reports/proof/latest")

    def proof_job(self, job_id: str) -> Answer[ProofJob]:
        """A proof that was asked for."""
        return self._client.get(f"/api/reports/proof/jobs/{in_path(job_id)}")
