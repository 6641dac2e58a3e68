"""The HTTP of the proof: parse, call, render."""

from flask_openapi3 import APIBlueprint, Tag

from reporting_service.context import context
from reporting_service.proof.payloads import Proof
from reporting_service.proof.proof import prove
from reporting_service.refusals import PROOF_UNDER_WAY
from shared.access import ADMIN, access
from shared.application import SECURED, ViewReply
from shared.payloads import reply_of, success
from shared.route_refusals import refuses

blueprint = APIBlueprint(
    "proof",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Proof", description="Everything the bank knows twice, computed again and compared.")],
)


@blueprint.get("/proof", responses={"200": reply_of(Proof)}, summary="Everything computed again and compared")
@access(ADMIN)
@refuses(PROOF_UNDER_WAY)
def get_proof() -> ViewReply:
    return success(prove(context()))
