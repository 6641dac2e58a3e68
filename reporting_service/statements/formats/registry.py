"""The formats there are, and what a download of each is called."""

from collections.abc import Callable
from dataclasses import dataclass

from reporting_service.statements.formats import camt053, comma_separated, mt940, ofx, pdf, spreadsheet
from reporting_service.statements.statement import Statement


@dataclass(frozen=True, slots=True)
class Format:
    """`render` gives the same bytes for the same statement, always."""

    name: str
    content_type: str
    extension: str
    render: Callable[[Statement], bytes]


FORMATS = {
    found.name: found
    for found in (
        Format("pdf", "application/pdf", "pdf", pdf.render),
        Format("csv", "text/csv; charset=utf-8", "csv", comma_separated.render),
        Format(
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
            spreadsheet.render,
        ),
        Format("ofx", "application/x-ofx", "ofx", ofx.render),
        Format("qfx", "application/vnd.intu.qfx", "qfx", ofx.render_for_quicken),
        Format("camt053", "application/xml", "xml", camt053.render),
        Format("mt940", "text/plain; charset=us-ascii", "sta", mt940.render),
    )
}
"""All but `json`, which is a reply like any other."""
