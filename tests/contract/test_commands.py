"""What the client library can do, `sandbank` can: every method is used by a command, or is named here with a reason."""

import ast
from functools import cache
from inspect import getmembers, isfunction
from pathlib import Path

from sandbank import Client
from sandbank.resource import Resource
from tests.architecture.sources import ROOT

PAGED = {
    "accounts.list": "/api/accounts/list",
    "audit.list": "/api/audit",
    "cards.list": "/api/cards/list",
    "custom_reports.list": "/api/reports/custom",
    "direct_debits.collections": "/api/direct-debits/collections",
    "direct_debits.mandates": "/api/direct-debits/mandates",
    "holds.list": "/api/transactions/holds",
    "notifications.mailbox": "/api/notifications/mailbox",
    "payees.list": "/api/payees",
    "reports.list": "/api/reports/list",
    "scheduled_payments.list": "/api/scheduled-payments",
    "standing_orders.list": "/api/standing-orders",
    "transactions.list": "/api/transactions/list",
    "transactions.of_account": "/api/transactions/account/",
    "transactions.upcoming": "/api/transactions/upcoming",
    "webhooks.events": "/api/webhooks/events",
    "webhooks.list": "/api/webhooks",
}
"""Lists that commands read by their address, page after page."""
_SAME, _PAGES = "another command reads the same", "read and done on the pages of the web bank"
_ONE = "a list has all that one has"
WITHOUT_A_COMMAND = {
    "accounts.create_batch": "for programs: thousands at once",
    "auth.add_synthetic_users": "for the simulator: thousands at once",
    "transactions.batch": "for programs: thousands at once",
    "auth.log_in": "`login` goes by Client.log_in, which keeps the session",
    "auth.log_out": "`logout` goes by Client.log_out, which ends the session",
    "auth.refresh": "every command does it when its token has run out",
    "transactions.recent": _SAME,
    "transactions.iterate": _SAME,
    "holds.iterate": _SAME,
    "transactions.details": "`explain` says it, and why",
    "products.details": "`products show` has every version",
    "audit.details": _ONE,
    "audit.export": "a stream that programs verify",
    "auth.user": _ONE,
    "cards.statement": _ONE,
    "direct_debits.collection": _ONE,
    "direct_debits.mandate": _ONE,
    "holds.details": _ONE,
    "payees.details": _ONE,
    "reports.details": _ONE,
    "webhooks.details": _ONE,
    "custom_reports.runs": "`reports built` reads them by their address",
    "webhooks.deliveries": "`webhooks deliveries` reads it by its address",
    "reports.proof": "`proof` runs one and waits for it",
    "reports.latest_proof": "`proof` runs one and waits for it",
    "scheduled_payments.details": _ONE,
    "scheduled_payments.executions": "`orders show --once` reads it by its address",
    "standing_orders.details": _ONE,
    "standing_orders.executions": "`orders show` reads it by its address",
    "simulator.data_dictionary": "each export has it, and a page",
    "simulator.list_jobs": "`simulate status` names those that run",
    "accounts.freeze": _PAGES,
    "accounts.unfreeze": _PAGES,
    "accounts.rename": _PAGES,
    "transactions.reverse": _PAGES,
    "auth.change_password": _PAGES,
    "auth.end_session": _PAGES,
    "auth.iterate_sessions": _PAGES,
    "auth.list_sessions": _PAGES,
    "auth.log_out_everywhere": _PAGES,
    "auth.update_profile": _PAGES,
    "notifications.list": _PAGES,
    "notifications.read": _PAGES,
    "notifications.read_all": _PAGES,
    "notifications.unread_count": _PAGES,
    **dict.fromkeys(
        (f"reports.{name}" for name in ("activity", "cash_flow", "categories", "liquidity", "net_worth", "recurring")),
        "drawn as charts on the pages",
    ),
    "own_data.erasure": "`own-data erase` says how far it has come",
    "reports.watch_live": "`live --watch` asks each second",
    "reports.transactions": "`export` has the rows",
    "reports.wealth": "drawn as charts on the pages",
}


def methods() -> set[str]:
    """`group.method` of all that the client library offers."""
    groups = {name: value for name, value in vars(Client("http://127.0.0.1:1")).items() if isinstance(value, Resource)}
    assert len(groups) > 15
    return {
        f"{name}.{method}"
        for name, group in groups.items()
        for method, _ in getmembers(type(group), isfunction)
        if not method.startswith("_")
    }


@cache
def nodes() -> tuple[ast.AST, ...]:
    """The code of all commands."""
    files = sorted(Path(ROOT / "cli").rglob("*.py"))
    return tuple(node for path in files for node in ast.walk(ast.parse(path.read_text())))


def used() -> set[str]:
    """`group.method` wherever a command names one, also of one group or another."""
    found = set()
    for node in nodes():
        if isinstance(node, ast.Attribute):
            either = node.value
            groups = [either.body, either.orelse] if isinstance(either, ast.IfExp) else [either]
            found |= {f"{group.attr}.{node.attr}" for group in groups if isinstance(group, ast.Attribute)}
    return found


def test_every_method_of_the_client_library_is_a_command_or_has_a_reason_to_be_none() -> None:
    missing = methods() - used()
    assert missing - PAGED.keys() - WITHOUT_A_COMMAND.keys() == set(), "make it a command, or say why not"
    assert WITHOUT_A_COMMAND.keys() - missing == set(), "it has a command, or is no method any more"
    assert PAGED.keys() - missing == set()


def test_what_is_read_by_its_address_is_read() -> None:
    texts = {node.value for node in nodes() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    assert set(PAGED.values()) - texts == set()
