"""`faults ...`: what goes wrong on purpose, in a bank in development."""

from typing import Annotated, Any

import typer

from cli import output
from cli.context import AsJson, begin
from sandbank.enums import FaultKind, FaultMethod

faults_app = typer.Typer(
    help="Faults on demand, to try a payment client (administrators, in development).", no_args_is_help=True
)


@faults_app.command()
def add(
    context: typer.Context,
    kind: Annotated[FaultKind, typer.Argument(help="What goes wrong.")],
    path: Annotated[str, typer.Argument(help="With requests to a path of the API, such as /api/transactions/*.")],
    *,
    method: Annotated[FaultMethod | None, typer.Option(help="With requests of this method alone.")] = None,
    probability: Annotated[float | None, typer.Option(help="Of how many such requests: 0.5 is half.")] = None,
    milliseconds: Annotated[
        int | None,
        typer.Option(min=1, help="How long a request is kept, how old an answer may be, or when to come again."),
    ] = None,
    status: Annotated[int | None, typer.Option(help="Of an error: 500, 502, 503 or 504.")] = None,
    times: Annotated[int | None, typer.Option(min=1, help="How often; without it, until it is removed.")] = None,
    user: Annotated[str | None, typer.Option(metavar="USER_ID", help="With requests of this person alone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Inject a fault into requests from now on."""
    added = begin(context, as_json=as_json).faults.add(
        path,
        kind.value,
        method=None if method is None else method.value,
        probability=probability,
        milliseconds=milliseconds,
        status=status,
        times=times,
        user_id=user,
    )
    output.answer(added, _facts, as_json=as_json)


@faults_app.command("list")
def listing(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the faults."""
    body = begin(context, as_json=as_json).faults.list().body
    columns = ("what", "requests", "of them", "left", "id")
    output.listing(
        body,
        "Faults",
        columns,
        lambda it: (it["kind"], _requests(it), f"{it['probability']:.0%}", _left(it), it["id"]),
        as_json=as_json,
    )


@faults_app.command()
def remove(
    context: typer.Context,
    fault_id: Annotated[str, typer.Argument(metavar="FAULT_ID", help="As in `faults list`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Remove a fault."""
    removed = begin(context, as_json=as_json).faults.remove(fault_id)
    if as_json:
        output.show_json(removed.body)
    else:
        output.say("The fault is removed.")


@faults_app.command()
def clear(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Remove all faults."""
    removed = begin(context, as_json=as_json).faults.clear()
    if as_json:
        output.show_json(removed.body)
    else:
        output.say("Everything goes as it should again.")


def _facts(it: Any) -> list[tuple[str, object]]:
    told = [("what", it["kind"]), ("requests", _requests(it)), ("of them", f"{it['probability']:.0%}")]
    timed = [("milliseconds", it["milliseconds"]), ("status", it["status"]), ("left", _left(it))]
    return [*told, *timed, ("user", it["user_id"]), ("id", it["id"])]


def _requests(it: Any) -> str:
    return f"{it['method'] or 'any'} {it['path']}"


def _left(it: Any) -> str:
    return "until removed" if it["times"] is None else f"{it['times_left']} of {it['times']}"
