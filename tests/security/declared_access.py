"""Who may call what: the bank's decision, written down once by hand and compared with what the code declares.

A new route fails the access matrix until it stands here. "private" is anybody logged in, for what is their own.
`SERVICE_SCOPES` is what each service's own token may do; a new client of auth fails until it stands there.
"""

PUBLIC_ON_EVERY_SERVICE = {"GET /api/health": "public", "GET /metrics": "public", "GET /openapi.json": "public"}
_STAFF = "employee, admin"
_SIMULATION = "scope bank:simulate"

DECLARED_ACCESS: dict[str, dict[str, str]] = {
    "auth_service": {
        "POST /api/auth/register": "public",
        "POST /api/auth/login": "public",
        "POST /api/auth/refresh": "public",
        "POST /api/auth/token": "public",
        "GET /api/auth/jwks": "public",
        "POST /api/auth/logout": "private",
        "POST /api/auth/logout_all": "private",
        "GET /api/auth/verify_token": "private",
        "GET /api/auth/verify_admin": "private",
        "GET /api/auth/profile": "private",
        "PUT /api/auth/update_profile": "private",
        "POST /api/auth/change_password": "private",
        "GET /api/auth/sessions": "private",
        "DELETE /api/auth/sessions/<session_id>": "private",
        "GET /api/auth/users": _STAFF,
        "GET /api/auth/users/<user_id>": _STAFF,
        "PUT /api/auth/users/<user_id>": "admin",
        "POST /api/auth/users": "admin",
        "POST /api/auth/users/batch": _SIMULATION,
        "GET /internal/events": "service feed:read",
        "GET /internal/revocations": "service revocations:read",
        "GET /internal/users": "service users:read",
        "GET /internal/users/<user_id>": "service users:read",
        "POST /internal/users/lookup": "service users:read",
        "POST /internal/reset": "service bank:reset",
    },
    "account_service": {
        "POST /api/accounts/create": "private",
        "GET /api/accounts/list": "private",
        "GET /api/accounts/products": "private",
        "GET /api/accounts/details/<account_id>": "private",
        "PUT /api/accounts/update/<account_id>": "private",
        "DELETE /api/accounts/close/<account_id>": "private",
        "GET /api/accounts/lookup": "private",
        "POST /api/accounts/<account_id>/freeze": _STAFF,
        "POST /api/accounts/<account_id>/unfreeze": _STAFF,
        "GET /api/accounts/all": _STAFF,
        "POST /api/accounts/batch": _SIMULATION,
        "GET /internal/accounts": "service accounts:read",
        "GET /internal/events": "service feed:read",
        "POST /internal/reset": "service bank:reset",
    },
    "transaction_service": {
        "POST /api/transactions/deposit": "private",
        "POST /api/transactions/withdraw": "private",
        "POST /api/transactions/transfer": "private",
        "POST /api/transactions/batch": "private",
        "GET /api/transactions/list": "private",
        "GET /api/transactions/recent": "private",
        "GET /api/transactions/account/<account_id>": "private",
        "GET /api/transactions/details/<transaction_id>": "private",
        "GET /api/transactions/clock": "private",
        "POST /api/transactions/clock": _SIMULATION,
        "POST /api/transactions/<transaction_id>/reverse": _STAFF,
        "GET /api/transactions/all": _STAFF,
        "GET /internal/journal": "service feed:read",
        "GET /internal/ledger/accounts": "service ledger:read",
        "PUT /internal/ledger/accounts/<account_id>": "service ledger:accounts",
        "PUT /internal/ledger/accounts/<account_id>/status": "service ledger:accounts",
        "POST /internal/ledger/accounts/batch": "service ledger:accounts",
        "POST /internal/ledger/balances": "service ledger:accounts",
        "GET /internal/ledger/proof": "service ledger:read",
        "POST /internal/reset": "service bank:reset",
    },
    "reporting_service": {
        "GET /api/reports/account/<account_id>": "private",
        "GET /api/reports/transactions": "private",
        "GET /api/reports/list": "private",
        "GET /api/reports/details/<report_id>": "private",
        "GET /api/reports/system": "admin",
        "GET /api/reports/balances/total": "admin",
        "GET /api/reports/proof": "admin",
    },
    "simulator_service": {
        "POST /api/simulator/worlds": "admin",
        "POST /api/simulator/advance": "admin",
        "POST /api/simulator/live": "admin",
        "GET /api/simulator/jobs": "admin",
        "GET /api/simulator/jobs/<job_id>": "admin",
        "GET /api/simulator/status": "admin",
        "POST /api/simulator/reset": "admin",
    },
    "notification_service": {
        "GET /api/notifications/list": "private",
        "GET /api/notifications/unread_count": "private",
        "POST /api/notifications/<notification_id>/read": "private",
        "POST /api/notifications/read_all": "private",
        "POST /internal/reset": "service bank:reset",
    },
}

SERVICE_SCOPES: dict[str, set[str]] = {
    "api-gateway": {"client-address", "revocations:read"},
    "account-service": {"users:read", "ledger:accounts", "feed:read", "revocations:read"},
    "transaction-service": {"users:read", "revocations:read"},
    "simulator-service": {"bank:simulate", "bank:reset", "users:read", "revocations:read"},
    "reporting-service": {"feed:read", "users:read", "ledger:read", "accounts:read", "revocations:read"},
    "notification-service": {"feed:read", "users:read", "ledger:read", "accounts:read", "revocations:read"},
}

ALSO_FOR_THE_SIMULATION = {
    "POST /api/accounts/create",
    "GET /api/accounts/details/<account_id>",
    "PUT /api/accounts/update/<account_id>",
    "DELETE /api/accounts/close/<account_id>",
    "GET /api/accounts/all",
    "POST /api/transactions/deposit",
    "POST /api/transactions/withdraw",
    "POST /api/transactions/transfer",
    "POST /api/transactions/batch",
    "GET /api/transactions/clock",
}
"""Routes for people that a token with the scope bank:simulate may call as well, for synthetic customers alone."""
