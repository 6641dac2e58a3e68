"""Who may call a route. Each route declares it; one that does not keeps the service from starting.

Access is checked before a payload is looked at, so a stranger learns nothing from validation errors. Ownership of a
row is not decided here but in the query that touches it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, g, request

from shared.identity.tokens import Identity, TokenVerifier
from shared.refusals import UNAUTHENTICATED, Refused, forbidden

SIMULATE = "bank:simulate"
ACQUIRE = "cards:acquire"
WEBHOOKS_BANK = "webhooks:bank"
SERVICE_AUTHORIZATION = "X-Service-Authorization"
ROLES = ("customer", "employee", "admin")
EVERY_ROLE = frozenset(ROLES)


@dataclass(frozen=True)
class Access:
    """A route's rule. `roles`: people with one of these; `scope`: also any token with this scope."""

    name: str
    roles: frozenset[str] = frozenset()
    scope: str | None = None
    is_public: bool = False
    service_scope: str | None = None

    @property
    def requirement(self) -> str:
        """Who may call, as the end of a sentence: `the role employee or admin, or the scope bank:simulate`."""
        if self.is_public:
            return "no access token"
        if self.service_scope is not None:
            return f"a service token with the scope {self.service_scope}"
        needs = []
        if self.roles >= EVERY_ROLE:
            needs.append("a person's access token")
        elif self.roles:
            needs.append(f"the role {' or '.join(sorted(self.roles, key=ROLES.index))}")
        if self.scope is not None:
            needs.append(f"the scope {self.scope}")
        return ", or ".join(needs)

    def permits(self, identity: Identity) -> bool:
        """Whether this person or service may call."""
        if self.service_scope is not None:
            return identity.is_service and self.service_scope in identity.scopes
        return (
            self.is_public or identity.role in self.roles or (self.scope is not None and self.scope in identity.scopes)
        )

    def refused(self, identity: Identity) -> Refused:
        """The 403 for somebody who may not call: it names what is missing, as a sentence and as parameters."""
        roles, scope = sorted(self.roles, key=ROLES.index), self.scope or self.service_scope
        return forbidden(f"This needs {self.requirement}.", role=identity.role, roles=roles, scope=scope)


PUBLIC = Access("public", is_public=True)
PRIVATE = Access("private", roles=EVERY_ROLE)
PRIVATE_OR_WEBHOOKS = Access("private", roles=PRIVATE.roles, scope=WEBHOOKS_BANK)
"""People for what is about themselves; who has the scope, and administrators, for what is about anybody."""
PRIVATE_OR_SIMULATE = Access("private", roles=PRIVATE.roles, scope=SIMULATE)
STAFF = Access("employee, admin", roles=frozenset({"employee", "admin"}))
STAFF_OR_SIMULATION = Access(STAFF.name, roles=STAFF.roles, scope=SIMULATE)
ADMIN = Access("admin", roles=frozenset({"admin"}))
ACQUIRERS = Access(f"scope {ACQUIRE}", scope=ACQUIRE)
"""Who stands for shops and their terminals at the card network."""
SIMULATION = Access(f"scope {SIMULATE}", scope=SIMULATE)


def service_only(scope: str) -> Access:
    """For `/internal/*`: a service token with this scope."""
    return Access(f"service {scope}", service_scope=scope)


def access(rule: Access) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a route's access. Stands below the route decorator."""

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        view.access = rule  # type: ignore[attr-defined]
        return view

    return declare


def declared_access(app: Flask) -> dict[str, Access]:
    """Each endpoint's rule. Raises RuntimeError for a route without one."""
    rules = {}
    for endpoint, view in app.view_functions.items():
        rule = getattr(view, "access", None)
        if rule is None:
            message = f"the route {endpoint} declares no access; add @access(...)"
            raise RuntimeError(message)
        rules[endpoint] = rule
    return rules


def enforce_access(app: Flask, verifier: TokenVerifier) -> None:
    """Check each request against its route's rule. Call once, after all routes are registered."""
    rules = declared_access(app)

    def check() -> None:
        if request.endpoint is None:
            return
        rule = rules[request.endpoint]
        if rule.is_public:
            return
        identity = verifier.verify(bearer_token(request.headers.get("Authorization")))
        g.identity = identity
        if not rule.permits(identity):
            raise rule.refused(identity)
        g.identity_token = request.headers["Authorization"]

    app.before_request(check)
    app.extensions["token_verifier"] = verifier


def bearer_token(authorization: str | None) -> str:
    """The bearer token that a header carries. Raises Refused (401) when there is none."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Refused(UNAUTHENTICATED)
    return token


def current_identity() -> Identity:
    """Who makes the request being served; only behind a rule that is not public."""
    identity: Identity = g.identity
    return identity


def current_token() -> str:
    """The token that the request being served came with; only behind a rule that is not public."""
    return bearer_token(g.identity_token)


def calling_service(verifier: TokenVerifier) -> Identity | None:
    """The service that passes this request on for someone, proved by its own token; None when no service does."""
    if SERVICE_AUTHORIZATION not in request.headers:
        return None
    identity = verifier.verify(bearer_token(request.headers[SERVICE_AUTHORIZATION]))
    return identity if identity.is_service else None
