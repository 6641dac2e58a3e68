"""The bank's users: find them, look at one, and, for administrators, add and change them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from gateway.web.admin.users.forms import NewUserForm, StandingForm, UserFilters
from gateway.web.admin.users.overview import customer_overview
from gateway.web.api_client import api
from gateway.web.form_errors import show_problem
from gateway.web.orders.kinds import SCHEDULED, STANDING
from sandbank.types import User
from shared.identity.access import ADMIN, STAFF, access
from shared.refusals import Refused

blueprint = Blueprint("admin_users", __name__)
_PAGE = 25


@blueprint.get("/admin/users")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of users, narrowed by what the address says."""
    filters = UserFilters(request.args)
    cursor = request.args.get("cursor")
    found, next_cursor = [], None
    try:
        answer = api().auth.list_users(limit=_PAGE, cursor=cursor, **filters.chosen)
        found, next_cursor = answer.data, answer.body["next_cursor"]
    except Refused as refused:
        show_problem(filters, refused)
    page = render_template("admin_users.html", filters=filters, found=found, next_cursor=next_cursor, cursor=cursor)
    return page, 422 if filters.errors else 200


@blueprint.get("/admin/users/<user_id>")
@access(STAFF)
def details(user_id: str) -> ResponseReturnValue:
    """One user with their accounts."""
    person = api().auth.user(user_id).data
    form = StandingForm(None, role=person["role"], status=person["status"])
    return _person(person, form)


@blueprint.post("/admin/users/<user_id>")
@access(ADMIN)
def change(user_id: str) -> ResponseReturnValue:
    """Change role or status: first say what it will do, and do it when that was confirmed."""
    person = api().auth.user(user_id).data
    form = StandingForm()
    if form.validate():
        wanted = {"role": form.role.data, "status": form.status.data}
        if (form.role.data, form.status.data) == (person["role"], person["status"]):
            form.form_errors.append("Nothing has changed. Choose another role or status.")
        elif form.confirmed.data != "yes":
            return render_template("admin_user_change.html", person=person, form=form, is_self=_is_self(person))
        else:
            try:
                changed = api().auth.change_user(user_id, **wanted).data
                flash(f"{changed['username']} is now {_standing(changed)}.", "success")
                return redirect(url_for("admin_users.details", user_id=user_id), 303)
            except Refused as refused:
                show_problem(form, refused)
    return _person(person, form), 422


@blueprint.route("/admin/users/new", methods=["GET", "POST"])
@access(ADMIN)
def create() -> ResponseReturnValue:
    """Add a user of any role."""
    form = NewUserForm()
    if request.method == "POST" and form.validate():
        wanted = {
            "username": form.username.data.strip(),
            "email": form.email.data.strip(),
            "password": form.password.data,
            "full_name": form.full_name.data.strip() or None,
            "role": form.role.data,
        }
        try:
            person = api().post("/api/auth/users", wanted).data
            flash(f"{person['username']} can log in now.", "success")
            return redirect(url_for("admin_users.details", user_id=person["id"]), 303)
        except Refused as refused:
            show_problem(form, refused)
    return render_template("admin_user_new.html", form=form), 422 if form.errors else 200


def _person(person: User, form: StandingForm) -> str:
    return render_template(
        "admin_user.html",
        person=person,
        form=form,
        is_self=_is_self(person),
        kinds={"standing": STANDING, "scheduled": SCHEDULED},
        has=customer_overview(person["id"]) if person["role"] == "customer" else None,
        accounts=[] if person["role"] == "customer" else api().accounts.list_all(user_id=person["id"]).data,
    )


def _is_self(person: User) -> bool:
    return bool(person["id"] == current_user.id)


def _standing(person: User) -> str:
    role = {"admin": "an administrator", "employee": "an employee", "customer": "a customer"}[person["role"]]
    return f"{role}, {person['status']}"
