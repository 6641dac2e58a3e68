"""The simulator: worlds of people who use the bank, and the time they live in."""

from collections.abc import Callable

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from gateway.web.admin.simulator.forms import AdvanceForm, LiveForm, ResetForm, WorldForm, show_limits
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.openapi_bounds import number_limits
from sandbank.answers import Answer
from sandbank.types import Job
from shared.identity.access import ADMIN, access
from shared.refusals import Refused

blueprint = Blueprint("simulator", __name__)
_JOBS_SHOWN = 5


@blueprint.get("/admin/simulator")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """The world as it is, the newest job, and what can be done."""
    return _page()


@blueprint.get("/admin/simulator/jobs/<job_id>")
@access(ADMIN)
def job(job_id: str) -> ResponseReturnValue:
    """One job. `?part=1` is the part of the page that moves, for the script that shows it moving."""
    found = api().simulator.job(job_id).data
    return render_template("_job.html" if "part" in request.args else "admin_job.html", job=found)


@blueprint.post("/admin/simulator/jobs/<job_id>/cancel")
@access(ADMIN)
def cancel_job(job_id: str) -> ResponseReturnValue:
    """Stop a job; who comes too late for that is told so."""
    try:
        stopped = api().simulator.cancel_job(job_id).data
        flash(
            "The job was stopped." if stopped["status"] == "cancelled" else "The job stops after this step.", "success"
        )
    except Refused as refused:
        if refused.refusal.code != "JOB_IS_OVER":
            raise
        flash(refused.message or refused.refusal.message, "warning")
    return redirect(url_for("simulator.show"), 303)


@blueprint.get("/admin/simulator/jobs/<job_id>/cancel")
@access(ADMIN)
def come_back_to_job(job_id: str) -> ResponseReturnValue:
    """Where the order to stop is sent to is no page; whoever loads it again sees the job."""
    return redirect(url_for("simulator.job", job_id=job_id))


@blueprint.get("/admin/simulator/worlds")
@blueprint.get("/admin/simulator/advance")
@blueprint.get("/admin/simulator/live")
@blueprint.get("/admin/simulator/reset")
@access(ADMIN)
def come_back() -> ResponseReturnValue:
    """Where an order is sent to is no page; whoever comes Back to it, or loads it again, sees the simulator."""
    return redirect(url_for("simulator.show"))


@blueprint.post("/admin/simulator/worlds")
@access(ADMIN)
def make_world() -> ResponseReturnValue:
    """Begin a fresh world."""
    form = WorldForm(prefix="world-")
    make = api().simulator.make_world
    facts = {"customers": form.customers.data, "days": form.days.data, "seed": form.seed.data}
    begun = _begin(form, lambda: make(**facts, preset=form.preset.data or None))
    return begun or _page(world=form)


@blueprint.post("/admin/simulator/advance")
@access(ADMIN)
def advance() -> ResponseReturnValue:
    """Let the bank live for a while."""
    form = AdvanceForm(prefix="advance-")
    live_through = api().simulator.advance
    begun = _begin(form, lambda: live_through(days=form.days.data, hours=form.hours.data))
    return begun or _page(advance=form)


@blueprint.post("/admin/simulator/live")
@access(ADMIN)
def live() -> ResponseReturnValue:
    """Let the world live by itself, or stop it."""
    status = api().simulator.status().data
    form = LiveForm(prefix="live-")
    form.offer(status["live"]["speed"])
    running = request.form.get("running") == "yes"
    if form.validate():
        try:
            api().simulator.live(running=running, speed=form.speed.data)
            flash("Live mode is on." if running else "Live mode is off.", "success")
            return redirect(url_for("simulator.show"), 303)
        except Refused as refused:
            show_problem(form, refused)
    return _page(live=form)


@blueprint.post("/admin/simulator/reset")
@access(ADMIN)
def reset() -> ResponseReturnValue:
    """Back to an empty bank: customers, accounts and money go, people who work here stay."""
    form = ResetForm(prefix="reset-")
    if form.validate():
        try:
            api().simulator.reset(form.confirm.data)
            flash("The bank is empty again.", "success")
            return redirect(url_for("simulator.show"), 303)
        except Refused as refused:
            show_problem(form, refused)
    return _page(reset=form)


def _begin(form: FlaskForm, ask: Callable[[], Answer[Job]]) -> ResponseReturnValue | None:
    """Ask for a job; back to the page when it was taken, None when the form says why not."""
    if form.validate():
        try:
            ask()
            return redirect(url_for("simulator.show"), 303)
        except Refused as refused:
            show_problem(form, refused)
    return None


def _page(
    *,
    world: WorldForm | None = None,
    advance: AdvanceForm | None = None,
    live: LiveForm | None = None,
    reset: ResetForm | None = None,
) -> ResponseReturnValue:
    """The page, with the form that was just refused, if one was."""
    status = api().simulator.status().data
    jobs = api().simulator.list_jobs(limit=_JOBS_SHOWN).data
    has_problem = any((world, advance, live, reset))
    if live is None:
        live = LiveForm(None, prefix="live-")
        if status["live"]["running"]:
            live.speed.data = status["live"]["speed"]
    live.offer(status["live"]["speed"])
    world, advance = world or WorldForm(None, prefix="world-"), advance or AdvanceForm(None, prefix="advance-")
    description = current_app.extensions["api_description"]()
    show_limits(world, number_limits(description, "/api/simulator/worlds"))
    show_limits(advance, number_limits(description, "/api/simulator/advance"))
    page = render_template(
        "admin_simulator.html",
        status=status,
        jobs=jobs,
        world_form=world,
        advance_form=advance,
        live_form=live,
        reset_form=reset or ResetForm(None, prefix="reset-"),
    )
    return page, 422 if has_problem else 200
