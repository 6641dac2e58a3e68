"""A person's transactions on the pages: the list with its filters, receipts, and what staff take back."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.web.formatting import iso_day
from shared import services
from shared.identifiers import new_id
from tests.pages import SCRIPT_CORPUS, Form, Page
from tests.web_bank import PASSWORD, Customer, WebBank
from tests.web_people import catch_up, employee, log_in

LIST = "/transactions"
Row = dict[str, Any]


@pytest.fixture
def ada(web: WebBank) -> Customer:
    return web.customer("Ada Lovelace")


@pytest.fixture
def account(ada: Customer) -> Row:
    """Ada's, with 100.00 in it."""
    return ada.opened(initial_deposit="100.00")


@pytest.fixture(scope="module")
def eve(web: WebBank) -> Customer:
    """An employee."""
    return employee(web)


def move(customer: Customer, action: str, account: Row, amount: str, **facts: str) -> Row:
    """A deposit or a withdrawal."""
    payload = {"account_id": account["id"], "amount": amount, **facts}
    moved: Row = customer.ask(services.TRANSACTION, "POST", f"/api/transactions/{action}", payload)
    return moved


def filters(page: Page) -> Form:
    """The form of the filters."""
    return next(form for form in page.forms if form.action == LIST)


def links(page: Page, start: str) -> list[str]:
    """Where the page's links lead that begin like this."""
    return [given["href"] for tag, given in page.tags if tag == "a" and given.get("href", "").startswith(start)]


def listed(page: Page) -> list[str]:
    """The ids of the transactions on the page."""
    return [link.removeprefix(f"{LIST}/") for link in links(page, f"{LIST}/")]


def next_page(page: Page) -> str:
    """Where the next page is."""
    return next(given["href"] for tag, given in page.tags if given.get("rel") == "next")


def test_each_filter_reaches_the_bank(ada: Customer, account: Row) -> None:
    tea = move(ada, "withdraw", account, "4.50", description="Tea at Fortnum", category="coffee")
    gift = move(ada, "deposit", account, "40.00", description="From Byron", category="gifts")
    opening = ada.movements()[-1]
    for query, expected in {
        "direction=out": [tea],
        "direction=in": [gift, opening],
        "type=withdrawal": [tea],
        "category=gifts": [gift],
        "status=completed": [gift, tea, opening],
        "status=refused": [],
        "min_amount=40": [gift, opening],
        "max_amount=40": [gift, tea],
        "q=fortnum": [tea],
        f"q={gift['reference']}": [gift],
        f"account_id={account['id']}&direction=out": [tea],
        "q=fortnum&direction=in": [],
    }.items():
        assert listed(ada.open(f"{LIST}?{query}")) == [it["id"] for it in expected], query


def test_the_last_day_of_a_period_belongs_to_it(ada: Customer, account: Row) -> None:
    today = iso_day(move(ada, "deposit", account, "1.00")["effective_at"])
    assert len(listed(ada.open(f"{LIST}?from={today}&to={today}"))) == 2
    assert listed(ada.open(f"{LIST}?to=1999-12-31")) == []


def test_filters_stay_in_the_address_of_the_next_page(ada: Customer, account: Row) -> None:
    for number in range(51):
        move(ada, "deposit", account, "1.00", description=f"Number {number}")
    chosen = {"q": ["Number"], "direction": ["in"], "to": ["2999-01-01"]}
    first = ada.open(f"{LIST}?q=Number&direction=in&to=2999-01-01&type=")
    address = next_page(first)
    query = parse_qs(urlsplit(address).query)
    cursor = query.pop("cursor")
    assert (query, len(cursor)) == (chosen, 1)
    second = ada.open(address)
    assert (len(listed(first)), len(listed(second))) == (50, 1)
    assert not set(listed(first)) & set(listed(second))
    assert filters(second).fields["q"] == "Number"
    assert "End of the list." in second.text


def test_days_stand_above_their_transactions(ada: Customer, account: Row) -> None:
    page = ada.open(LIST)
    heading = page.by_id["day-1"]
    assert account["created_at"][:4] in heading
    assert heading.split(",")[0] in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def test_a_filter_that_is_not_right_is_named_and_the_others_are_kept(ada: Customer, account: Row) -> None:
    page = ada.open(f"{LIST}?q=rent&type=nonsense&from=20.11.2026&min_amount=1e3&account_id={account['id']}", 422)
    assert "not one of the choices" in page.by_id["type-error"]
    assert "Enter a date such as 2026-11-20." in page.by_id["from-error"]
    assert "such as 12.34" in page.by_id["min_amount-error"]
    kept = filters(page).fields
    assert (kept["q"], kept["from"], kept["min_amount"], kept["account_id"]) == (
        "rent",
        "20.11.2026",
        "1e3",
        account["id"],
    )
    assert listed(page) == []


@pytest.mark.parametrize("path", [LIST, "/reports/transactions"])
def test_a_range_that_ends_before_it_begins_is_named_beside_its_end(ada: Customer, path: str) -> None:
    page = ada.open(f"{path}?from=2026-11-25&to=2026-11-24", 422)
    assert "before the one in From" in page.by_id["to-error"]
    assert "Nothing matches" not in page.text


def test_one_day_holds_all_that_moved_on_it(ada: Customer, account: Row) -> None:
    newest = ada.movements()[0]
    day = iso_day(newest["effective_at"])
    assert newest["id"] in listed(ada.open(f"{LIST}?from={day}&to={day}"))


def test_a_cursor_that_nobody_gave_out_leads_to_the_beginning_with_the_filters(ada: Customer) -> None:
    reply = ada.client.get(f"{LIST}?q=rent&cursor=forged")
    assert (reply.status_code, reply.headers["Location"]) == (303, f"{LIST}?q=rent")


def test_nothing_yet_is_told_apart_from_nothing_that_matches(ada: Customer) -> None:
    assert "Open an account to begin." in ada.open(LIST).text
    ada.opened()
    assert "No activity yet" in ada.open(LIST).text
    assert links(ada.page, "/deposit")
    assert "Nothing matches" in ada.open(f"{LIST}?q=unheard-of").text


def test_the_list_is_there_while_reporting_is_away(
    web: WebBank, ada: Customer, account: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    catch_up(web)
    assert "opening" not in filters(ada.open(LIST)).fields["category"]
    monkeypatch.setenv("REPORTING_SERVICE_URL", "http://127.0.0.1:9")
    assert len(listed(ada.open(f"{LIST}?account_id={account['id']}"))) == 1


def test_a_receipt_says_everything(web: WebBank, ada: Customer, account: Row) -> None:
    grace = web.customer("Grace Hopper")
    theirs = grace.opened()
    payload = {
        "from_account_id": account["id"],
        "to_account_id": theirs["id"],
        "amount": "12.50",
        "description": "For the moth",
        "category": "books",
    }
    it = ada.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", payload)
    text = " ".join(ada.open(f"{LIST}/{it['id']}").text.split())
    for said in ("\u221212.50", "Grace Hopper", "For the moth", "Books", "87.50", it["reference"], "Completed"):
        assert said in text, said
    assert "Booked" not in text, "booked when it took effect"
    assert theirs["account_number"] not in text.replace(" ", "")
    assert "+12.50" in grace.open(f"{LIST}/{it['id']}").text


def test_a_receipt_is_in_bank_time_and_staff_read_when_it_was_booked_as_well(web: WebBank, eve: Customer) -> None:
    simulation = web.bank.headers("service", user_id="simulator-service", scope="bank:simulate")
    person = {"username": "late.ada", "email": "late.ada@example.org", "full_name": "Late Ada"}
    people = {"users": [person], "password": PASSWORD}
    made = web.bank.client(services.AUTH).post("/api/auth/users/batch", json=people, headers=simulation)
    late = Customer(web.bank.client(services.GATEWAY), web.bank, "late.ada", made.json["data"][0]["id"])
    wanted = {"account_type": "checking", "user_id": late.user_id}
    opened = web.bank.client(services.ACCOUNT).post("/api/accounts/create", json=wanted, headers=simulation)
    item = {
        "type": "deposit",
        "idempotency_key": new_id(),
        "account_id": opened.json["data"]["id"],
        "amount": "1.00",
        "effective_at": "2026-03-01T12:30:00Z",
    }
    posted = web.bank.client(services.TRANSACTION).post(
        "/api/transactions/batch", json={"items": [item]}, headers=simulation
    )
    it = posted.json["data"][0]["transaction"]
    log_in(late, "late.ada")
    text = " ".join(late.open(f"{LIST}/{it['id']}").text.split())
    assert text.count("1 Mar 2026, 13:30 CET") == 1
    assert "Booked" not in text
    staff = " ".join(eve.open(f"{LIST}/{it['id']}").text.split())
    assert "Bank time1 Mar 2026, 13:30 CET" in staff
    assert "Booked (real time)" in staff


def test_a_refused_attempt_says_why_in_words(ada: Customer, account: Row) -> None:
    payload = {"account_id": account["id"], "amount": "1000.00", "description": "A yacht"}
    headers = ada.bank.headers(user_id=ada.user_id)
    ledger = ada.bank.client(services.TRANSACTION)
    assert ledger.post("/api/transactions/withdraw", json=payload, headers=headers).status_code == 400
    (attempt,) = listed(ada.open(f"{LIST}?status=refused"))
    text = ada.open(f"{LIST}/{attempt}").text
    assert "No money moved." in text
    assert "not enough money available" in text
    assert "INSUFFICIENT_FUNDS" not in text


@pytest.mark.parametrize("path", [LIST + "/{}", LIST + "/{}/reverse"])
def test_somebody_elses_transaction_is_not_there(ada: Customer, account: Row, web: WebBank, path: str) -> None:
    it = ada.movements()[0]
    mallory = web.customer("Mallory")
    status = 403 if path.endswith("reverse") else 404
    for named in (it["id"], new_id(), "..%2f..%2flist"):
        reply = mallory.client.get(path.format(named))
        expected = 404 if "%2f" in named else status
        assert (reply.status_code, reply.mimetype) == (expected, "text/html")
        assert "100.00" not in reply.text


def test_staff_take_back_a_part_then_the_rest(ada: Customer, account: Row, eve: Customer) -> None:
    it = move(ada, "withdraw", account, "30.00", description="Twice by mistake")
    page = eve.open(f"{LIST}/{it['id']}")
    assert "Ada Lovelace" in page.text
    (path,) = links(page, f"{LIST}/{it['id']}/reverse")
    eve.open(path)
    eve.send(path, step="review", amount="12,5", reason="Charged twice")
    assert "12.50 EUR" in " ".join(eve.page.text.replace("\xa0", " ").split())
    assert ada.balance(account) == "70.00", "a review moves nothing"
    receipt = eve.follow(eve.send(path, 303, step="send"))
    assert "Reversed 12.50 EUR." in receipt.text
    assert links(receipt, f"{LIST}/{it['id']}") == [f"{LIST}/{it['id']}"], "it leads to what it takes back"
    assert ada.balance(account) == "82.50"
    eve.open(path)
    eve.send(path, step="review", reason="The rest")
    assert "17.50" in eve.page.text
    eve.send(path, 303, step="send")
    assert ada.balance(account) == "100.00"
    assert links(eve.open(f"{LIST}/{it['id']}"), path) == [], "nothing is left"
    assert eve.client.get(path).status_code == 303
    assert "Reversed since" in ada.open(f"{LIST}/{it['id']}").text


def test_a_reversal_sent_twice_moves_money_once(ada: Customer, account: Row, eve: Customer) -> None:
    path = f"{LIST}/{move(ada, 'withdraw', account, '30.00')['id']}/reverse"
    eve.open(path)
    eve.send(path, step="review", amount="10", reason="Sorry")
    replies = [eve.send(path, 303, step="send") for _ in range(3)]
    assert len({reply.headers["Location"] for reply in replies}) == 1
    assert ada.balance(account) == "80.00"


def test_a_reversal_whose_reply_was_lost_can_be_sent_again(
    web: WebBank, ada: Customer, account: Row, eve: Customer
) -> None:
    path = f"{LIST}/{move(ada, 'withdraw', account, '30.00')['id']}/reverse"

    def lose(called: str) -> None:
        if called.endswith("/reverse"):
            web.weather.before_call = None
            web.weather.lose_replies = 1

    eve.open(path)
    eve.send(path, step="review", reason="Sorry")
    web.weather.before_call = lose
    eve.send(path, 503, step="send")
    assert "it cannot happen twice" in eve.page.text
    eve.send(path, 303, step="send")
    assert ada.balance(account) == "100.00"


@pytest.mark.parametrize(
    ("filled", "problem"),
    [
        ({"amount": "ten", "reason": "Sorry"}, ("amount", "Type an amount such as 12.34.")),
        ({"amount": "1.00", "reason": " "}, ("reason", "Give a reason")),
        ({"amount": "1.00", "reason": "x" * 141}, ("reason", "140")),
    ],
)
def test_what_is_wrong_with_a_reversal_stands_beside_its_field(
    ada: Customer, account: Row, eve: Customer, filled: dict[str, str], problem: tuple[str, str]
) -> None:
    field, words = problem
    path = f"{LIST}/{ada.movements()[0]['id']}/reverse"
    eve.open(path)
    eve.send(path, 422, step="review", **filled)
    assert words in eve.page.by_id[f"{field}-error"]
    assert eve.page.form(path).fields["amount"] == filled["amount"]


def test_more_than_is_left_is_refused_and_can_be_mended(ada: Customer, account: Row, eve: Customer) -> None:
    path = f"{LIST}/{move(ada, 'withdraw', account, '30.00')['id']}/reverse"
    eve.open(path)
    eve.send(path, step="review", amount="31", reason="Sorry")
    eve.send(path, 422, step="send")
    assert "more than the 30.00 EUR left to reverse" in eve.page.text
    eve.send(path, step="review", amount="30")
    eve.send(path, 303, step="send")
    assert ada.balance(account) == "100.00"


def test_text_of_others_is_only_ever_text(ada: Customer, eve: Customer, web: WebBank) -> None:
    """Catalogue 48: description, category, nickname, name."""
    for text in SCRIPT_CORPUS:
        account = ada.opened(nickname=text[:50])
        it = move(ada, "deposit", account, "1.00", description=text, category=text[:50])
        catch_up(web)
        receipt = ada.open(f"{LIST}/{it['id']}")
        assert text in receipt.text
        receipt.check_harmless()
        found = ada.open(f"{LIST}?account_id={account['id']}")
        assert text in found.text
        found.check_harmless()
        for path in (f"{LIST}/{it['id']}", f"{LIST}/{it['id']}/reverse"):
            eve.open(path).check_harmless()
        eve.send(f"{LIST}/{it['id']}/reverse", step="review", reason=text)
        assert text in eve.page.text
        eve.page.check_harmless()


def test_what_was_searched_for_is_only_ever_text(ada: Customer) -> None:
    for text in SCRIPT_CORPUS:
        query = {"q": text, "category": text[:50], "min_amount": text, "from": text, "type": text}
        reply = ada.client.get(LIST, query_string=query)
        page = Page(reply.text)
        page.check_harmless()
        assert (reply.status_code, filters(page).fields["q"]) == (422, text)


def test_staff_see_and_find_both_sides_of_a_payment_and_each_customer_their_own(
    web: WebBank, ada: Customer, account: Row, eve: Customer
) -> None:
    grace = web.customer("Grace Hopper")
    theirs = grace.opened()
    payload = {"from_account_id": account["id"], "to_account_number": theirs["account_number"], "amount": "25.40"}
    it = ada.ask(services.TRANSACTION, "POST", "/api/transactions/transfer", payload)
    path = f"{LIST}/{it['id']}"
    for sought in ("Grace Hopper", theirs["account_number"]):
        page = eve.open(f"/admin/transactions?q={sought}")
        assert it["id"] in listed(page), sought
    assert "Ada Lovelace \u2192 Grace Hopper" in " ".join(page.text.split())
    seen_by_staff = " ".join(eve.open(path).text.split())
    assert "Ada Lovelace" in seen_by_staff
    assert "Grace Hopper" in seen_by_staff
    assert "\u221225.40" not in seen_by_staff, "neither side's sign: it is read from no account"
    assert "Balance after" not in seen_by_staff
    assert "\u221225.40 EUR" in " ".join(ada.open(path).text.split())
    received = " ".join(grace.open(path).text.split())
    assert "+25.40 EUR" in received
    assert ada.balance(account) not in received, "the payer's balance is not theirs to know"
