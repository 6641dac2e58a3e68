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
REPORT_TOO_LARGE = Refusal(
    "REPORT_TOO_LARGE",
    422,
    "That is more than a report can hold; group by less, or count fewer movements.",
    when="A custom report would have more groups, or for a median or p90 more different amounts, than are kept.",
    remedy="Group by less, choose fewer days, or filter; `details.most` is how many `details.of` a report has at most.",
    example={"most": 1000, "of": "groups"},
)
REPORT_TOO_SLOW = Refusal(
    "REPORT_TOO_SLOW",
    422,
    "So many movements are not counted while somebody waits; ask for fewer days.",
    when="The movements of a custom report could not be read within the time that one report has.",
    remedy="Choose fewer days or accounts; `details.seconds` is how long a report may take.",
    example={"seconds": 15},
)
REPORT_UNREADABLE = Refusal(
    "REPORT_UNREADABLE",
    422,
    "What this report asks for is not understood any more; change it, or delete it.",
    when="A custom report was built by another release, and cannot be read by this one.",
    remedy="Build it otherwise (`PUT`), or delete it. What it has said stays.",
)
TOO_MANY_REPORTS = Refusal(
    "TOO_MANY_REPORTS",
    409,
    "You have as many custom reports as one may have.",
    when="Somebody who has `details.limit` custom reports builds another.",
    remedy="Delete one, or change one that is there.",
    example={"limit": 30},
)
