"""A world planned by several processes, each a thousand people at a time, and written to Parquet.

What a part holds follows from the world and its people alone: whoever plans it, in whatever order, the files are the
same.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from simulator_service.people.population import EMPLOYER_BLOCK, World
from simulator_service.planning.event_block import KINDS, WAYS, EventBlock
from simulator_service.planning.parties import SORTS
from simulator_service.planning.preset_plan import PresetPlan
from simulator_service.presets.preset import Preset

DAYS_AT_ONCE = 7
_DAY_S = 86_400
_TYPES = {"kind": pa.int8(), "way": pa.int8(), "intent": pa.int16(), "owner": pa.int32()}
_BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Part:
    """Some people of a world, how many days of them are planned, and the file they are written to, if any."""

    world: World
    preset: Preset
    numbers: range
    days: int
    file: Path | None


@dataclass(frozen=True, slots=True)
class Planned:
    """How many events a part has, what planning it took of a processor, and the most memory its process has had."""

    events: int
    processor_seconds: float
    peak_bytes: int


def parts_of(world: World, preset: Preset, days: int, folder: Path | None) -> list[Part]:
    """A world in parts, of which each has its own file in the folder."""
    starts = range(0, world.customers, EMPLOYER_BLOCK)
    numbers = [range(start, min(start + EMPLOYER_BLOCK, world.customers)) for start in starts]
    files = [None if folder is None else folder / f"part-{place:05}.parquet" for place in range(len(numbers))]
    return [Part(world, preset, people, days, file) for people, file in zip(numbers, files, strict=True)]


def planned(parts: list[Part], processes: int) -> Iterator[Planned]:
    """Plan the parts in so many processes; what came of each, in order."""
    if processes == 1:
        yield from map(plan_part, parts)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(plan_part, parts)


def plan_part(part: Part) -> Planned:
    """Plan one part week by week, and write it."""
    began, plan = time.process_time(), PresetPlan(part.world, part.preset, part.numbers)
    events = 0
    if part.file is None:
        events = sum(len(block) for block in _weeks(plan, part.days))
    else:
        with pq.ParquetWriter(part.file, _schema(plan), compression="zstd") as writer:
            for block in _weeks(plan, part.days):
                events += len(block)
                writer.write_table(_table(block, _schema(plan)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_A_UNIT
    return Planned(events, time.process_time() - began, peak)


def _weeks(plan: PresetPlan, days: int) -> Iterator[EventBlock]:
    start_s = plan.world.start_hour * 3600
    for day in range(0, days, DAYS_AT_ONCE):
        yield plan.between(start_s + day * _DAY_S, start_s + min(day + DAYS_AT_ONCE, days) * _DAY_S)


def _schema(plan: PresetPlan) -> Any:
    """The columns, and beside them what their numbers mean."""
    columns = [pa.field(column.name, _TYPES.get(column.name, pa.int64())) for column in fields(EventBlock)]
    meaning = {
        "seed": plan.world.seed,
        "customers": plan.world.customers,
        "preset": plan.preset.name,
        "kinds": KINDS,
        "ways": WAYS,
        "sorts_of_parties": SORTS,
        "intents": [[intent.name, intent.category] for intent in plan.intents],
    }
    return pa.schema(columns, metadata={"sandbank": json.dumps(meaning)})


def _table(block: EventBlock, schema: Any) -> Any:
    return pa.table([pa.array(getattr(block, field.name), field.type) for field in schema], schema=schema)
