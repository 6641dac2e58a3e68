"""Rate plans as the account service tells them to the ledger."""

from shared.contract.blueprint import ServiceBlueprint
from shared.http.application import ViewReply
from shared.http.payloads import success
from shared.identity.access import access, service_only
from shared.time import clock
from shared.time.business_days import day_number
from transaction_service.context import context
from transaction_service.due_work import bank_clock
from transaction_service.interest import rate_plans, runs
from transaction_service.interest.accrual import RatePlan
from transaction_service.interest.payloads import PlanPath, PlanVersionRequest

blueprint = ServiceBlueprint("rate_plans", __name__, url_prefix="/internal", doc_ui=False)
PLANS_SCOPE = "ledger:accounts"


@blueprint.put("/ledger/rate-plans/<code>")
@access(service_only(PLANS_SCOPE))
def put_rate_plan(path: PlanPath, body: PlanVersionRequest) -> ViewReply:
    facts = body.model_dump() | {"tiers": tuple((tier.from_minor, tier.rate) for tier in body.tiers)}
    wanted = RatePlan(id="", code=path.code, **facts)
    with context().database.write() as connection:
        bank_time = bank_clock.read(connection, now_us=context().machine_clock.shown_us()).now_us
        kept = rate_plans.store(connection, wanted, bank_time=bank_time)
        runs.ensure_one(connection, bank_time)
    context().due_worker.wake()
    shown = {"code": kept.code, "version": kept.version, "valid_from": kept.valid_from}
    return success({**shown, "today": day_number(bank_time), "bank_time": clock.to_wire(bank_time)})
