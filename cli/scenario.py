"""`scenario ...`: crimes and shocks in a world, each with a label and a benign look-alike."""

from typing import Annotated, Any

import typer

from cli import output
from cli.context import AsJson, begin
from sandbank.enums import ScenarioName

scenario_app = typer.Typer(
    help="Crimes and shocks in a world, each with a label and a benign look-alike (administrators).",
    no_args_is_help=True,
)


@scenario_app.command("list")
def listing(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the kinds of scenario there are."""
    answer = begin(context, as_json=as_json).scenarios.kinds()
    if as_json:
        output.show_json(answer.body)
        return
    rows = [(it["name"], it["label"], it["what"], it["look_alike"], _width(it)) for it in answer.data["kinds"]]
    output.table("Scenarios", ("name", "label", "what", "look-alike", "width"), rows)


@scenario_app.command()
def inject(
    context: typer.Context,
    name: Annotated[ScenarioName, typer.Argument(help="As in `scenario list`.")],
    *,
    seed: Annotated[int | None, typer.Option(help="The same seed tells the same in the same world.")] = None,
    width: Annotated[
        int | None, typer.Option(min=1, help="How many take part; what that counts, the list says.")
    ] = None,
    benign: Annotated[bool, typer.Option("--benign", help="The look-alike alone.")] = False,
    look_alikes: Annotated[int | None, typer.Option(min=0, help="How many benign ones come along (1).")] = None,
    start: Annotated[str | None, typer.Option(help="On which day of the world's time, such as 2027-01-31.")] = None,
    world: Annotated[str | None, typer.Option(metavar="WORLD_ID", help="In which world; else the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Inject a scenario: it happens as the world lives on."""
    done = begin(context, as_json=as_json).scenarios.inject(
        name.value,
        seed=seed,
        width=width,
        benign=benign or None,
        look_alikes=look_alikes,
        world_id=world,
        start=start,
    )
    if as_json:
        output.show_json(done.body)
        return
    output.table("Injected", _COLUMNS, map(_row, done.data["injected"]))
    output.say("It happens as the world lives on: `sandbank simulate advance`.")


@scenario_app.command()
def injected(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List what was injected, newest first."""
    body = begin(context, as_json=as_json).scenarios.list(limit=200).body
    output.listing(body, "Injected", _COLUMNS, _row, as_json=as_json)


_COLUMNS = ("name", "label", "from", "until", "events", "who", "seed", "id")


def _row(it: Any) -> tuple[object, ...]:
    who = it["parties"] if it["party_count"] <= 4 else [*it["parties"][:3], f"{it['party_count'] - 3} more"]
    days = (it["begins"][:10], it["ends"][:10])
    return (it["name"], it["label"], *days, it["events"], ", ".join(who), it["seed"], it["id"])


def _width(it: Any) -> str:
    return f"{it['least_width']}-{it['most_width']} {it['counts']}"
