"""Logging in and staying logged in, over HTTP."""

from flask import jsonify
from flask_openapi3 import Tag

from auth_service import serializers
from auth_service.context import context
from auth_service.login.client_of_request import client_of_request
from auth_service.login.password_login import log_in
from auth_service.passwords import password_reset
from auth_service.passwords.rules import LONGEST_PASSWORD
from auth_service.payloads import (
    LoginRequest,
    LoginResult,
    LogoutRequest,
    RefreshRequest,
    ServiceToken,
    SessionsEnded,
    SigningKeysReply,
    TokenRequest,
    VerifiedAdmin,
    VerifiedToken,
)
from auth_service.refusals import INVALID_CREDENTIALS, RESET_TOKEN_INVALID, USER_DISABLED, USERNAME_TAKEN
from auth_service.sessions import sessions
from auth_service.tokens import access_tokens, service_clients
from auth_service.users import registration
from auth_service.users.payloads import (
    ForgotPassword,
    ForgotPasswordRequest,
    PasswordRules,
    RegisterRequest,
    ResetPasswordRequest,
    User,
)
from auth_service.users.registration import Person
from shared.audit import audited
from shared.audit_enums import AuditAction, AuditSubject
from shared.contract.blueprint import ServiceBlueprint
from shared.contract.route_refusals import refuses
from shared.enums import Role
from shared.http.application import SECURED, ViewReply
from shared.http.payloads import reply_of, success
from shared.identity.access import PRIVATE, PUBLIC, access, current_identity
from shared.refusals import NOT_FOUND, TOKEN_EXPIRED, UNAUTHENTICATED, Refused
from shared.service_refusals import TOO_MANY_ATTEMPTS
from shared.time.clock import MICROSECONDS, now_us, to_wire

blueprint = ServiceBlueprint(
    "auth",
    __name__,
    url_prefix="/api/auth",
    abp_tags=[Tag(name="Auth", description="Registering, logging in and staying logged in.")],
)


@blueprint.post("/register", responses={"201": reply_of(User)}, summary="Register")
@access(PUBLIC)
@refuses(USERNAME_TAKEN, UNAUTHENTICATED, TOKEN_EXPIRED)
def register(body: RegisterRequest) -> ViewReply:
    person = Person(body.username, body.email, body.full_name or "")
    user = registration.register(context(), person, body.password, client=client_of_request(context().verifier))
    return success(serializers.user_reply(user)), 201


@blueprint.post("/login", responses={"200": reply_of(LoginResult)}, summary="Log in")
@access(PUBLIC)
@audited(AuditAction.LOGIN_FAILED, AuditAction.LOGGED_IN, on=AuditSubject.USER)
@refuses(INVALID_CREDENTIALS, USER_DISABLED, TOO_MANY_ATTEMPTS, UNAUTHENTICATED, TOKEN_EXPIRED)
def login(body: LoginRequest) -> ViewReply:
    user, pair = log_in(context(), body.username, body.password, client_of_request(context().verifier))
    return success(serializers.login_result(user, pair))


@blueprint.post("/refresh", responses={"200": reply_of(LoginResult)}, summary="Refresh tokens")
@access(PUBLIC)
@audited(AuditAction.REFRESH_TOKEN_REUSED, on=AuditSubject.USER)
@refuses(UNAUTHENTICATED, TOKEN_EXPIRED)
def refresh(body: RefreshRequest) -> ViewReply:
    user, pair = sessions.refresh(context(), body.refresh_token, client_of_request(context().verifier))
    return success(serializers.login_result(user, pair))


@blueprint.post("/logout", responses={"200": reply_of(SessionsEnded)}, summary="Log out", security=SECURED)
@access(PRIVATE)
@audited(AuditAction.SESSION_ENDED, on=AuditSubject.USER)
def logout(body: LogoutRequest) -> ViewReply:
    identity = current_identity()
    ending = {identity.session_id}
    if body.refresh_token is not None:
        ending.add(sessions.session_of(context(), identity.user_id, body.refresh_token))
    ended = 0
    for session_id in ending - {None}:
        ended += _end_quietly(identity.user_id, str(session_id))
    return success({"sessions_ended": ended})


@blueprint.post(
    "/logout_all", responses={"200": reply_of(SessionsEnded)}, summary="Log out of all sessions", security=SECURED
)
@access(PRIVATE)
@audited(AuditAction.SESSION_ENDED, on=AuditSubject.USER)
def logout_all(body: LogoutRequest) -> ViewReply:
    return success({"sessions_ended": sessions.sign_out_everywhere(context(), current_identity().user_id)})


@blueprint.post("/forgot_password", responses={"202": reply_of(ForgotPassword)}, summary="Request password reset")
@access(PUBLIC)
@refuses(UNAUTHENTICATED, TOKEN_EXPIRED)
def forgot_password(body: ForgotPasswordRequest) -> ViewReply:
    password_reset.ask(context(), body.email, client_of_request(context().verifier))
    return success({"asked": True}), 202


@blueprint.post("/reset_password", responses={"200": reply_of(SessionsEnded)}, summary="Reset password")
@access(PUBLIC)
@audited(AuditAction.PASSWORD_CHANGED, on=AuditSubject.USER)
@refuses(RESET_TOKEN_INVALID, UNAUTHENTICATED, TOKEN_EXPIRED)
def reset_password(body: ResetPasswordRequest) -> ViewReply:
    client = client_of_request(context().verifier)
    ended = password_reset.reset_password(context(), body.token, body.new_password, client)
    return success({"sessions_ended": ended})


@blueprint.get("/verify_token", responses={"200": reply_of(VerifiedToken)}, summary="Verify token", security=SECURED)
@access(PRIVATE)
def verify_token() -> ViewReply:
    identity = current_identity()
    return success(
        {
            "user_id": identity.user_id,
            "username": identity.username,
            "role": identity.role,
            "expires_at": to_wire(identity.expires_at * MICROSECONDS),
        }
    )


@blueprint.get(
    "/verify_admin", responses={"200": reply_of(VerifiedAdmin)}, summary="Check administrator role", security=SECURED
)
@access(PRIVATE)
def verify_admin() -> ViewReply:
    return success({"is_admin": current_identity().role == Role.ADMIN})


@blueprint.post("/token", responses={"200": reply_of(ServiceToken)}, summary="Issue service token")
@access(PUBLIC)
@refuses(INVALID_CREDENTIALS)
def issue_service_token(body: TokenRequest) -> ViewReply:
    scopes = service_clients.scopes_of(body.client_id, body.client_secret, context().settings.client_secrets)
    if scopes is None:
        raise Refused(INVALID_CREDENTIALS, "The client id or the client secret is wrong.")
    life = context().settings.access_token_seconds
    claims = access_tokens.of_service(body.client_id, scopes, issued_at=now_us(), life_seconds=life)
    return success(
        {
            "access_token": context().keys.sign(claims),
            "token_type": "Bearer",
            "expires_in": life,
            "scope": claims["scope"],
        }
    )


@blueprint.get("/jwks", responses={"200": SigningKeysReply}, summary="Get public signing keys")
@access(PUBLIC)
def list_signing_keys() -> ViewReply:
    keys = context().keys.key_set()
    response = jsonify({**success({"keys": keys}), "keys": keys})
    response.cache_control.public = True
    response.cache_control.max_age = 60
    return response


@blueprint.get("/password_rules", responses={"200": reply_of(PasswordRules)}, summary="Get password rules")
@access(PUBLIC)
def get_password_rules() -> ViewReply:
    return success({"min_length": context().settings.password_min_length, "max_length": LONGEST_PASSWORD})


def _end_quietly(user_id: str, session_id: str) -> int:
    """Logging out twice is no error: the second time there is nothing left to end."""
    try:
        sessions.end_own(context(), user_id, session_id, reason="logout")
    except Refused as refused:
        if refused.refusal is not NOT_FOUND:
            raise
        return 0
    return 1
