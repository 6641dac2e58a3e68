"""Request and response bodies of auth."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from auth_service.passwords import LONGEST_PASSWORD
from auth_service.users import Role, Status
from shared.pagination import PageQuery
from shared.payloads import Id, Line, PathModel, PersonName, QueryModel, RequestModel, ResponseModel

USERNAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{2,63}$"
EMAIL_PATTERN = r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$"
MAX_BATCH = 1000

Username = Annotated[
    str,
    StringConstraints(pattern=USERNAME_PATTERN),
    Field(description="3-64 letters, digits, dots, dashes and underscores; upper and lower case are the same name"),
]
Email = Annotated[str, StringConstraints(pattern=EMAIL_PATTERN, max_length=254)]
FullName = Annotated[PersonName, Field(min_length=1, max_length=100)]
OptionalFullName = Annotated[PersonName, Field(max_length=100)]
NewPassword = Annotated[
    str,
    Field(
        max_length=4 * LONGEST_PASSWORD,
        description=f"12-{LONGEST_PASSWORD} of any characters; refused when common or equal to the user name or e-mail",
    ),
]
TypedPassword = Annotated[str, Field(min_length=1, max_length=1024)]
RefreshTokenText = Annotated[str, Field(min_length=1, max_length=200)]


class RegisterRequest(RequestModel):
    """Someone registers themself."""

    username: Username
    email: Email
    password: NewPassword
    full_name: OptionalFullName | None = None


class NewUserRequest(RegisterRequest):
    """An administrator adds a user."""

    role: Role = "customer"


class LoginRequest(RequestModel):
    """`username` may be the e-mail address."""

    username: Annotated[Line, Field(min_length=1, max_length=254)]
    password: TypedPassword


class RefreshRequest(RequestModel):
    """The refresh token to exchange."""

    refresh_token: RefreshTokenText


class LogoutRequest(RequestModel):
    """The session of the access token ends; that of the refresh token too, when it is one's own."""

    refresh_token: RefreshTokenText | None = None


class TokenRequest(RequestModel):
    """Client credentials of a service."""

    client_id: Annotated[str, Field(min_length=1, max_length=64)]
    client_secret: Annotated[str, Field(min_length=1, max_length=512)]


class UpdateProfileRequest(RequestModel):
    """What a person may change of themself."""

    full_name: FullName | None = None
    email: Email | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.full_name is None and self.email is None:
            message = "give full_name or email"
            raise ValueError(message)
        return self


class ChangePasswordRequest(RequestModel):
    """The current password proves that it is you."""

    current_password: TypedPassword
    new_password: NewPassword


class ChangeUserRequest(RequestModel):
    """What an administrator may change of a user."""

    role: Role | None = None
    status: Status | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.role is None and self.status is None:
            message = "give role or status"
            raise ValueError(message)
        return self


class SyntheticUser(RequestModel):
    """One customer of a batch."""

    username: Username
    email: Email
    full_name: FullName


class BatchRequest(RequestModel):
    """Synthetic customers; all have the same password."""

    users: Annotated[list[SyntheticUser], Field(min_length=1, max_length=MAX_BATCH)]
    password: NewPassword


class UsersQuery(PageQuery):
    """`q` is looked for in user name, e-mail address and full name."""

    q: Annotated[Line, Field(max_length=100)] | None = None
    role: Role | None = None
    status: Status | None = None


class UserPath(PathModel):
    """Which user."""

    user_id: str


class SessionPath(PathModel):
    """Which session."""

    session_id: str


class RevocationsQuery(QueryModel):
    """The last position already taken in."""

    after: int = Field(0, ge=0, le=2**63 - 1)


class LookupRequest(RequestModel):
    """Whose facts are wanted."""

    ids: Annotated[list[Id], Field(max_length=1000)]


class UserReply(ResponseModel):
    """A user as the API shows them."""

    id: str
    username: str
    email: str
    full_name: str
    role: Role
    status: Status
    created_at: str


class Tokens(ResponseModel):
    """A new pair; `expires_in` is in seconds."""

    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int


class SignedIn(Tokens):
    """What signing in, and refreshing, gives."""

    user: UserReply


class ServiceTokenReply(ResponseModel):
    """A service's own token; `scope` is space separated."""

    access_token: str
    token_type: str
    expires_in: int
    scope: str


class VerifiedToken(ResponseModel):
    """Whose token it is."""

    user_id: str
    username: str
    role: Role
    expires_at: str


class VerifiedAdmin(ResponseModel):
    """Whether the token is an administrator's."""

    is_admin: bool


class SessionReply(ResponseModel):
    """A device that is signed in; `current`: the one that asks."""

    id: str
    address: str
    user_agent: str
    created_at: str
    last_used_at: str
    expires_at: str
    current: bool


class Ended(ResponseModel):
    """How many sessions were ended."""

    sessions_ended: int


class JsonWebKey(ResponseModel):
    """A public Ed25519 key (RFC 8037)."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str


class KeySet(ResponseModel):
    """A JWKS."""

    keys: list[JsonWebKey]


class KeySetReply(ResponseModel):
    """The key set in the bank's envelope, and `keys` beside it, where JWKS clients look."""

    success: bool
    data: KeySet
    keys: list[JsonWebKey]
