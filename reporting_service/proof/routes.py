"""The HTTP of the proof: parse, call, render."""

from flask import request
from flask_openapi3 import Tag

from reporting_service.context import context
from reporting_service.proof import proof_runs
from reporting_service.proof.payloads import Proof, ProofJob, ProofPath
from reporting_service.proof.proof import prove
from reporting_service.refusals import PROOF_UNDER_WAY
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import reply_of, success
from shared.identity.access import ADMIN, access, current_identity
from shared.refusals import NOT_FOUND, STORAGE_FULL, Refused

blueprint = ServiceBlueprint(
    "proof",
    __name__,
    url_prefix="/api/reports",
    abp_security=SECURED,
    abp_tags=[Tag(name="Proof", description="Everything the bank knows twice, computed again and compared.")],
)


@blueprint.get("/proof", responses={"200": reply_of(Proof)}, summary="Run proof and wait")
@access(ADMIN)
@refuses(PROOF_UNDER_WAY, STORAGE_FULL)
def get_proof() -> ViewReply:
    if request.method == "HEAD":
        return success({})  # asks only, and proves nothing
    return success(proof_runs.prove_now(context(), current_identity().user_id, prove))


@blueprint.post("/proof", responses={"202": reply_of(ProofJob)}, summary="Start proof")
@access(ADMIN)
@refuses(PROOF_UNDER_WAY)
def start_proof() -> ViewReply:
    return success(proof_runs.shown(proof_runs.prove_later(context(), current_identity().user_id, prove))), 202


@blueprint.get("/proof/latest", responses={"200": reply_of(ProofJob)}, summary="Get latest proof")
@access(ADMIN)
@refuses(NOT_FOUND)
def get_latest_proof() -> ViewReply:
    with context().database.read_session() as session:
        run = proof_runs.latest(session)
    if run is None:
        raise Refused(NOT_FOUND, "The bank has not been proved yet.")
    return success(proof_runs.shown(run))


@blueprint.get("/proof/jobs/<job_id>", responses={"200": reply_of(ProofJob)}, summary="Get proof")
@access(ADMIN)
def get_proof_job(path: ProofPath) -> ViewReply:
    with context().database.read_session() as session:
        run = proof_runs.find(session, path.job_id)
    if run is None:
        raise Refused(NOT_FOUND)
    return success(proof_runs.shown(run))
