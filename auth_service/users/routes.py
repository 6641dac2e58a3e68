"""Profiles, logged-in devices, and users for staff, over HTTP."""

from flask_openapi3 import Tag

from auth_service import serializers
from auth_service.context import context
from auth_service.login.client_of_request import client_of_request
from auth_service.passwords import password_change
from auth_service.payloads import Session, SessionPath, SessionsEnded
from auth_service.refusals import LAST_ADMIN, USERNAME_TAKEN
from auth_service.sessions import repository as session_repository
from auth_service.sessions import sessions
from auth_service.users import administration, registration, repository
from auth_service.users.payloads import (
    ChangePasswordRequest,
    ChangeUserRequest,
    NewUserRequest,
    UpdateProfileRequest,
    User,
    UserBatchRequest,
    UserPath,
    UsersQuery,
)
from auth_service.users.registration import Person
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.http.application import SECURED, ViewReply
from shared.http.pagination import ListQuery
from shared.http.payloads import list_of, reply_of, success, success_list
from shared.identity.access import ADMIN, PRIVATE, SIMULATION, STAFF, access, current_identity
from shared.refusals import NOT_FOUND
from shared.service_refusals import TOO_MANY_ATTEMPTS, USER_ERASED, WRONG_PASSWORD
from shared.time.clock import from_datetime, now_us

blueprint = ServiceBlueprint(
    "users",
    __name__,
    url_prefix="/api/auth",
    abp_security=SECURED,
    abp_tags=[Tag(name="Users", description="Profiles, devices that are logged in, and users for staff.")],
)


@blueprint.get("/profile", responses={"200": reply_of(User)}, summary="Get my profile")
@access(PRIVATE)
@refuses(NOT_FOUND)
def get_profile() -> ViewReply:
    return success(serializers.user_reply(administration.find_user(context(), current_identity().user_id)))


@blueprint.put("/update_profile", responses={"200": reply_of(User)}, summary="Update my profile")
@access(PRIVATE)
@audited(AuditAction.PROFILE_CHANGED, on=AuditSubject.USER)
@refuses(USERNAME_TAKEN, WRONG_PASSWORD, TOO_MANY_ATTEMPTS, NOT_FOUND, USER_ERASED)
def update_profile(body: UpdateProfileRequest) -> ViewReply:
    user = administration.update_profile(
        context(),
        current_identity().user_id,
        client_of_request(context().verifier),
        full_name=body.full_name,
        email=body.email,
        current_password=body.current_password,
    )
    return success(serializers.user_reply(user))


@blueprint.post("/change_password", responses={"200": reply_of(SessionsEnded)}, summary="Change my password")
@access(PRIVATE)
@audited(AuditAction.PASSWORD_CHANGED, on=AuditSubject.USER)
@refuses(WRONG_PASSWORD, TOO_MANY_ATTEMPTS, NOT_FOUND)
def change_password(body: ChangePasswordRequest) -> ViewReply:
    identity = current_identity()
    ended = password_change.change_password(
        context(),
        identity.user_id,
        identity.session_id,
        current=body.current_password,
        new=body.new_password,
        client=client_of_request(context().verifier),
    )
    return success({"sessions_ended": ended})


@blueprint.get("/sessions", responses={"200": list_of(Session)}, summary="List my sessions, newest first")
@access(PRIVATE)
def list_sessions(query: ListQuery) -> ViewReply:
    identity = current_identity()
    with context().database.read_session() as db_session:
        page, cursor = session_repository.list_live_sessions(db_session, identity.user_id, query, now=now_us())
    return success_list([serializers.session_reply(session, identity.session_id) for session in page], cursor)


@blueprint.delete("/sessions/<session_id>", responses={"200": reply_of(SessionsEnded)}, summary="End session")
@access(PRIVATE)
@audited(AuditAction.SESSION_ENDED, on=AuditSubject.USER)
def end_session(path: SessionPath) -> ViewReply:
    sessions.end_own(context(), current_identity().user_id, path.session_id, reason="signed_out_remotely")
    return success({"sessions_ended": 1})


@blueprint.get("/users", responses={"200": list_of(User)}, summary="Search users, newest first")
@access(STAFF)
def list_users(query: UsersQuery) -> ViewReply:
    with context().database.read_session() as db_session:
        page, cursor = repository.list_users(db_session, query, search=query.q, role=query.role, status=query.status)
    return success_list([serializers.user_reply(user) for user in page], cursor)


@blueprint.get("/users/<user_id>", responses={"200": reply_of(User)}, summary="Get user")
@access(STAFF)
def get_user(path: UserPath) -> ViewReply:
    return success(serializers.user_reply(administration.find_user(context(), path.user_id)))


@blueprint.put("/users/<user_id>", responses={"200": reply_of(User)}, summary="Update user role or status")
@access(ADMIN)
@audited(AuditAction.USER_CHANGED, on=AuditSubject.USER)
@refuses(LAST_ADMIN, USER_ERASED)
def change_user(path: UserPath, body: ChangeUserRequest) -> ViewReply:
    user = administration.change_role_or_status(context(), path.user_id, role=body.role, status=body.status)
    return success(serializers.user_reply(user))


@blueprint.post("/users", responses={"201": reply_of(User)}, summary="Create user")
@access(ADMIN)
@audited(AuditAction.USER_CREATED, on=AuditSubject.USER)
@refuses(USERNAME_TAKEN)
def create_user(body: NewUserRequest) -> ViewReply:
    person = Person(body.username, body.email, body.full_name or "")
    user = registration.register(
        context(), person, body.password, role=body.role, created_by=current_identity().user_id
    )
    return success(serializers.user_reply(user)), 201


@blueprint.post("/users/batch", responses={"201": list_of(User)}, summary="Create synthetic customers")
@access(SIMULATION)
@audited(AuditAction.USERS_CREATED, on=AuditSubject.BANK)
@refuses(USERNAME_TAKEN)
def create_users(body: UserBatchRequest) -> ViewReply:
    people = [
        Person(
            user.username,
            user.email,
            user.full_name,
            effective_at=None if user.effective_at is None else from_datetime(user.effective_at),
            chosen_id=user.id,
        )
        for user in body.users
    ]
    if not current_identity().is_service or context().settings.is_production:
        registration.check_no_ids(people)
    users = registration.register_synthetic(context(), people, body.password, created_by=current_identity().user_id)
    return success_list([serializers.user_reply(user) for user in users]), 201
