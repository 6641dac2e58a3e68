"""Every page and form of the web bank, from its own routes: who may use it (catalogue 39), and that whatever people
wrote anywhere is text there (catalogue 48). A new page is held to both by itself."""

from dataclasses import dataclass
from typing import Any

import pytest

from shared import services
from shared.identifiers import new_id
from shared.identity.access import declared_access
from tests.pages import SCRIPT_CORPUS, SIGNS_IN, Browser
from tests.web_bank import Customer, WebBank
from tests.web_people import administrator, another_device, catch_up, employee

NOT_SIGNED_IN = "nobody"
ROLES = (NOT_SIGNED_IN, "customer", "employee", "admin")
OF_FILES = frozenset({"static", "bootstrap.static", "public.swagger_file", "public.stylesheet_file", "reports.plotly"})
SAYS_ALREADY_ENDED = frozenset({"POST /settings/devices/<session_id>/end"})
"""A device that is not one's own is, to them, one that is logged out already: back to the list."""


@dataclass(frozen=True)
class Use:
    """A route with one of its methods; `roles` may use it, or anybody when there are none."""

    method: str
    rule: Any
    roles: frozenset[str]

    def path(self, ids: dict[str, str]) -> str:
        """Its address with these ids. Raises KeyError for a kind of id that nobody thought of here."""
        _, path = self.rule.build({name: ids[name] for name in self.rule.arguments})
        return str(path)

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


@dataclass(frozen=True)
class Neighbourhood:
    """A writer of hostile texts with something of everything, and one browser of each role."""

    web: WebBank
    writer: Customer
    ids: dict[str, str]
    browsers: dict[str, Browser]
    uses: list[Use]


@pytest.fixture(scope="module")
def here(web: WebBank) -> Neighbourhood:
    app = web.bank.apps[services.GATEWAY.package]
    rules = declared_access(app)
    uses = [
        Use(method, rule, rules[rule.endpoint].roles)
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in OF_FILES
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
    ]
    writer = web.customer(SCRIPT_CORPUS[0])
    ids = _something_of_everything(web, writer)
    browsers = {
        NOT_SIGNED_IN: web.browser(),
        "customer": web.customer("Nora Neighbour"),
        "employee": employee(web, "every.clerk"),
        "admin": administrator(web, "every.chief"),
    }
    return Neighbourhood(web, writer, ids, browsers, uses)


def _something_of_everything(web: WebBank, writer: Customer) -> dict[str, str]:
    """Each hostile text in each field that takes text; the ids of what came of it."""
    texts = [text[:50] for text in SCRIPT_CORPUS]
    account = writer.opened(nickname=texts[1], initial_deposit="500.00")
    for text in texts:
        other = writer.opened(nickname=text)
        order = {"from_account_id": account["id"], "to_account_id": other["id"], "amount": "1.00"}
        done = writer.ask(
            services.TRANSACTION, "POST", "/api/transactions/transfer", {**order, "description": text, "category": text}
        )
        another_device(writer, user_agent=text)
    payer = web.customer(SCRIPT_CORPUS[2])
    paying = payer.opened(initial_deposit="9000.00")
    gift = {"from_account_id": paying["id"], "to_account_number": account["account_number"], "amount": "5000.00"}
    payer.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", {**gift, "description": texts[4]})
    promise = {"account_id": account["id"], "amount": "1.00", "description": texts[3]}
    web.staff(services.TRANSACTION, "POST", "/api/transactions/holds", promise)
    card, payment, dispute = _card_payment(web, writer, account, texts)
    (hold,) = writer.ask(services.TRANSACTION, "GET", "/api/transactions/holds")
    web.staff(services.ACCOUNT, "POST", f"/api/accounts/{other['id']}/freeze", {"reason": texts[5]})
    catch_up(web)
    arranged = _arranged(writer, account, texts)
    report = writer.ask(services.REPORTING, "GET", f"/api/reports/account/{account['id']}")
    inbox = writer.ask(services.NOTIFICATION, "GET", "/api/notifications/list")
    sessions = writer.ask(services.AUTH, "GET", "/api/auth/sessions")
    return {
        "account_id": account["id"],
        "transaction_id": done["id"],
        "report_id": report["id"],
        **_custom_report(writer, texts),
        "notification_id": inbox[0]["id"],
        "session_id": sessions[0]["id"],
        "user_id": writer.user_id,
        "job_id": new_id(),
        "fault_id": new_id(),
        "record_id": _frozen(web),
        "hold_id": hold["id"],
        **arranged,
        "code": "checking-plus",
        "card_id": card["id"],
        "credit_card_id": _credit_card(writer, account, texts),
        "statement_id": "open",
        "authorization_id": payment["id"],
        "dispute_id": dispute["id"],
        **_webhook(writer, texts),
        "action": "freeze",
    }


def _custom_report(writer: Customer, texts: list[str]) -> dict[str, str]:
    """A report with a hostile name, grouped by hostile texts."""
    asked = {"name": texts[0], "measures": ["sum", "count"], "dimensions": ["category", "counterparty", "account"]}
    everything = {**asked, "filters": {"between_own_accounts": True}}
    made = writer.ask(services.REPORTING, "POST", "/api/reports/custom", everything)
    return {"custom_report_id": made["id"], "run_id": made["latest_run"]["id"]}


def _frozen(web: WebBank) -> str:
    """What is written down of the account that was frozen, and why."""
    headers = web.bank.headers("admin")
    found = web.bank.client(services.REPORTING).get("/api/audit?action=account_frozen", headers=headers)
    return str(found.json["data"][0]["id"])


def _card_payment(
    web: WebBank, writer: Customer, account: dict[str, Any], texts: list[str]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """A card, a payment with it and a dispute of that, with hostile texts wherever there is room for one."""
    order = {"account_id": account["id"], "nickname": texts[6]}
    card = writer.ask(services.ACCOUNT, "POST", "/api/cards/create", order)
    merchant = {"name": texts[7], "mcc": "5812", "country": "DE", "city": texts[8]}
    asked = {"card_id": card["id"], "amount": "2.00", "currency": "EUR", "merchant": merchant, "channel": "online"}
    payment = web.bank.client(services.TRANSACTION).post(
        "/api/card-network/authorizations",
        json={**asked, "capture": True},
        headers=web.bank.headers("admin", scope="bank:simulate cards:acquire"),
    )
    bought = next(it for it in writer.movements() if it["type"] == "card_purchase")
    claim = {"transaction_id": bought["id"], "reason": texts[0]}
    dispute = writer.ask(services.TRANSACTION, "POST", "/api/card-network/disputes", claim)
    return card, payment.json["data"], dispute


def _webhook(writer: Customer, texts: list[str]) -> dict[str, str]:
    """A webhook with a hostile name, and a message on its way to it."""
    asked = {"url": "https://example.org/'onload=alert(1)", "events": ["*"], "description": texts[7]}
    webhook_id = writer.ask(services.NOTIFICATION, "POST", "/api/webhooks", asked)["id"]
    ping = writer.ask(services.NOTIFICATION, "POST", f"/api/webhooks/{webhook_id}/ping", {})
    return {"webhook_id": webhook_id, "delivery_id": ping["id"]}


def _credit_card(writer: Customer, account: dict[str, Any], texts: list[str]) -> str:
    order = {"kind": "credit", "settlement_account_id": account["id"], "nickname": texts[6]}
    return str(writer.ask(services.ACCOUNT, "POST", "/api/cards/create", order)["id"])


def _arranged(writer: Customer, account: dict[str, Any], texts: list[str]) -> dict[str, str]:
    """A payee, a standing order and a mandate between two accounts of theirs, each with hostile texts."""

    def made(path: str, payload: dict[str, str]) -> str:
        return str(writer.ask(services.TRANSACTION, "POST", path, payload)["id"])

    other = writer.opened()
    far = "2190-01-01"
    sides = {"from_account_id": account["id"], "to_account_id": other["id"], "amount": "1.00", "description": texts[0]}
    asked = {
        "creditor_account_id": other["id"],
        "debtor_account_number": account["account_number"],
        "reference": texts[3][:35],
    }
    mandate_id = made("/api/direct-debits/mandates", asked)
    made(f"/api/direct-debits/mandates/{mandate_id}/confirm", {})
    collection = {"mandate_id": mandate_id, "amount": "1.00", "due_on": far, "description": texts[2]}
    payee = {"name": texts[1], "account_number": other["account_number"], "reference": texts[5]}
    return {
        "order_id": made("/api/standing-orders", {**sides, "frequency": "monthly", "first_on": far}),
        "payment_id": made("/api/scheduled-payments", {**sides, "execute_on": far}),
        "payee_id": made("/api/payees", payee),
        "mandate_id": mandate_id,
        "collection_id": made("/api/direct-debits/collections", collection),
    }


def _use(browser: Browser, use: Use, ids: dict[str, str]) -> tuple[int, str]:
    """The status, and where it leads."""
    if use.method == "GET":
        reply = browser.client.get(use.path(ids), buffered=True)
    else:
        form = browser.open("/login" if browser.client.get("/dashboard").status_code == 303 else "/dashboard").forms[-1]
        reply = browser.client.post(use.path(ids), data={"csrf_token": form.fields["csrf_token"]})
    return reply.status_code, reply.headers.get("Location", "")


def _snapshot(here: Neighbourhood) -> Any:
    """All that a stranger could have changed."""
    ask = here.writer.ask
    return (
        ask(services.ACCOUNT, "GET", "/api/accounts/list"),
        here.writer.movements(),
        ask(services.AUTH, "GET", "/api/auth/profile"),
        [one["id"] for one in ask(services.AUTH, "GET", "/api/auth/sessions")],
        ask(services.NOTIFICATION, "GET", "/api/notifications/list"),
        ask(services.NOTIFICATION, "GET", "/api/webhooks"),
        ask(services.REPORTING, "GET", "/api/reports/custom"),
        *(
            ask(services.TRANSACTION, "GET", f"/api/{path}")
            for path in ("payees", "standing-orders", "scheduled-payments")
        ),
        *(ask(services.TRANSACTION, "GET", f"/api/direct-debits/{path}") for path in ("mandates", "collections")),
    )


@pytest.mark.thorough
def test_head_is_get_without_a_body_and_changes_nothing(here: Neighbourhood) -> None:
    """But for what no two pages share: the id of the request, and the cookie with what a form was made with."""
    own = {"X-Request-ID", "Date", "Set-Cookie", "Content-Length"}

    def seen(reply: Any) -> tuple[int, dict[str, str]]:
        return reply.status_code, {name: value for name, value in reply.headers.items() if name not in own}

    before = _snapshot(here), here.writer.ask(services.REPORTING, "GET", "/api/reports/list")
    pages = [use for use in here.uses if use.method == "GET"]
    heads = [
        (use, who, seen(who.client.head(use.path(here.ids), buffered=True)))
        for use in pages
        for who in (here.browsers[NOT_SIGNED_IN], here.writer, here.browsers["admin"])
    ]
    assert (_snapshot(here), here.writer.ask(services.REPORTING, "GET", "/api/reports/list")) == before
    for use, who, head in heads:
        assert head == seen(who.client.get(use.path(here.ids), buffered=True)), str(use)


def test_nobody_gets_behind_the_log_in(here: Neighbourhood) -> None:
    closed = [use for use in here.uses if use.roles]
    assert len(closed) > 30
    for use in closed:
        status, to = _use(here.browsers[NOT_SIGNED_IN], use, here.ids)
        assert (status, to.partition("?")[0]) == (303, "/login"), str(use)
        assert "?next=/" in to or "GET" not in (use.rule.methods or ()), str(use)


@pytest.mark.parametrize("role", ["customer", "employee"])
def test_a_role_that_a_page_is_not_for_is_told_so(here: Neighbourhood, role: str) -> None:
    before = _snapshot(here)
    closed = [use for use in here.uses if use.roles and role not in use.roles]
    assert len(closed) > 5
    assert {str(use): _use(here.browsers[role], use, here.ids)[0] for use in closed} == {
        str(use): 403 for use in closed
    }
    assert _snapshot(here) == before


def test_what_is_somebody_else_s_is_not_there(here: Neighbourhood) -> None:
    before = _snapshot(here)
    of_one = [use for use in here.uses if "customer" in use.roles and use.rule.arguments]
    assert len(of_one) > 8
    found = {str(use): _use(here.browsers["customer"], use, here.ids)[0] for use in of_one}
    assert found == {str(use): 303 if str(use) in SAYS_ALREADY_ENDED else 404 for use in of_one}
    assert _snapshot(here) == before


@pytest.mark.parametrize("role", ["writer", "employee", "admin"])
def test_whatever_was_written_is_text_on_every_page(here: Neighbourhood, role: str) -> None:
    browser = here.writer if role == "writer" else here.browsers[role]
    as_role = "customer" if role == "writer" else role
    shown = ""
    for use in here.uses:
        if use.method != "GET" or (use.roles and as_role not in use.roles):
            continue
        reply = browser.client.get(use.path(here.ids), buffered=True)
        assert reply.status_code < 400 or (reply.status_code == 404 and role != "writer"), str(use)
        if reply.mimetype == "text/html" and reply.status_code == 200:
            page = browser.look(reply, 200)
            page.check_harmless()
            shown += page.text
            described = [
                given["content"] for tag, given in page.tags if tag == "meta" and given.get("name") == "description"
            ]
            assert len(described) == 1, str(use)
            assert len(described[0]) > 40, f"{use} says to nobody outside what it is"
    assert SCRIPT_CORPUS[0] in shown, "the texts were to be seen"
    assert SIGNS_IN.findall(shown) == []
