"""`world ...`: make worlds of customers, see them, find people in them, take their data and the truth out."""

import json
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output, saving
from cli.context import AsJson, begin
from cli.errors import CommandError
from cli.jobs import NoWait, follow
from cli.saving import Force
from sandbank.enums import PersonaName, WorldExportFormat

_LONGEST_SECONDS = 3600.0
World = Annotated[str | None, typer.Option("--world", metavar="ID", help="This world alone; else all of them.")]


def create(
    context: typer.Context,
    *,
    customers: Annotated[int, typer.Option("--customers", "-c", min=1, help="How many people.")] = 5,
    days: Annotated[int, typer.Option("--days", "-d", min=0, help="How many days of history.")] = 30,
    seed: Annotated[int | None, typer.Option(help="The same seed makes the same people and plans.")] = None,
    preset: Annotated[str | None, typer.Option(help="How people live: seed (if none is named), eurozone ...")] = None,
    start_date: Annotated[str | None, typer.Option(help="When the history begins, such as 2026-01-01.")] = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Create a world: new customers with a history."""
    bank = begin(context, as_json=as_json)
    seed = secrets.randbelow(2**31) if seed is None else seed
    wanted = bank.simulator.make_world
    asked = wanted(seed=seed, customers=customers, days=days, preset=preset, start_date=start_date)
    if not as_json:
        output.say(f"A world of {customers} people with {days} days of history, seed {seed}.")
    follow(bank, asked, wait=not no_wait, as_json=as_json)


def listing(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the worlds, the newest first, and how far each has lived."""
    answer = begin(context, as_json=as_json).simulator.status()
    if as_json:
        output.show_json(answer.body)
        return
    columns = ("seed", "preset", "customers", "accounts", "posted", "refused", "lived until", "status", "id")
    output.table("Worlds", columns, map(_row, answer.data["worlds"]), right=columns[2:6])


def find(
    context: typer.Context,
    *,
    persona: Annotated[PersonaName | None, typer.Option(help="Which kind of people; without it, the list.")] = None,
    world: World = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=200, help="How many to show.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Find people by what is so of them now: name, log-in, account, and why."""
    bank = begin(context, as_json=as_json)
    if persona is None:
        kinds = bank.simulator.personas()
        if as_json:
            output.show_json(kinds.body)
        else:
            named = [(one["name"], one["about"]) for one in kinds.data["personas"]]
            output.table("Personas", ("persona", "who that is"), named)
        return
    answer = bank.simulator.people(persona.value, world_id=world, limit=limit)
    if as_json:
        output.show_json(answer.body)
        return
    found = answer.data
    rows = [
        (one["name"], one["username"], one["password"], one["account_number"], one["why"]) for one in found["people"]
    ]
    output.table(f"{found['found']} {persona}", ("name", "user name", "password", "account", "why"), rows)


def export(
    context: typer.Context,
    *,
    kind: Annotated[
        WorldExportFormat, typer.Option("--format", "-f", help="What the tables come as.")
    ] = WorldExportFormat.PARQUET,
    world: World = None,
    to: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Where to; without it the file's own name here."),
    ] = None,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Save the bank's data of the worlds, and apart from it the truth: one ZIP, with a data dictionary."""
    bank = begin(context, as_json=as_json)
    with output.waiting("The bank's data are read and joined with the plan"):
        file = bank.simulator.export(kind.value, world_id=world, timeout_seconds=_LONGEST_SECONDS).data
    saving.save(file, to, force=force, as_json=as_json)


def import_document(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `world export --format json` has saved.")],
    *,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Make the world of a document again in an empty bank, and compare the two to the cent."""
    bank = begin(context, as_json=as_json)
    document = _read(file)
    asked = bank.simulator.import_world(document)
    follow(bank, asked, wait=not no_wait, as_json=as_json and no_wait)
    if no_wait:
        return
    with output.waiting("What came of it is compared"):
        made = json.loads(bank.simulator.export("json", timeout_seconds=_LONGEST_SECONDS).data.content)
    is_same = made["content_sha256"] == document.get("content_sha256")
    moved = len(made["bank"]["transactions"])
    if as_json:
        output.show_json({"success": is_same, "data": {"same": is_same, "transactions": moved}})
    elif is_same:
        output.say(f"The same to the cent: {moved:,} transactions.")
    if not is_same:
        message = "The world was made, but the document says more: others took part in what it tells."
        raise CommandError(message, code="WORLD_NOT_REPEATABLE") if not as_json else typer.Exit(1)


def _read(file: Path) -> dict[str, Any]:
    """The document. Raises CommandError for a file that is none."""
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        message = f"{file} is no document of a world: {error}"
        raise CommandError(message) from None
    if not isinstance(found, dict) or found.get("format") != "sandbank-world":
        message = f"{file} is no document of a world; `sandbank world export --format json` saves one."
        raise CommandError(message)
    return found


def _row(world: Any) -> tuple[object, ...]:
    figures = [f"{world[name]:,}" for name in ("customers", "accounts", "posted", "refused")]
    lived_until = (world["lived_until"] or "").replace("T", " ")[:16]
    return (world["seed"], world["preset"], *figures, lived_until, output.status_text(world["status"]), world["id"])
