"""The bank's one OpenAPI document, made of the services' own."""

from typing import Any

from gateway.api_document import merged
from shared.services import ACCOUNT, AUTH


def document(path: str, schemas: dict[str, Any], *, uses: str, operation_id: str = "list_get") -> dict[str, Any]:
    operation = {
        "operationId": operation_id,
        "tags": [path.split("/")[2]],
        "responses": {"200": {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{uses}"}}}}},
    }
    return {
        "paths": {path: {"get": operation}, "/internal/secret": {"get": operation}, "/api/health": {"get": operation}},
        "components": {"schemas": schemas, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "tags": [{"name": path.split("/")[2]}, {"name": "internal"}],
    }


def schema_of(merged_document: dict[str, Any], path: str) -> str:
    content = merged_document["paths"][path]["get"]["responses"]["200"]["content"]
    return content["application/json"]["schema"]["$ref"].removeprefix("#/components/schemas/")


ERROR = {"ErrorReply": {"type": "object"}}


def test_only_public_paths_of_their_owner_are_described() -> None:
    found = merged({AUTH: document("/api/auth/list", ERROR, uses="ErrorReply")})
    assert sorted(found["paths"]) == ["/api/auth/list", "/health"]
    assert [tag["name"] for tag in found["tags"]] == ["Health", "auth"]


def test_a_schema_that_is_the_same_everywhere_stands_once() -> None:
    found = merged(
        {
            AUTH: document("/api/auth/list", ERROR, uses="ErrorReply"),
            ACCOUNT: document("/api/accounts/list", ERROR, uses="ErrorReply"),
        }
    )
    assert sorted(found["components"]["schemas"]) == ["BankHealth", "ErrorReply"]


def test_schemas_that_only_share_a_name_are_told_apart_with_all_that_use_them() -> None:
    wraps = {"BatchReply": {"properties": {"data": {"$ref": "#/components/schemas/Item"}}}}
    found = merged(
        {
            AUTH: document("/api/auth/list", {**wraps, "Item": {"type": "string"}}, uses="BatchReply"),
            ACCOUNT: document("/api/accounts/list", {**wraps, "Item": {"type": "integer"}}, uses="BatchReply"),
        }
    )
    schemas = found["components"]["schemas"]
    assert schema_of(found, "/api/auth/list") == "BatchReply"
    assert schema_of(found, "/api/accounts/list") == "AccountBatchReply"
    assert schemas["AccountBatchReply"]["properties"]["data"]["$ref"] == "#/components/schemas/AccountItem"
    assert (schemas["Item"]["type"], schemas["AccountItem"]["type"]) == ("string", "integer")


def test_every_operation_has_an_id_of_its_own() -> None:
    found = merged(
        {
            AUTH: document("/api/auth/list", ERROR, uses="ErrorReply"),
            ACCOUNT: document("/api/accounts/list", ERROR, uses="ErrorReply"),
        }
    )
    ids = [operation["operationId"] for path in found["paths"].values() for operation in path.values()]
    assert len(set(ids)) == len(ids) == 3


def test_schemas_that_no_public_path_uses_are_left_out() -> None:
    found = merged({AUTH: document("/api/auth/list", {**ERROR, "Secret": {"type": "string"}}, uses="ErrorReply")})
    assert "Secret" not in found["components"]["schemas"]
