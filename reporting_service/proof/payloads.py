"""What the proof says; OpenAPI shows these models."""

from pydantic import Field

from shared.enums import JobStatus
from shared.http.payloads import Id, PathId, PathModel, ResponseModel, Timestamp


class Check(ResponseModel):
    """One thing that was proved, or not; `holds` is null for what could not be seen."""

    check: str = Field(examples=["debits equal credits"])
    holds: bool | None
    findings: int


class ProofFinding(ResponseModel):
    """A record that diverges, and in whose database it is suspect."""

    check: str = Field(examples=["debits equal credits"])
    service: str = Field(examples=["transaction-service"])
    record: str = Field(examples=["0190a8c0-5f00-7a00-8000-3c1f5e9b7d42"])
    detail: str = Field(examples=["postings sum to 0.01 EUR"])


class ComparisonCounts(ResponseModel):
    """How many records were looked at. `messages` are those of the inbox that tell of money."""

    entries: int
    accounts: int
    cards: int
    users: int
    messages: int
    named_accounts: int
    residents: int
    stored_reports: int
    sealed_rows: int
    audit_records: int


class Proof(ResponseModel):
    """The proof; `findings` names the first thousand records of `findings_count`. `seconds` is what it took.

    `not_seen` are services away, or not part of this bank, whose own records were not looked at.
    """

    holds: bool
    not_seen: list[str] = Field(examples=[[]])
    as_of_position: int
    ledger_position: int
    compared: ComparisonCounts
    seconds: str = Field(examples=["0.412"])
    checks: list[Check]
    findings: list[ProofFinding]
    findings_count: int


class ProofPath(PathModel):
    """A proof that was asked for, named in the path."""

    job_id: PathId


class ProofJob(ResponseModel):
    """A proof that was asked for; `result` is there once it has succeeded, `error` says why it has not."""

    id: Id
    status: JobStatus
    started_at: Timestamp
    finished_at: Timestamp | None
    result: Proof | None
    error: str | None = Field(examples=["A part of the bank is away; try again shortly."])
