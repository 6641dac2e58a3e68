"""What the orchestrator shows: the services' lines, each under its service's name, and the table at the end."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from shared.services import SERVICES, Service

_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_magenta")
_WIDTH = max(len(service.name) for service in SERVICES)
_LEVEL_STYLES = {"warning": "yellow", "error": "red", "critical": "bold red"}
_LEFT_OUT = ("event", "level", "timestamp", "service", "logger", "exception")

LogIn = Mapping[str, str]


class Screen:
    """Standard output, for people; without colours when it is no terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False, soft_wrap=True)

    def line(self, text: str, style: str = "") -> None:
        """A line of the orchestrator's own."""
        self.console.print(Text(text, style=style))

    def service_line(self, service: Service, line: str) -> None:
        """A line that a service printed, or one about it."""
        if line:
            self.console.print(_prefix(service) + _readable(line))

    def alarm(self, service: Service, text: str) -> None:
        """A line about a service that people should not miss."""
        self.console.print(_prefix(service) + Text(text, style="bold red"))

    def summary(
        self, services: Sequence[Service], log_ins: Sequence[tuple[str, LogIn]], *, start_at: str | None, secrets: Path
    ) -> None:
        """What runs where, who can log in (a password that is not given is in the `secrets` file), where to begin."""
        running = Table(title="Sandbank", title_justify="left")
        for heading in ("service", "address", "health"):
            running.add_column(heading, no_wrap=True)
        for service in services:
            running.add_row(service.name, service.default_url, Text("healthy", style="green"))
        self.console.print(running)
        if log_ins:
            self.log_ins(log_ins, kept_in=f"in {secrets.name}")
            if not all("password" in log_in for _, log_in in log_ins):
                self.line(f"the passwords   {secrets}")
        if start_at is not None:
            self.line(f"the bank        {start_at}")
            self.line(f"the API         {start_at}/docs")
            self.line("a terminal      .venv/bin/sandbank --help")

    def log_ins(self, log_ins: Sequence[tuple[str, LogIn]], *, kept_in: str) -> None:
        """Who can log in; in the place of a password that is not given stands where it is."""
        people = Table(title="Log-ins", title_justify="left")
        for heading in ("who", "username", "password"):
            people.add_column(heading, no_wrap=True)
        for who, log_in in log_ins:
            people.add_row(who, log_in["username"], log_in.get("password") or kept_in)
        self.console.print(people)


def _prefix(service: Service) -> Text:
    colour = _COLOURS[SERVICES.index(service) % len(_COLOURS)]
    return Text.assemble((f"{service.name:<{_WIDTH}} | ", colour))


def _readable(line: str) -> Text:
    """A JSON log line as its event and facts; anything else as it is."""
    if not line.startswith("{"):
        return Text(line)
    try:
        entry: dict[str, Any] = json.loads(line)
    except ValueError:
        return Text(line)
    facts = [f"{name}={value}" for name, value in entry.items() if name not in _LEFT_OUT]
    shown = Text(" ".join([str(entry.get("event", "")), *facts]), style=_LEVEL_STYLES.get(str(entry.get("level")), ""))
    if "exception" in entry:
        shown.append(f"\n{entry['exception']}")
    return shown
