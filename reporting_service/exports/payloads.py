"""What an export is asked for with; OpenAPI shows these models."""

from pydantic import Field

from shared.enums import TextEnum
from shared.http.payloads import PathId, WholeNumber
from shared.time.date_ranges import DateRangeQuery


class ExportFormat(TextEnum):
    """What an export comes as."""

    CSV = "csv"
    JSONL = "jsonl"
    XLSX = "xlsx"
    PARQUET = "parquet"
    LEDGER = "ledger"


class ExportQuery(DateRangeQuery):
    """Which movements, and what they come as. Without an account: those of all one's own."""

    account_id: PathId | None = Field(None, description="of this account alone")
    format: ExportFormat = Field(ExportFormat.CSV, description="what it comes as")
    bom: WholeNumber = Field(
        0, ge=0, le=1, description="1: a CSV file begins with a byte order mark, which some spreadsheets need"
    )
