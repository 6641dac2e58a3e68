"""What comes out of worlds. Money is decimal text, ids are UUIDs."""

from typing import Literal, TypedDict

PersonaName = Literal[
    "nearly-broke", "overdrawn", "refused-often", "in-debt", "strained", "credit-card", "saver", "well-off", "frugal",
    "average", "spender",
]  # fmt: skip
WorldExportFormat = Literal["parquet", "csv", "jsonl", "json"]


class Persona(TypedDict):
    """A kind of people, and by which facts somebody is one."""

    name: PersonaName
    about: str


class Personas(TypedDict):
    """All of them."""

    personas: list[Persona]


class WorldPerson(TypedDict):
    """Somebody of a world, with what it takes to log in as them; `why` says what makes them fit."""

    name: str
    username: str
    password: str | None
    user_id: str
    account_id: str
    account_number: str
    balance: str
    currency: str
    profile: str
    refusals: int
    world_id: str
    why: str


class PeopleFound(TypedDict):
    """How many people are so now, and some of them."""

    persona: Persona
    found: int
    people: list[WorldPerson]


class DataColumn(TypedDict):
    """A column of an exported table."""

    name: str
    kind: Literal["text", "money", "instant", "number", "flag"]
    about: str


class DataTable(TypedDict):
    """An exported table, by where its file stands in the archive."""

    table: str
    about: str
    columns: list[DataColumn]


class Intent(TypedDict):
    """What somebody may have wanted with a transaction."""

    name: str
    about: str


class DataDictionary(TypedDict):
    """What an export holds."""

    tables: list[DataTable]
    intents: list[Intent]
