"""Request and response bodies about users, and the forms that names and passwords have in them."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from auth_service.passwords.rules import LONGEST_PASSWORD
from shared.enums import Role, UserStatus
from shared.http.field_problems import form
from shared.http.pagination import ListQuery
from shared.http.payloads import (
    Id,
    Line,
    PathId,
    PathModel,
    PersonName,
    RequestModel,
    ResponseModel,
    Timestamp,
    TypedPassword,
)
from shared.time.instants import Instant

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
        description="visible characters, as many as `GET /api/auth/password_rules` says; refused when common, or the "
        "user name or e-mail address",
    ),
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


class ForgotPasswordRequest(RequestModel):
    """Whose password was forgotten."""

    email: Annotated[Line, Field(min_length=1, max_length=254, examples=["ada@example.org"])]


class ForgotPassword(ResponseModel):
    """The same for everybody: a mail goes out if there is such a person."""

    asked: bool


class ResetPasswordRequest(RequestModel):
    """The token proves that you read the mail."""

    token: Annotated[str, Field(min_length=1, max_length=200, examples=["s8Xq3vJ0bKz1wY5tR7uN2mC4"])]
    new_password: NewPassword


class ChangeUserRequest(RequestModel):
    """What an administrator may change of a user."""

    role: Role | None = None
    status: Literal[UserStatus.ACTIVE, UserStatus.DISABLED] | None = None

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
    id: Id | None = Field(None, description="their id, which the simulator alone may choose, and in development alone")
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

    q: Annotated[Line, Field(max_length=100, examples=["lovelace"])] | None = Field(
        None, description="a part of the user name, the e-mail address or the full name"
    )
    role: Role | None = Field(None, description="users with this role alone")
    status: UserStatus | None = Field(None, description="users with this status alone")


class UserPath(PathModel):
    """Which user."""

    user_id: PathId


class LookupRequest(RequestModel):
    """Whose facts are wanted."""

    ids: Annotated[list[Id], Field(max_length=1000)]


class PasswordCheckRequest(RequestModel):
    """Somebody proves to another service who they are; `address` is where they do it from."""

    password: TypedPassword
    address: Annotated[str, Field(max_length=45)]


class PasswordRules(ResponseModel):
    """The lengths that a new password may have, in characters; common passwords and one's own name are refused too."""

    min_length: int = Field(examples=[12])
    max_length: int = Field(examples=[LONGEST_PASSWORD])


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
