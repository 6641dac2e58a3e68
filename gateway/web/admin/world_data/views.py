"""The data of the worlds to download, what each file holds, and the people of a persona with their log-ins."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gateway.web.api_client import api
from gateway.web.file_download import handed_on
from sandbank.enums import WorldExportFormat
from shared.identity.access import ADMIN, access
from shared.refusals import NOT_FOUND, Refused

blueprint = Blueprint("world_data", __name__)
_PEOPLE_SHOWN = 12
FORMATS = {
    WorldExportFormat.PARQUET: ("Parquet", "For pandas, polars and DuckDB"),
    WorldExportFormat.CSV: ("CSV", "For spreadsheets"),
    WorldExportFormat.JSONL: ("JSON lines", "For programs"),
    WorldExportFormat.JSON: ("One document", "For an empty bank to import: sandbank world import"),
}


@blueprint.get("/admin/simulator/data")
@access(ADMIN)
def show() -> ResponseReturnValue:
    """What can be downloaded, and what each file holds."""
    simulator = api().simulator
    has_world = simulator.status().data["world"] is not None
    return render_template(
        "admin_world_data.html", dictionary=simulator.data_dictionary().data, formats=FORMATS, has_world=has_world
    )


@blueprint.get("/admin/simulator/data/file")
@access(ADMIN)
def file() -> ResponseReturnValue:
    """The archive, in the format that `?format=` names; where there is none, the page says why."""
    wanted = request.args.get("format", WorldExportFormat.PARQUET)
    if wanted not in set(FORMATS):
        raise Refused(NOT_FOUND)
    try:
        found = api().simulator.export(WorldExportFormat(wanted).value)
    except Refused as refused:
        flash(refused.message or refused.refusal.message, "warning")
        return redirect(url_for("world_data.show"), 303)
    return handed_on(found.data)


@blueprint.get("/admin/simulator/people")
@access(ADMIN)
def people() -> ResponseReturnValue:
    """The personas; with `?persona=` who is so now, and how to log in as them."""
    simulator, chosen = api().simulator, request.args.get("persona")
    personas = simulator.personas().data["personas"]
    if chosen is not None and chosen not in {one["name"] for one in personas}:
        raise Refused(NOT_FOUND)
    found = None if chosen is None else simulator.people(chosen, limit=_PEOPLE_SHOWN).data
    return render_template("admin_world_people.html", personas=personas, chosen=chosen, found=found)
