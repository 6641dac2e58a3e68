"""What the exports of the simulator are asked for with, and how people of a world are shown."""

from typing import Any, Literal

from pydantic import Field

from shared.amounts.money import MoneyText
from shared.enums import TextEnum
from shared.http.payloads import CurrencyCode, Id, QueryModel, RequestModel, ResponseModel, Timestamp, WholeNumber
from shared.time.instants import Instant
from simulator_service.payloads import MAX_CUSTOMERS
from simulator_service.truth.tables import ColumnKind

MOST_PEOPLE = 200


class WorldExportFormat(TextEnum):
    """What an export comes as: an archive of tables, or one document (`json`) that an empty bank can import."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    JSON = "json"


class PersonaName(TextEnum):
    """Kinds of people that can be asked for (truth/personas.py)."""

    NEARLY_BROKE = "nearly-broke"
    OVERDRAWN = "overdrawn"
    REFUSED_OFTEN = "refused-often"
    IN_DEBT = "in-debt"
    STRAINED = "strained"
    CREDIT_CARD = "credit-card"
    SAVER = "saver"
    WELL_OFF = "well-off"
    FRUGAL = "frugal"
    AVERAGE = "average"
    SPENDER = "spender"


class WorldExportQuery(QueryModel):
    """Which world, and as what. Without a world: all of them together, but for a document."""

    format: WorldExportFormat = Field(WorldExportFormat.PARQUET, description="what it comes as")
    world_id: Id | None = Field(None, description="this world alone")


class PeopleQuery(QueryModel):
    """Which kind of people."""

    persona: PersonaName = Field(description="which kind of people", examples=["nearly-broke"])
    world_id: Id | None = Field(None, description="of this world alone")
    limit: WholeNumber = Field(5, ge=1, le=MOST_PEOPLE, description="how many are shown")


class PersonaShown(ResponseModel):
    """A kind of people that can be asked for, and by which facts somebody is one."""

    name: PersonaName
    about: str = Field(examples=["Has less than a week of spending left, and is not overdrawn."])


class Personas(ResponseModel):
    """All of them."""

    personas: list[PersonaShown]


class PersonShown(ResponseModel):
    """Somebody of a world, with what it takes to log in as them. `password` is null where nobody knows it any more."""

    name: str = Field(examples=["Ada Lovelace"])
    username: str = Field(examples=["ada.lovelace"])
    password: str | None = Field(examples=["four unrelated words help"])
    user_id: Id
    account_id: Id
    account_number: str = Field(examples=["DE02500105170137075030"])
    balance: MoneyText
    currency: CurrencyCode
    profile: str = Field(examples=["frugal"])
    refusals: int
    world_id: Id
    why: str = Field(examples=["12.30 EUR on the account, and spends about 80.00 EUR a week in shops"])


class PeopleFound(ResponseModel):
    """How many people are so now, and some of them."""

    persona: PersonaShown
    found: int
    people: list[PersonShown]


class DataColumn(ResponseModel):
    """A column of an exported table."""

    name: str = Field(examples=["merchant"])
    kind: ColumnKind
    about: str = Field(examples=["the shop, of what was paid by card"])


class DataTable(ResponseModel):
    """An exported table, by where its file stands in the archive."""

    table: str = Field(examples=["bank/transactions"])
    about: str = Field(examples=["What moved on their accounts."])
    columns: list[DataColumn]


class Intent(ResponseModel):
    """What somebody may have wanted with a transaction."""

    name: str = Field(examples=["purchase"])
    about: str = Field(examples=["buys something"])


class DataDictionary(ResponseModel):
    """What an export holds."""

    tables: list[DataTable]
    intents: list[Intent]


class DocumentWorld(RequestModel):
    """The world of a document, as an export wrote it: from this it is made again."""

    id: Id
    number: int = Field(ge=1, lt=2**31)
    seed: int = Field(ge=0, lt=2**63)
    customers: int = Field(ge=1, le=MAX_CUSTOMERS)
    preset: str = Field(max_length=20, examples=["base"])
    currency: CurrencyCode
    start: Instant
    is_lived: bool
    lived_until: Instant
    posted: int = Field(ge=0)
    refused: int = Field(ge=0)
    plan_sha256: str = Field(pattern=r"^[0-9a-f]{64}$", examples=["9f86d081884c7d65" * 4])


class ImportRequest(RequestModel):
    """A document, whole or without its tables: what is in them the bank makes again, so they may be left out.

    With them it may be larger than a request may be.
    """

    format: Literal["sandbank-world"]
    version: Literal[1]
    worlds: list[DocumentWorld] = Field(min_length=1, max_length=1)
    bank_name: str | None = Field(None, max_length=200, examples=["Sandbank"])
    exported_at: Timestamp | None = Field(None, max_length=40)
    until: str | None = Field(None, max_length=40, examples=["2026-11-20T15:04:05.123456Z"])
    content_sha256: str | None = Field(None, max_length=64, examples=["9f86d081884c7d65" * 4])
    bank: dict[str, Any] | None = None
    truth: dict[str, Any] | None = None
    dictionary: dict[str, Any] | None = None
