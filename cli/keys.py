"""`keys`: what the bank signs and seals with, and changing it while the bank runs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from cli import output
from cli.context import AsJson, begin, noted
from cli.errors import CommandError
from sandbank.types.keys import SigningKeys
from shared.enums import TextEnum

keys_app = typer.Typer(help="What the bank signs and seals with (administrators).", no_args_is_help=True)
_DATA = Path("data")


class Key(TextEnum):
    """Which key is changed."""

    SIGNING = "signing"
    AUDIT = "audit"
    SIMULATOR_ROWS = "simulator-rows"
    INBOX_ROWS = "inbox-rows"


@keys_app.command("list")
def list_keys(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the keys that access tokens are signed with."""
    answer = begin(context, as_json=as_json).auth.signing_keys()
    if as_json:
        output.show_json(answer.body)
    else:
        _show(answer.data)


@keys_app.command()
def rotate(
    context: typer.Context,
    which: Annotated[Key, typer.Argument(help="What is signed or sealed with it.")],
    *,
    data: Annotated[
        Path,
        typer.Option("--data", envvar="BANK_DATA_DIR", metavar="FOLDER", help="The bank's data directory, for seals."),
    ] = _DATA,
    as_json: AsJson = False,
) -> None:
    """Change a key while the bank runs. What the one of before has signed or sealed stays good.

    The signing key is asked for at the bank. Keys of seals lie on the bank's own machine, and are changed there.
    """
    if which is Key.SIGNING:
        answer = begin(context, as_json=as_json).auth.change_signing_key()
        if as_json:
            output.show_json(answer.body)
        else:
            _show(answer.data)
        return
    from operations import keys  # noqa: PLC0415 (loads what runs a bank)

    noted(context, as_json=as_json)
    try:
        is_in_use = keys.rotate(data.absolute(), which)
    except keys.KeyRotationError as error:
        text = str(error)
        raise CommandError(f"{text[:1].upper()}{text[1:]}.", code="JOB_FAILED") from None
    except OSError as error:
        message = f"The keys in {data} cannot be changed: {error.strerror}."
        raise CommandError(message, code="STORAGE_UNAVAILABLE") from None
    service = keys.ROW_KEYS[which].service.name
    if as_json:
        output.show_json({"success": True, "data": {"key": which, "service": service, "in_use": is_in_use}})
    elif is_in_use:
        output.say(f"The {escape(service)} was started again and seals with another key.")
    else:
        output.say(f"The {escape(service)} seals with another key from its next start on.")


def _show(keys: SigningKeys) -> None:
    rows = [(key["id"], key["stage"], key["signs_from"], key["verifies_until"]) for key in keys["signing_keys"]]
    output.table("Signing keys", ("key", "stage", "signs from", "verifies until"), rows)
