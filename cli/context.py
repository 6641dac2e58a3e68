"""One run of the command: the bank it talks to, how it answers, and the idempotency key it used."""

import uuid
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli import output
from cli.client import BankClient
from cli.errors import exit_code_of
from cli.session_file import DEFAULT_URL, SessionFile
from sandbank import BankError

AsJson = Annotated[bool, typer.Option("--json", help="Print what the bank answered, as JSON.")]
Key = Annotated[
    str | None,
    typer.Option("--idempotency-key", help="Repeat an earlier command safely: the bank does nothing twice."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


_INTERRUPTED = 130  # as a shell has it for Ctrl-C


@dataclass
class CommandContext:
    """Kept in Typer's context."""

    url: str | None = None
    as_json: bool = False
    idempotency_key: str | None = None
    sessions: SessionFile = field(default_factory=SessionFile)

    def client(self) -> BankClient:
        """A client of the bank that `--url`, SANDBANK_URL or the last log-in names."""
        url = self.url or self.sessions.last_url() or DEFAULT_URL
        return BankClient(url, self.sessions)


def begin(context: typer.Context, *, as_json: bool, key: str | None = None) -> BankClient:
    """The first line of every command: note how to answer, and get the bank's client."""
    command = noted(context, as_json=as_json)
    command.idempotency_key = key
    return command.client()


def noted(context: typer.Context, *, as_json: bool) -> CommandContext:
    """The first line of a command that asks no bank: note how to answer."""
    command: CommandContext = context.find_root().obj
    command.as_json = as_json
    return command


def new_key(key: str | None) -> str:
    """The key of a movement of money: the given one, else one of its own for this run."""
    return key or str(uuid.uuid4())


class BankGroup(TyperGroup):
    """The root command: turns whatever the bank refuses into a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except BankError as error:
            command = ctx.obj or CommandContext()
            output.show_error(error, as_json=command.as_json, idempotency_key=command.idempotency_key)
            raise typer.Exit(exit_code_of(error)) from None
        except KeyboardInterrupt:
            command = ctx.obj or CommandContext()
            output.show_interrupted(command.idempotency_key)
            raise typer.Exit(_INTERRUPTED) from None
