"""The bank's clock for the people who run it: its time, its way there, what falls due, and moving it."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.admin.clock.forms import BeginForm, MoveForm
from gateway.web.api_client import api
from gateway.web.error_messages import refusal_message
from gateway.web.form_errors import show_problem
from gateway.web.formatting import day_and_time
from gateway.web.pagination import first_page
from sandbank.types import BankClock, DueWork
from shared import settings
from shared.identity.access import ADMIN, STAFF, access
from shared.refusals import Refused
from shared.time import clock

blueprint = Blueprint("clock", __name__)
_PAGE = 25
_BACKWARDS = "CLOCK_BACKWARDS"


@blueprint.get("/admin/clock")
@access(STAFF)
def show() -> ResponseReturnValue:
    """The bank's time, what keeps it, what falls due next, and what failed."""
    cursor = request.args.get("cursor")
    try:
        due = api().transactions.due_work(stopped=False, limit=_PAGE, cursor=cursor)
    except Refused as refused:
        if anew := first_page(refused, url_for("clock.show")):
            return anew
        raise
    return _page(MoveForm(None), due.data, next_cursor=due.next_cursor, cursor=cursor)


@blueprint.get("/admin/clock/begin")
@blueprint.get("/admin/clock/move")
@blueprint.get("/admin/clock/retry")
@blueprint.get("/admin/clock/run")
@access(ADMIN)
def come_back() -> ResponseReturnValue:
    """Where an order is sent to is no page; whoever comes Back to it, or loads it again, sees the clock."""
    return redirect(url_for("clock.show"))


@blueprint.post("/admin/clock/move")
@access(ADMIN)
def move() -> ResponseReturnValue:
    """Move it, once that was reviewed. What is sent is the moment to go to, so sent twice it goes there once."""
    form, step = MoveForm(), request.form.get("step")
    due = api().transactions.due_work(stopped=False, limit=_PAGE)
    if step == "send" and form.validate() and (moment := form.reviewed_moment):
        before = api().transactions.clock().data
        try:
            api().transactions.advance_clock_to(moment, wait_seconds=0)
            return redirect(url_for("clock.show", since=before["bank_time"]), 303)
        except Refused as refused:
            if refused.refusal.code == _BACKWARDS and clock.from_wire(moment) <= clock.from_wire(before["bank_time"]):
                flash("The clock is there already.", "info")
                return redirect(url_for("clock.show"), 303)
            show_problem(form, refused, advance_to="day")
    elif step == "review" and form.validate():
        now = api().transactions.clock().data
        if form.settle(now["target_time"] or now["bank_time"]):
            return _page(form, due.data, is_review=True, next_cursor=due.next_cursor)
    return _page(form, due.data, next_cursor=due.next_cursor)


@blueprint.post("/admin/clock/begin")
@access(ADMIN)
def begin() -> ResponseReturnValue:
    """Have a bank without accounts begin on another day. Nothing has happened there yet, so it can be done again."""
    form = BeginForm()
    if form.validate() and (day := form.settle()):
        try:
            begun = api().transactions.begin_clock_at(day).data
            flash(f"The bank begins on {day_and_time(begun['bank_time'])}.", "success")
            return redirect(url_for("clock.show"), 303)
        except Refused as refused:
            if refused.refusal.code == _BACKWARDS:
                form.begin_on.errors = [*form.begin_on.errors, refusal_message(refused)]
            else:
                show_problem(form, refused, begin_at="begin_on")
    due = api().transactions.due_work(stopped=False, limit=_PAGE)
    return _page(MoveForm(None), due.data, next_cursor=due.next_cursor, begin_form=form)


@blueprint.post("/admin/clock/run")
@access(ADMIN)
def run() -> ResponseReturnValue:
    """Have the clock stand still, or go on from where it stands."""
    running = request.form.get("running") == "yes"
    api().transactions.run_clock(running=running)
    flash("The clock runs again." if running else "The clock stands still.", "success")
    return redirect(url_for("clock.show"), 303)


@blueprint.post("/admin/clock/retry")
@access(ADMIN)
def retry() -> ResponseReturnValue:
    """Have everything that failed tried again."""
    try:
        api().transactions.retry_due_work()
        flash("What failed is being tried again.", "success")
    except Refused as refused:
        if refused.refusal.status < 500:
            raise
        flash(refusal_message(refused), "warning")
    return redirect(url_for("clock.show"), 303)


def _page(
    form: MoveForm,
    due: list[DueWork],
    *,
    is_review: bool = False,
    next_cursor: str | None = None,
    cursor: str | None = None,
    begin_form: BeginForm | None = None,
) -> ResponseReturnValue:
    may_move = current_user.is_admin and not settings.is_production()
    if begin_form is None and may_move and not is_review and not api().accounts.list_all(limit=1).data:
        begin_form = BeginForm(None)
    now = api().transactions.clock().data
    failed = api().transactions.due_work(stopped=True, limit=_PAGE).data if now["stopped_work"] else []
    page = render_template(
        "admin_clock_move.html" if is_review else "admin_clock.html",
        clock=now,
        done_percent=_done_percent(now, request.args.get("since")),
        form=form,
        is_behind=clock.from_wire(now["bank_time"]) < clock.now_us(),
        begin_form=begin_form,
        may_move=may_move,
        due=due,
        on_the_way=[one for one in due if is_review and one["due_at"] <= form.moment.data],
        failed=failed,
        next_cursor=next_cursor,
        cursor=cursor,
    )
    return page, 422 if form.errors or (begin_form and begin_form.errors) else 200


def _done_percent(now: BankClock, since: str | None) -> int | None:
    """How much of its way since then the clock has behind it; None where nobody says from when it came."""
    if since is None or now["target_time"] is None:
        return None
    try:
        begun, here, there = (clock.from_wire(wire) for wire in (since, now["bank_time"], now["target_time"]))
    except ValueError:
        return None
    return max(0, min(100, 100 * (here - begun) // (there - begun))) if begun < there else None
