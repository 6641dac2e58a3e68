"""Reports that people build themselves."""

from collections.abc import Sequence
from typing import Any, cast

from sandbank.answers import Answer, Download, Page
from sandbank.resource import Resource, given, in_path
from sandbank.types.custom_reports import (
    CustomReport,
    CustomReportDeleted,
    CustomReportRun,
    CustomReportRunSummary,
    ReportFilters,
    ReportScope,
    Schedule,
)
from sandbank.types.statements import ReportFormat

_PATH = "/api/reports/custom"


class CustomReports(Resource):
    """`/api/reports/custom`: one's own."""

    def create(
        self,
        name: str,
        measures: Sequence[str],
        *,
        dimensions: Sequence[str] = (),
        filters: ReportFilters | None = None,
        from_: str | None = None,
        to: str | None = None,
        schedule: Schedule | None = None,
        scope: ReportScope | None = None,
    ) -> Answer[CustomReport]:
        """Build a report, and run it; `latest_run` says where the figures are."""
        facts = given(filters=filters, to=to, schedule=schedule, scope=scope, **{"from": from_})
        asked = {"name": name, "measures": [*measures], "dimensions": [*dimensions], **facts}
        return self._client.call("POST", _PATH, asked)

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> Page[CustomReport]:
        """A page of reports, newest first."""
        return self._client.page(_PATH, limit=limit, cursor=cursor)

    def details(self, report_id: str) -> Answer[CustomReport]:
        """One report."""
        return self._client.get(_of(report_id))

    def replace(self, report_id: str, report: dict[str, Any]) -> Answer[CustomReport]:
        """Let it measure something else from now on: the whole of what `create` takes, by the API's names."""
        return self._client.call("PUT", _of(report_id), report)

    def delete(self, report_id: str) -> Answer[CustomReportDeleted]:
        """The report, with all it has said."""
        return self._client.call("DELETE", _of(report_id))

    def run(self, report_id: str) -> Answer[CustomReportRun]:
        """Run it now."""
        return cast("Answer[CustomReportRun]", self._client.post(f"{_of(report_id)}/run"))

    def runs(
        self, report_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> Page[CustomReportRunSummary]:
        """A page of what it has said, newest first."""
        return self._client.page(f"{_of(report_id)}/runs", limit=limit, cursor=cursor)

    def result(self, run_id: str) -> Answer[CustomReportRun]:
        """What it said once."""
        return self._client.get(f"{_PATH}/runs/{in_path(run_id)}")

    def download(
        self,
        run_id: str,
        format: ReportFormat = "pdf",  # noqa: A002 (as the API calls it)
    ) -> Answer[Download]:
        """The same as a file."""
        return self._client.get(f"{_PATH}/runs/{in_path(run_id)}/download", format=format)


def _of(report_id: str) -> str:
    return f"{_PATH}/{in_path(report_id)}"
