"""Saving a file that the bank made."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli import output
from cli.errors import CommandError
from sandbank.answers import Download

Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help="Where to; without it the file's own name here."),
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


def save(file: Download, to: Path | None, *, force: bool, as_json: bool) -> None:
    """Write it under its own name here, or where it is wanted. Raises CommandError; nothing is written over unasked."""
    target = to or Path(file.file_name)
    try:
        with target.open("wb" if force else "xb") as written:
            written.write(file.content)
    except FileExistsError:
        message = f"{target} is there already; --force writes over it."
        raise CommandError(message, fields={"output": "is there already"}) from None
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror}."
        raise CommandError(message, code="STORAGE_UNAVAILABLE") from None
    if as_json:
        output.show_json({"success": True, "data": {"file": str(target), "bytes": len(file.content)}})
    else:
        output.say(f"Saved {escape(str(target))} ({len(file.content):,} bytes).")
