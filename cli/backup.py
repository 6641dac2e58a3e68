"""`backup`: the bank of a data directory in one file, proved, and put back. The one command that needs no bank to ask:
it works on the files of this machine, and whoever may read those may use it.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cli import output
from cli.context import AsJson, noted
from cli.errors import CommandError

if TYPE_CHECKING:
    from operations.backup.checking import Checked

backup_app = typer.Typer(help="Backups of the bank on this machine, running or not.", no_args_is_help=True)

DataDirectory = Annotated[
    Path, typer.Option("--data", envvar="BANK_DATA_DIR", metavar="FOLDER", help="The bank's data directory.")
]
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", metavar="FILE", help="Where the passphrase stands; else it is asked for."),
]
_DATA = Path("data")
_SHORTEST_PASSPHRASE = 12


@backup_app.command()
def create(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; without it named after the time, here.")
    ] = None,
    *,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="Encrypt it with a passphrase.")] = False,
    passphrase_file: PassphraseFile = None,
    data: DataDirectory = _DATA,
    as_json: AsJson = False,
) -> None:
    """Make a backup of the whole bank, as of one instant, while it runs or not.

    Whoever has the file can do all that the bank can: keep it as you keep the bank, or encrypt it.
    """
    from operations.backup import creating  # noqa: PLC0415 (what needs a database is loaded by these commands alone)

    noted(context, as_json=as_json)
    is_sealed = encrypt or passphrase_file is not None
    target = file or Path(f"sandbank-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz{'.sealed' if is_sealed else ''}")
    passphrase = _new_passphrase(passphrase_file) if is_sealed else None
    with _refused():
        made = creating.create(data.absolute(), target, passphrase=passphrase, say=_progress())
    if as_json:
        facts = {"file": str(made.file), "bytes": made.size_bytes, "made_at": made.manifest.made_at}
        facts |= {
            "encrypted": made.is_encrypted,
            "bank_bytes": made.manifest.bank_bytes,
            "seconds": f"{made.seconds:.3f}",
        }
        output.show_json({"success": True, "data": facts})
        return
    kind = "encrypted" if made.is_encrypted else "not encrypted"
    output.say(
        f"Saved {escape(str(made.file))}: the bank as of {made.manifest.made_at}, "
        f"{made.size_bytes:,} bytes of {made.manifest.bank_bytes:,}, {kind}, in {made.seconds:.1f} s."
    )


@backup_app.command()
def verify(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The backup.")],
    *,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Compare a backup with its digests and prove the bank in it; no bank is touched. Exit code 1 when it is not whole.

    It is unpacked where temporary files are kept (TMPDIR), which takes as much room as the bank.
    """
    from operations.backup import opening  # noqa: PLC0415 (as above)

    noted(context, as_json=as_json)
    with _refused():
        found = opening.verify(file, passphrase=lambda: _known_passphrase(passphrase_file), say=_progress())
    facts = {**_told(found.manifest.made_at, found.checked), "seconds": f"{found.seconds:.3f}"}
    if as_json:
        output.show_json({"success": True, "data": facts})
    else:
        output.say(f"A backup of {escape(found.manifest.bank)} as of {found.manifest.made_at}.")
        _show(found.checked)
    if found.checked.findings:
        raise typer.Exit(1)


@backup_app.command()
def restore(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="The backup.")] = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put aside the bank that the data directory holds.")
    ] = False,
    accept_findings: Annotated[
        bool, typer.Option("--accept-findings", help="Restore a bank that does not hold all the same.")
    ] = False,
    finish: Annotated[bool, typer.Option("--finish", help="Finish a restore that was broken off.")] = False,
    passphrase_file: PassphraseFile = None,
    data: DataDirectory = _DATA,
    as_json: AsJson = False,
) -> None:
    """Put the bank of a backup into the data directory, proved: all of it, or nothing. Everybody logs in again."""
    from operations.backup import restoring  # noqa: PLC0415 (as above)

    noted(context, as_json=as_json)
    if (file is None) != finish:
        message = "Name the backup to restore, or --finish to finish a restore that was broken off."
        raise CommandError(message, fields={"file": "is needed, unless --finish is given"})
    folder = data.absolute()
    with _refused():
        if file is None:
            done, replaced, facts, elsewhere = None, restoring.finish(folder), dict[str, Any](), None
        else:
            done = restoring.restore(
                file,
                folder,
                passphrase=lambda: _known_passphrase(passphrase_file),
                replace=replace,
                accept_findings=accept_findings,
                say=_progress(),
            )
            replaced, facts, elsewhere = (
                done.replaced,
                _told(done.manifest.made_at, done.checked),
                done.anchor_elsewhere,
            )
    facts = {"data": str(folder), "replaced": None if replaced is None else str(replaced), **facts}
    if as_json:
        output.show_json({"success": True, "data": facts})
        return
    if done is not None:
        _show_checked(done.checked)
        count = len(done.checked.findings)
        if count:
            output.say(f"[red]{'1 finding was' if count == 1 else f'{count:,} findings were'} accepted.[/red]")
    output.say(f"[green]Restored[/green] into {escape(str(folder))}. Start the bank; everybody logs in again.")
    if replaced is not None:
        output.say(f"The bank that was there lies in {escape(str(replaced))}: remove it when you need it no more.")
    if elsewhere is not None:
        output.say(
            f"The anchor of the audit trail in {escape(str(elsewhere))} was left as it is: the trail stands still "
            "until somebody looks and accepts it (docs/audit.md)."
        )


def _told(made_at: str, checked: "Checked") -> dict[str, Any]:
    return {
        "made_at": made_at,
        "holds": not checked.findings,
        "proved": checked.proved,
        "unproved": checked.unproved,
        "findings": checked.findings,
    }


def _show(checked: "Checked") -> None:
    _show_checked(checked)
    if checked.findings:
        output.say(f"[red]The bank in it does not hold:[/red] {len(checked.findings):,} findings.")
    elif checked.unproved:
        count = len(checked.unproved)
        unproved = "1 thing was" if count == 1 else f"{count:,} things were"
        output.say(f"[yellow]What was looked at holds,[/yellow] and {unproved} not proved.")
    else:
        output.say("[green]The bank in it holds.[/green]")


def _show_checked(checked: "Checked") -> None:
    for what, records in checked.proved.items():
        output.say(f"{escape(what)}: {records:,} records")
    for what in checked.unproved:
        output.say(f"[yellow]Not proved:[/yellow] {escape(what)}")
    for finding in checked.findings:
        output.say(f"[red]{escape(finding)}[/red]")


def _progress() -> Callable[[str], None]:
    """Told on standard error, for whoever watches."""
    errors = output.errors()
    return lambda said: errors.print(f"[dim]{escape(said)}[/dim]")


@contextmanager
def _refused() -> Iterator[None]:
    """Whatever keeps a backup from being made or restored, as any refusal of the command."""
    from operations.backup.problems import BackupError, UnprovedError  # noqa: PLC0415 (as above)

    try:
        with _ended_in_order():
            yield
    except UnprovedError as error:
        for finding in error.findings:
            output.errors().print(f"[red]{escape(finding)}[/red]")
        raise CommandError(_sentence(error), code="JOB_FAILED") from None
    except BackupError as error:
        raise CommandError(_sentence(error), code="JOB_FAILED") from None


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Being told to end is an exception, so that copies of a bank are cleared away."""

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."


def _new_passphrase(file: Path | None) -> str:
    """Raises CommandError for one that is too short: whoever has the file may try as many as they like."""
    if file is not None:
        passphrase = _read(file)
    else:
        passphrase = str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True))
    if len(passphrase) < _SHORTEST_PASSPHRASE:
        message = f"The passphrase needs {_SHORTEST_PASSPHRASE} characters at least."
        raise CommandError(message, fields={"passphrase": "is too short"})
    return passphrase


def _known_passphrase(file: Path | None) -> str:
    return _read(file) if file is not None else str(typer.prompt("Passphrase", hide_input=True, err=True))


def _read(file: Path) -> str:
    """The first line of the file. Raises CommandError for a file that has none."""
    try:
        found = file.read_text().split("\n", 1)[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}."
        raise CommandError(message, code="STORAGE_UNAVAILABLE") from None
    if not found:
        message = f"{file} holds no passphrase in its first line."
        raise CommandError(message, fields={"passphrase_file": "is empty"})
    return found
