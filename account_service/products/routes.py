"""Products over HTTP: parse, call, render."""

from flask_openapi3 import Tag

from account_service.context import context, current_caller
from account_service.products import changes, queries
from account_service.products.payloads import NewProductRequest, Product, ProductChangeRequest, ProductPath
from account_service.refusals import PRODUCT_CHANGED, PRODUCT_EXISTS
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import ADMIN, PUBLIC, access
from shared.refusals import NOT_FOUND

blueprint = ServiceBlueprint(
    "products",
    __name__,
    url_prefix="/api/products",
    abp_tags=[Tag(name="Products", description="What the bank offers: interest, overdrafts, fees.")],
)


@blueprint.get("", responses={"200": list_of(Product)}, summary="List products")
@access(PUBLIC)
def list_products() -> ViewReply:
    return success_list(queries.offered(context()))


@blueprint.get("/<code>", responses={"200": reply_of(Product)}, summary="Get product")
@access(PUBLIC)
@refuses(NOT_FOUND)
def get_product(path: ProductPath) -> ViewReply:
    return success(queries.product(context(), path.code))


@blueprint.get("/<code>/versions", responses={"200": list_of(Product)}, summary="List product versions, newest first")
@access(PUBLIC)
@refuses(NOT_FOUND)
def list_product_versions(path: ProductPath) -> ViewReply:
    return success_list(queries.versions(context(), path.code))


@blueprint.post("", responses={"201": reply_of(Product)}, summary="Create product", security=SECURED)
@access(ADMIN)
@audited(AuditAction.PRODUCT_CREATED, on=AuditSubject.PRODUCT)
@refuses(PRODUCT_EXISTS)
def create_product(body: NewProductRequest) -> ViewReply:
    return success(changes.create(context(), current_caller(), body)), 201


@blueprint.put(
    "/<code>",
    responses={"200": reply_of(Product)},
    summary="Change product terms",
    security=SECURED,
)
@access(ADMIN)
@audited(AuditAction.PRODUCT_CHANGED, on=AuditSubject.PRODUCT)
@refuses(PRODUCT_CHANGED, NOT_FOUND)
def change_product(path: ProductPath, body: ProductChangeRequest) -> ViewReply:
    return success(changes.change(context(), current_caller(), path.code, body))
