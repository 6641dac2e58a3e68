"""`world ...`: worlds of people, as data and as models of life (administrators)."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from cli import output
from cli.context import AsJson, begin, noted
from sandbank.types.realism import RealismTarget

world_app = typer.Typer(help="Worlds of people who use the bank (administrators).", no_args_is_help=True)


@world_app.command()
def validate(
    context: typer.Context,
    *,
    preset: Annotated[
        str | None,
        typer.Option(help="Plan worlds of this preset here, without a bank; else the bank's newest world is measured."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the first world that is planned.")] = 1,
    customers: Annotated[int, typer.Option("--customers", "-c", min=10, help="How many people are planned.")] = 300,
    days: Annotated[int, typer.Option("--days", "-d", min=60, help="How many days.")] = 120,
    seeds: Annotated[int, typer.Option(min=1, help="So many worlds, of one seed after another.")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a target is missed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Hold a world to published figures: the scorecard of realism."""
    if preset is not None:
        noted(context, as_json=as_json)
        options = {"preset": preset, "seed": seed, "customers": customers, "days": days, "seeds": seeds}
        switches = [*(["--strict"] if strict else []), *(["--json"] if as_json else [])]
        raise typer.Exit(_run("realism", options, switches))
    answer = begin(context, as_json=as_json).simulator.validate()
    found = answer.data
    if as_json:
        output.show_json(answer.body)
    else:
        title = f"{found['preset']}: {found['customers']:,} people, {found['days']} days, seed {found['seed']}"
        columns = ("measure", "target", "observed", "result", "source")
        output.table(title, columns, map(_line, found["targets"]), right=("target", "observed"))
    if strict and not all(line["met"] for line in found["targets"]):
        raise typer.Exit(1)


@world_app.command()
def plan(
    context: typer.Context,
    *,
    preset: Annotated[str, typer.Option(help="How people live.")] = "eurozone",
    seed: Annotated[int, typer.Option(min=0, help="The same seed plans the same world.")] = 1,
    customers: Annotated[int, typer.Option("--customers", "-c", min=1, help="How many people.")] = 1000,
    days: Annotated[int, typer.Option("--days", "-d", min=1, help="How many days.")] = 365,
    processes: Annotated[int, typer.Option(min=1, help="How many processes plan.")] = 2,
    to: Annotated[
        Path | None, typer.Option("--output", metavar="FOLDER", help="Where Parquet files go; else none are written.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Plan a world without a bank, and write the plan to Parquet: the same files whatever the number of processes."""
    noted(context, as_json=as_json)
    options: dict[str, object] = {"preset": preset, "seed": seed, "customers": customers, "days": days}
    options |= {"processes": processes} | ({} if to is None else {"output": to})
    raise typer.Exit(_run("planning", options, ["--json"] if as_json else []))


def _run(package: str, options: dict[str, object], switches: list[str]) -> int:
    """Let the simulator's own program plan here, without a bank; its exit code."""
    asked = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    command = [sys.executable, "-m", f"simulator_service.{package}", *asked, *switches]
    return subprocess.run(command, check=False).returncode  # noqa: S603 (numbers, and names that are looked up there)


def _line(line: RealismTarget) -> tuple[object, ...]:
    verdict = Text("met", style="green") if line["met"] else Text("missed", style="red")
    return line["title"], f"{line['low']:.3g} to {line['high']:.3g}", f"{line['observed']:.3g}", verdict, line["source"]
