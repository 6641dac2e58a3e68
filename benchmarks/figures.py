"""What was measured, as one table for people and as JSON for programs."""

import json
import platform
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

AT_MOST, AT_LEAST = "target: at most", "target: at least"


@dataclass(frozen=True)
class Figure:
    """One line of the table: what was measured, and the limit that stands beside it.

    The limit is measured in the same run, or a target; then `limit_is` is AT_MOST or AT_LEAST.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    limit_is: str = ""
    runs: tuple[float, ...] = ()

    @property
    def share(self) -> float | None:
        """The figure in terms of its limit."""
        return None if not self.limit else self.value / self.limit

    @property
    def is_missed(self) -> bool:
        """Whether this figure fails a target."""
        if self.limit is None or self.limit_is not in (AT_MOST, AT_LEAST):
            return False
        return self.value > self.limit if self.limit_is == AT_MOST else self.value < self.limit


@dataclass(frozen=True)
class Section:
    """Figures that belong together."""

    name: str
    figures: list[Figure]


def of_runs(name: str, unit: str, runs: list[float], limit: list[float], limit_is: str) -> Figure:
    """The median of some runs beside the median of as many of its limit."""
    return Figure(name, median(runs), unit, median(limit), limit_is, tuple(runs))


def show(console: Console, sections: list[Section]) -> None:
    """Print the table."""
    table = Table(title="Sandbank, measured", box=box.SIMPLE_HEAD, title_justify="left", title_style="bold")
    table.add_column("figure", no_wrap=True)
    for heading in ("median", "", "runs", "limit", "share"):
        table.add_column(heading, justify="left" if heading == "" else "right", no_wrap=True)
    table.add_column("the limit is", style="dim")
    for section in sections:
        for number, figure in enumerate(section.figures, 1):
            table.add_row(*_cells(figure), end_section=number == len(section.figures))
    console.print(table)


def _cells(figure: Figure) -> tuple[str, ...]:
    runs = f"{_shown(min(figure.runs))} - {_shown(max(figure.runs))}" if figure.runs else ""
    limit = "" if figure.limit is None else _shown(figure.limit)
    share = "" if figure.share is None else f"{figure.share:,.0%}"
    colour = "red" if figure.is_missed else "bold"
    return figure.name, f"[{colour}]{_shown(figure.value)}[/]", figure.unit, runs, limit, share, figure.limit_is


def _shown(value: float) -> str:
    """Three figures or so: more would claim what a busy machine cannot promise."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def write(path: Path, sections: list[Section]) -> None:
    """Write everything as JSON, with the machine it was measured on."""
    rows = [
        {"section": section.name, **asdict(figure), "share": figure.share}
        for section in sections
        for figure in section.figures
    ]
    facts = {"machine": platform.platform(), "python": platform.python_version(), "at": int(time.time())}
    path.write_text(json.dumps({**facts, "figures": rows}, indent=1) + "\n")
