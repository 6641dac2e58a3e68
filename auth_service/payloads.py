"""Request and response bodies of auth."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from auth_service.passwords import LONGEST_PASSWORD
from shared.enums import Role, UserStatus
from shared.field_problems import form
from shared.instants import Instant
from shared.pagination import ListQuery
from shared.payloads import Id, Line, PathId, PathModel, PersonName, QueryModel, RequestModel, ResponseModel, Timestamp

USERNAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$"
EMAIL_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
MAX_BATCH = 1000

Username = Annotated[
    str,
    form(
        USERNAME_PATTERN,
        "must have 3 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or digit",
    ),
    Field(
        examples=["ada.lovelace"],
        description="3-64 letters, digits, dots, dashes and underscores; upper and lower case are the same name",
    ),
]
Email = Annotated[
    str,
    form(EMAIL_PATTERN, "must be an e-mail address such as ada@example.org", max_length=254),
    Field(json_schema_extra={"format": "email"}, examples=["ada@example.org"]),
]
FullName = Annotated[PersonName, Field(min_length=1, max_length=100, examples=["Ada Lovelace"])]
OptionalFullName = Annotated[PersonName, Field(max_length=100, examples=["Ada Lovelace"])]
NewPassword = Annotated[
    str,
    Field(
        max_length=4 * LONGEST_PASSWORD,
        examples=["four unrelated words help"],
        description=f"12-{LONGEST_PASSWORD} visible characters; refused when common, or the user name or e-mail",
    ),
]
TypedPassword = Annotated[str, Field(min_length=1, max_length=1024, examples=["four unrelated words help"])]
RefreshTokenText = Annotated[str, Field(min_length=1, max_length=200, examples=["s8Xq3vJ0bKz1wY5tR7uN2mC4"])]
AccessTokenText = Annotated[
    str,
    Field(description="a JSON Web Token (EdDSA)", examples=["eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTkwIn0.c2ln"]),
]


class RegisterRequest(RequestModel):
    """Someone registers themself."""

    username: Username
    email: Email
    password: NewPassword
    full_name: OptionalFullName | None = None


class NewUserRequest(RegisterRequest):
    """An administrator adds a user."""

    role: Role = Role.CUSTOMER


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


class UpdateProfileRequest(RequestModel):
    """What a person may change of themself."""

    full_name: FullName | None = None
    email: Email | None = None
    current_password: TypedPassword | None = Field(None, description="needed for another e-mail address")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.full_name is None and self.email is None:
            raise PydanticCustomError("one_of", "give full_name or email")
        return self


class ChangePasswordRequest(RequestModel):
    """The current password proves that it is you."""

    current_password: TypedPassword
    new_password: NewPassword


class ChangeUserRequest(RequestModel):
    """What an administrator may change of a user."""

    role: Role | None = None
    status: UserStatus | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.role is None and self.status is None:
            raise PydanticCustomError("one_of", "give role or status")
        return self


class SyntheticUser(RequestModel):
    """One customer of a batch."""

    username: Username
    email: Email
    full_name: FullName
    effective_at: Instant | None = Field(
        None,
        description="when they become a customer, in the bank's time; the present if left out, or if that is earlier",
    )


class UserBatchRequest(RequestModel):
    """Synthetic customers; all have the same password."""

    users: Annotated[list[SyntheticUser], Field(min_length=1, max_length=MAX_BATCH)]
    password: NewPassword


class UsersQuery(ListQuery):
    """`q` is looked for in user name, e-mail address and full name."""

    q: Annotated[Line, Field(max_length=100, examples=["lovelace"])] | None = None
    role: Role | None = None
    status: UserStatus | None = None


class UserPath(PathModel):
    """Which user."""

    user_id: PathId


class SessionPath(PathModel):
    """Which session."""

    session_id: PathId


class RevocationsQuery(QueryModel):
    """The last position already taken in."""

    after: int = Field(0, ge=0, le=2**63 - 1)


class LookupRequest(RequestModel):
    """Whose facts are wanted."""

    ids: Annotated[list[Id], Field(max_length=1000)]


class User(ResponseModel):
    """A user as the API shows them."""

    id: Id
    username: str = Field(examples=["ada.lovelace"])
    email: Email
    full_name: str = Field(examples=["Ada Lovelace"])
    role: Role
    status: UserStatus
    created_at: Timestamp
    created_at_bank: Timestamp | None = Field(description="in the bank's time; null where only the real time is known")


class Tokens(ResponseModel):
    """A new pair; `expires_in` is in seconds."""

    access_token: AccessTokenText
    refresh_token: RefreshTokenText
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="seconds", examples=[900])


class SignedIn(Tokens):
    """What signing in, and refreshing, gives."""

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
    """A device that is signed in; `current`: the one that asks."""

    id: Id
    address: str = Field(examples=["203.0.113.7"])
    user_agent: str = Field(examples=["Firefox on Linux"])
    created_at: Timestamp
    last_used_at: Timestamp
    expires_at: Timestamp
    current: bool


class Ended(ResponseModel):
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
