"""`webhooks ...`: messages of what happens, to a program's own address."""

from typing import Annotated, Any

import typer

from cli import output
from cli.client import listed
from cli.context import AsJson, begin

webhooks_app = typer.Typer(help="Webhooks: events sent to a program of yours.", no_args_is_help=True)
_Webhook = Annotated[str, typer.Argument(metavar="WEBHOOK_ID", help="The webhook's id, as in `webhooks list`.")]
_Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many, newest first.")]
_Events = Annotated[
    list[str] | None, typer.Option("--event", "-e", help="A type of event, as in `webhooks types`; again for more.")
]


@webhooks_app.command()
def add(
    context: typer.Context,
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="Where to send; without it, events are kept.")
    ] = None,
    *,
    event: _Events = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    as_json: AsJson = False,
) -> None:
    """Create a webhook for all events, or those named. Its secret is shown only once."""
    made = begin(context, as_json=as_json).webhooks.create(event or ["*"], url=url, description=description)
    output.answer(made, lambda it: [*_facts(it), ("secret, shown this once", it["secret"])], as_json=as_json)


@webhooks_app.command("list")
def listing(context: typer.Context, *, limit: _Limit = 50, as_json: AsJson = False) -> None:
    """List my webhooks, newest first."""
    body = listed(begin(context, as_json=as_json).pages("/api/webhooks", limit=limit))

    def row(it: Any) -> tuple[object, ...]:
        return it["url"] or "kept to be fetched", ", ".join(it["events"]), _standing(it), it["description"], it["id"]

    output.listing(body, "Webhooks", ("address", "events", "state", "description", "id"), row, as_json=as_json)


@webhooks_app.command("set")
def change(
    context: typer.Context,
    webhook_id: _Webhook,
    *,
    url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    event: _Events = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    on: Annotated[bool | None, typer.Option("--on/--off", help="Off: nothing is kept or sent.")] = None,
    as_json: AsJson = False,
) -> None:
    """Change a webhook, or turn it off and on."""
    bank = begin(context, as_json=as_json)
    changed = bank.webhooks.change(webhook_id, url=url, events=event, description=description, enabled=on)
    output.answer(changed, _facts, as_json=as_json)


@webhooks_app.command()
def rotate(context: typer.Context, webhook_id: _Webhook, *, as_json: AsJson = False) -> None:
    """Rotate a webhook's secret, which is shown only once; for a day the old one signs too."""
    made = begin(context, as_json=as_json).webhooks.rotate_secret(webhook_id)
    pairs = ("secret, shown this once", "secret"), ("both sign until", "previous_secret_until")
    output.answer(made, lambda it: [(said, it[name]) for said, name in pairs], as_json=as_json)


@webhooks_app.command()
def ping(context: typer.Context, webhook_id: _Webhook, *, as_json: AsJson = False) -> None:
    """Send a test event."""
    output.answer(begin(context, as_json=as_json).webhooks.ping(webhook_id), _sent, as_json=as_json)


@webhooks_app.command()
def chaos(
    context: typer.Context,
    webhook_id: _Webhook,
    *,
    duplicate: Annotated[bool, typer.Option("--duplicate", help="Each message comes twice.")] = False,
    delay: Annotated[int, typer.Option("--delay", min=0, max=3600, help="Each comes so many seconds late.")] = 0,
    reorder: Annotated[bool, typer.Option("--reorder", help="They come in any order.")] = False,
    drop_first: Annotated[bool, typer.Option("--drop-first", help="The first try of each is lost.")] = False,
    as_json: AsJson = False,
) -> None:
    """Inject delivery faults, in a bank in development; without options, stop."""
    bank = begin(context, as_json=as_json)
    changed = bank.webhooks.set_chaos(
        webhook_id, duplicate=duplicate, delay_seconds=delay, reorder=reorder, drop_first=drop_first
    )

    def facts(it: Any) -> list[tuple[str, object]]:
        return [*_facts(it), ("goes wrong", ", ".join(f"{name} {it['chaos'][name]}" for name in it["chaos"]))]

    output.answer(changed, facts, as_json=as_json)


@webhooks_app.command()
def deliveries(
    context: typer.Context,
    webhook_id: _Webhook,
    *,
    status: Annotated[str | None, typer.Option(help="queued, due, sending, delivered or failed.")] = None,
    limit: _Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List a webhook's deliveries, newest first."""
    bank = begin(context, as_json=as_json)
    body = listed(bank.pages(f"/api/webhooks/{webhook_id}/deliveries", limit=limit, status=status))

    def row(it: Any) -> tuple[object, ...]:
        last = it["attempts"][-1] if it["attempts"] else {"problem": "", "answer_status": None}
        said = last["problem"] or (last["answer_status"] and f"answered {last['answer_status']}")
        return (
            it["created_at"][:19],
            it["event_type"],
            output.status_text(it["status"]),
            len(it["attempts"]),
            said,
            it["id"],
        )

    columns = ("when", "event", "state", "tries", "last", "id")
    output.listing(body, "Deliveries", columns, row, as_json=as_json, right=("tries",))


@webhooks_app.command()
def redeliver(
    context: typer.Context,
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY_ID", help="As in `webhooks deliveries`.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Redeliver an event, with the same id."""
    output.answer(begin(context, as_json=as_json).webhooks.redeliver(delivery_id), _sent, as_json=as_json)


@webhooks_app.command()
def events(
    context: typer.Context,
    *,
    after: Annotated[str | None, typer.Option(help="An event's id: what came after it, oldest first.")] = None,
    limit: _Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List events, newest first."""
    body = listed(begin(context, as_json=as_json).pages("/api/webhooks/events", limit=limit, after=after))

    def row(it: Any) -> tuple[object, ...]:
        about = it["data"]
        amount = output.money(about["amount"], about["currency"]) if "amount" in about else ""
        return it["timestamp"][:19], it["type"], amount, it["id"]

    output.listing(body, "Events", ("when", "event", "amount", "id"), row, as_json=as_json, right=("amount",))


@webhooks_app.command()
def types(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the types of events."""
    body = begin(context, as_json=as_json).webhooks.event_types().body
    output.listing(
        body, "Types of event", ("event", "told when"), lambda it: (it["type"], it["description"]), as_json=as_json
    )


@webhooks_app.command()
def remove(context: typer.Context, webhook_id: _Webhook, *, as_json: AsJson = False) -> None:
    """Delete a webhook."""
    removed = begin(context, as_json=as_json).webhooks.delete(webhook_id)
    if as_json:
        output.show_json(removed.body)
    else:
        output.say("The webhook is deleted: nothing is sent there any more.")


def _facts(it: Any) -> list[tuple[str, object]]:
    told = [("address", it["url"] or "none: events are kept, to be fetched"), ("events", ", ".join(it["events"]))]
    of_all = "the whole bank" if it["scope"] == "bank" else "what is mine"
    return [*told, ("about", of_all), ("description", it["description"]), ("state", _standing(it)), ("id", it["id"])]


def _sent(it: Any) -> list[tuple[str, object]]:
    return [("event", it["event_type"]), ("state", output.status_text(it["status"])), ("delivery", it["id"])]


def _standing(it: Any) -> object:
    if not it["enabled"]:
        return output.status_text("off")
    return output.status_text("failed" if it["failing_since"] else "active")
