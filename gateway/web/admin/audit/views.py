"""The audit trail: find acts, look at one, and for administrators have the whole of it verified."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.admin.audit.forms import AuditFilters
from gateway.web.api_client import api
from sandbank.types.audit import AuditVerdict
from shared.identity.access import ADMIN, STAFF, access
from shared.refusals import Refused

blueprint = Blueprint("admin_audit", __name__)
_PAGE = 25
_LONGEST_SECONDS = 600.0


@blueprint.get("/admin/audit")
@access(STAFF)
def listing() -> ResponseReturnValue:
    """A page of acts, narrowed by what the address says; for employees, what they did themselves."""
    filters, cursor = AuditFilters(request.args), request.args.get("cursor")
    found, next_cursor = [], None
    try:
        answer = api().audit.list(limit=_PAGE, cursor=cursor, **filters.asked)
        found, next_cursor = answer.data, answer.next_cursor
    except Refused as refused:
        filters.show(refused)
    page = render_template("admin_audit.html", filters=filters, found=found, next_cursor=next_cursor, cursor=cursor)
    return page, 422 if filters.errors else 200


@blueprint.get("/admin/audit/<record_id>")
@access(STAFF)
def details(record_id: str) -> ResponseReturnValue:
    """One act, with what it changed."""
    record = api().audit.details(record_id).data
    before, after = record["before"] or {}, record["after"] or {}
    names = list(dict.fromkeys((*before, *after)))
    changes = [(name, before.get(name), after.get(name)) for name in names]
    return render_template("admin_audit_record.html", record=record, changes=changes, has_before=bool(before))


@blueprint.post("/admin/audit/verify")
@access(ADMIN)
def verify() -> ResponseReturnValue:
    """Walk the whole trail, and say on the page whether it is whole."""
    verdict = api().audit.verify(timeout_seconds=_LONGEST_SECONDS).data
    flash(_said(verdict), "success" if verdict["holds"] else "danger")
    return redirect(url_for("admin_audit.listing"), 303)


def _said(verdict: AuditVerdict) -> str:
    fault, records = verdict["first_fault"], f"{verdict['records']:,} record{'' if verdict['records'] == 1 else 's'}"
    if fault is None:
        since = "" if verdict["removed_before"] is None else f" It begins at position {verdict['first_position']:,}."
        return f"The trail is whole: {records}, as they were written.{since}"
    where = "" if fault["position"] is None else f" at position {fault['position']:,}"
    return f"The trail is not whole{where}. {fault['detail']} {records} before that are right."
