"""The inbox's HTTP for other services: emptying it in a development bank."""

from flask_openapi3 import APIBlueprint

from notification_service import repository
from notification_service.refusals import NOT_A_SANDBOX
from notification_service.routes import inbox
from shared.access import access, service_only
from shared.application import ViewReply
from shared.payloads import success
from shared.refusals import Refused

blueprint = APIBlueprint("internal", __name__, url_prefix="/internal", doc_ui=False)


@blueprint.post("/reset")
@access(service_only("bank:reset"))
def reset() -> ViewReply:
    if inbox().is_production:
        raise Refused(NOT_A_SANDBOX)
    with inbox().database.write() as connection:
        repository.empty(connection)
    return success({"reset": True})
