"""Every way the reporting service itself says no; the general ones are in `shared/refusals.py`."""

from shared.refusals import Refusal

PROOF_UNDER_WAY = Refusal(
    "PROOF_UNDER_WAY",
    409,
    "The bank is being proved already; ask again when that is done.",
    retryable=True,
    retry_after_seconds=5,
    when="A proof of the bank was asked for while one is running.",
    remedy="Ask again after `Retry-After`.",
)
STATEMENT_TOO_LONG = Refusal(
    "STATEMENT_TOO_LONG",
    422,
    "So many movements do not go into one statement; ask for fewer days.",
    when="A statement was asked for of days in which more moved than one file holds.",
    remedy="Ask for a month, or for fewer days; `details.most` is how many movements a statement has at most.",
    example={"most": 20000},
)
EXPORT_TOO_LONG = Refusal(
    "EXPORT_TOO_LONG",
    422,
    "So many movements do not go into one sheet of Excel; ask for fewer days, or for another format.",
    when="More movements were asked for as a workbook than a sheet has rows.",
    remedy="Ask for fewer days, or for `csv`, `jsonl` or `parquet`, which have no limit; `details.most` is the limit.",
    example={"most": 1048575},
)
