"""`python -m simulator_service.realism`: plan worlds and hold them to published figures, without a bank."""

import json
import sys
import time
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from simulator_service.people.population import World
from simulator_service.presets.loading import PRESETS, preset_named
from simulator_service.realism.lives import FIRST_HOUR, life_of
from simulator_service.realism.scorecard import Line, as_json, measured, scorecard


def main(
    *,
    preset: Annotated[str, typer.Option(help=f"One of {', '.join(PRESETS)}.")] = "seed",
    seed: Annotated[int, typer.Option(min=0, help="Of the first world.")] = 1,
    customers: Annotated[int, typer.Option("--customers", "-c", min=10, max=10_000, help="How many people.")] = 300,
    days: Annotated[int, typer.Option("--days", "-d", min=60, max=730, help="How many days.")] = 120,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="So many worlds, of one seed after another.")] = 1,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 when a target is missed.")] = False,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Plan worlds and hold them to published figures."""
    if preset not in PRESETS:
        raise typer.BadParameter(f"there are {', '.join(PRESETS)}", param_hint="--preset")
    lived = preset_named(preset)
    world = World(seed, customers, FIRST_HOUR, preset=lived)
    if lived is not None:  # the bank is where its people are
        world = replace(world, zone=lived.zone)
    began = time.process_time()
    worlds = [measured(life_of(replace(world, seed=seed + number), days)) for number in range(seeds)]
    lines = scorecard(preset, worlds)
    if in_json:
        asked = {"preset": preset, "seed": seed, "seeds": seeds, "customers": customers, "days": days}
        print(json.dumps({**asked, "targets": [as_json(line) for line in lines]}, indent=2))  # noqa: T201 (the result)
    else:
        many = f", {seeds} seeds from {seed}" if seeds > 1 else f", seed {seed}"
        _show(f"{preset}: {customers:,} people, {days} days{many}", lines, time.process_time() - began)
    if strict and not all(line.is_met for line in lines):
        raise typer.Exit(1)


def _show(title: str, lines: list[Line], seconds: float) -> None:
    console = Console(width=None if sys.stdout.isatty() else 150)
    grid = Table(box=None, pad_edge=False, title=title, title_justify="left")
    for name in ("measure", "target", "observed", "", "source"):
        grid.add_column(name, justify="right" if name in ("target", "observed") else "left")
    for line in lines:
        target = line.target
        verdict = Text("met", style="green") if line.is_met else Text("missed", style="red")
        if len(line.observed) > 1:
            verdict.append(f" {line.met}/{len(line.observed)}")
        grid.add_row(
            target.title,
            f"{_figure(target.low)} to {_figure(target.high)}",
            _figure(line.middle),
            verdict,
            target.source,
        )
    console.print(grid)
    met = sum(line.is_met for line in lines)
    console.print(f"{met} of {len(lines)} targets met, {seconds:.1f} s of one core")


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    typer.run(main)
