"""`python -m simulator_service.planning`: plan a world without a bank, in several processes, and write it to
Parquet."""

import json
import time
from pathlib import Path
from typing import Annotated

import typer

from simulator_service.people.population import World
from simulator_service.planning.parts import parts_of, planned
from simulator_service.presets.loading import FROM_FILES, preset_named
from simulator_service.realism.lives import FIRST_HOUR


def main(
    *,
    preset: Annotated[str, typer.Option(help=f"One of {', '.join(FROM_FILES)}.")] = "eurozone",
    seed: Annotated[int, typer.Option(min=0, help="The same seed plans the same world.")] = 1,
    customers: Annotated[int, typer.Option("--customers", "-c", min=1, help="How many people.")] = 1000,
    days: Annotated[int, typer.Option("--days", "-d", min=1, help="How many days.")] = 365,
    processes: Annotated[int, typer.Option(min=1, max=256, help="How many processes plan.")] = 2,
    output: Annotated[Path | None, typer.Option(help="A folder for Parquet files; else nothing is written.")] = None,
    in_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Plan a world without a bank, a thousand people at a time, and write it to Parquet.

    The files are the same whatever the number of processes.
    """
    lived = preset_named(preset) if preset in FROM_FILES else None
    if lived is None:
        raise typer.BadParameter(f"there are {', '.join(FROM_FILES)}", param_hint="--preset")
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
    world = World(seed, customers, FIRST_HOUR, zone=lived.zone, preset=lived)
    began = time.perf_counter()
    done = list(planned(parts_of(world, lived, days, output), processes))
    seconds, events = time.perf_counter() - began, sum(part.events for part in done)
    found = {
        "events": events,
        "seconds": round(seconds, 2),
        "events_per_second": round(events / seconds),
        "events_per_processor_second": round(events / sum(part.processor_seconds for part in done)),
        "peak_mib_of_a_process": round(max(part.peak_bytes for part in done) / 2**20),
    }
    if in_json:
        print(json.dumps(found))  # noqa: T201 (the result)
    else:
        print(  # noqa: T201
            f"{events:,} events in {seconds:.1f} s, {found['events_per_second']:,} a second; "
            f"the largest process had {found['peak_mib_of_a_process']} MiB"
        )


if __name__ == "__main__":
    typer.run(main)
