"""`simulate ...`: make worlds of customers, let them live, and watch."""

from enum import StrEnum
from typing import Annotated

import typer

from cli import output
from cli.context import AsJson, Yes, begin
from cli.errors import CommandError
from cli.jobs import NoWait, follow, show_job
from cli.world_data import create

simulate_app = typer.Typer(help="Simulate customers (administrators).", no_args_is_help=True)


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


simulate_app.command("world")(create)


@simulate_app.command()
def advance(
    context: typer.Context,
    *,
    days: Annotated[int, typer.Option("--days", "-d", min=0, help="Days of bank time.")] = 0,
    hours: Annotated[int, typer.Option("--hours", min=0, help="Hours of bank time.")] = 0,
    to: Annotated[
        str | None, typer.Option("--to", help="Until an instant or a day such as 2027-01-31, or now: the bank's time.")
    ] = None,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Advance worlds from where they have lived to (one day if nothing else is given)."""
    if to is not None and (days or hours):
        message = "give --days and --hours, or --to"
        raise typer.BadParameter(message, param_hint="--to")
    bank = begin(context, as_json=as_json)
    if not days and not hours and to is None:
        days = 1
    if to == "now":
        to = bank.transactions.clock().data["bank_time"]
    asked = bank.simulator.advance(days=days or None, hours=hours or None, to=to)
    follow(bank, asked, wait=not no_wait, as_json=as_json)


@simulate_app.command()
def live(
    context: typer.Context,
    switch: Annotated[Switch, typer.Argument(help="on or off.")],
    *,
    speed: Annotated[int, typer.Option(min=1, help="Bank-seconds that pass in a second.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Turn live mode on or off."""
    bank = begin(context, as_json=as_json)
    answer = bank.simulator.live(running=switch is Switch.ON, speed=speed)
    if as_json:
        output.show_json(answer.body)
    elif answer.data["running"]:
        output.say(f"Live mode is on: {answer.data['speed']} bank-seconds a second.")
    else:
        output.say("Live mode is off.")


@simulate_app.command()
def status(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show the world, its time, and the job in progress."""
    answer = begin(context, as_json=as_json).simulator.status()
    if as_json:
        output.show_json(answer.body)
        return
    found = answer.data
    living = f"{found['live']['speed']} bank-seconds a second" if found["live"]["running"] else "off"
    output.facts([("bank time", found["bank_time"]), ("live", living)])
    one = found["world"]
    if one is None:
        output.say("There is no world yet: `sandbank simulate world` makes one.")
    else:
        names = ("status", "seed", "customers", "accounts", "posted", "refused", "start", "lived_until", "id")
        output.facts([(f"world {name.replace('_', ' ')}", one.get(name)) for name in names])
    if found["job"] is not None:
        show_job(found["job"])


@simulate_app.command()
def job(
    context: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job's id.")],
    *,
    no_wait: NoWait = False,
    as_json: AsJson = False,
) -> None:
    """Follow a job to its end."""
    bank = begin(context, as_json=as_json)
    follow(bank, bank.simulator.job(job_id), wait=not no_wait, as_json=as_json)


@simulate_app.command()
def stop(
    context: typer.Context,
    job_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="A job; the one in progress if none.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Stop a job after its present step; worlds stay as far as they were lived."""
    bank = begin(context, as_json=as_json)
    if job_id is None:
        found = bank.simulator.status().data["job"]
        if found is None:
            message = "No job is in progress."
            raise CommandError(message, code="NOT_FOUND")
        job_id = found["id"]
    follow(bank, bank.simulator.cancel_job(job_id), wait=True, as_json=as_json)


@simulate_app.command()
def reset(
    context: typer.Context,
    *,
    confirm: Annotated[str | None, typer.Option(help="The bank's name, to say that you mean it.")] = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Reset the bank: every customer, account and movement goes."""
    bank = begin(context, as_json=as_json)
    if confirm is None and yes:
        message = "give the bank's name as well: without being asked, it is what says that you mean it"
        raise typer.BadParameter(message, param_hint="--confirm")
    if confirm is None:
        output.errors().print(f"This empties the bank at {bank.url}: every customer, account and movement.")
        confirm = typer.prompt("Type the bank's name", err=True)
    done = bank.simulator.reset(confirm)
    if as_json:
        output.show_json(done.body)
    else:
        output.say("The bank is empty.")
