"""Request and response bodies about log-ins, sessions and tokens."""

from typing import Annotated, Literal

from pydantic import Field

from auth_service.users.payloads import User
from shared.enums import Role
from shared.http.payloads import (
    Id,
    Line,
    PathId,
    PathModel,
    QueryModel,
    RequestModel,
    ResponseModel,
    Timestamp,
    TypedPassword,
)

RefreshTokenText = Annotated[str, Field(min_length=1, max_length=200, examples=["s8Xq3vJ0bKz1wY5tR7uN2mC4"])]
AccessTokenText = Annotated[
    str,
    Field(description="a JSON Web Token (EdDSA)", examples=["eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTkwIn0.c2ln"]),
]


class LoginRequest(RequestModel):
    """`username` may be the e-mail address."""

    username: Annotated[Line, Field(min_length=1, max_length=254, examples=["ada.lovelace"])]
    password: TypedPassword


class RefreshRequest(RequestModel):
    """The refresh token to exchange."""

    refresh_token: RefreshTokenText


class LogoutRequest(RequestModel):
    """The session of the access token ends; that of the refresh token too, when it is one's own."""

    refresh_token: RefreshTokenText | None = None


class TokenRequest(RequestModel):
    """Client credentials of a service."""

    client_id: Annotated[str, Field(min_length=1, max_length=64, examples=["reporting-service"])]
    client_secret: Annotated[str, Field(min_length=1, max_length=512, examples=["kept in the data directory"])]


class SessionPath(PathModel):
    """Which session."""

    session_id: PathId


class RevocationsQuery(QueryModel):
    """The last position already taken in."""

    after: int = Field(0, ge=0, le=2**63 - 1)


class Tokens(ResponseModel):
    """A new pair; `expires_in` is in seconds."""

    access_token: AccessTokenText
    refresh_token: RefreshTokenText
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="seconds", examples=[900])


class LoginResult(Tokens):
    """What logging in, and refreshing, gives."""

    user: User


class ServiceToken(ResponseModel):
    """A service's own token; `scope` is space separated."""

    access_token: AccessTokenText
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="seconds", examples=[900])
    scope: str = Field(examples=["ledger:read"])


class VerifiedToken(ResponseModel):
    """Whose token it is."""

    user_id: Id
    username: str = Field(examples=["ada.lovelace"])
    role: Role
    expires_at: Timestamp


class VerifiedAdmin(ResponseModel):
    """Whether the token is an administrator's."""

    is_admin: bool


class Session(ResponseModel):
    """A device that is logged in; `current`: the one that asks."""

    id: Id
    address: str = Field(examples=["203.0.113.7"])
    user_agent: str = Field(examples=["Firefox on Linux"])
    created_at: Timestamp
    last_used_at: Timestamp
    expires_at: Timestamp
    current: bool


class SessionsEnded(ResponseModel):
    """How many sessions were ended."""

    sessions_ended: int


class JsonWebKey(ResponseModel):
    """A public Ed25519 key (RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    x: str = Field(examples=["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])
    kid: str = Field(examples=["2026-11-20-a1b2"])
    alg: Literal["EdDSA"]
    use: Literal["sig"]


class KeySet(ResponseModel):
    """A JWKS."""

    keys: list[JsonWebKey]


class SigningKeysReply(ResponseModel):
    """The key set in the bank's envelope, and `keys` beside it, where JWKS clients look."""

    success: Literal[True]
    data: KeySet
    keys: list[JsonWebKey]
