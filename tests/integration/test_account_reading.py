"""Who sees what of an account, and what closing and freezing do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.identifiers import new_id
from tests.account_bank import AccountBank, account_bank


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


def test_a_number_is_whole_for_its_owner_and_masked_for_everyone_else(bank: AccountBank) -> None:
    jane = bank.person()
    account = bank.opened(jane)
    number = account["account_number"]
    masked = f"{number[:4]}{'*' * 14}{number[-4:]}"
    assert bank.call("GET", "/list", jane).json["data"][0]["account_number"] == number
    for role in ("employee", "admin"):
        assert bank.staff("GET", f"/details/{account['id']}", role=role).json["data"]["account_number"] == masked
        assert bank.staff("GET", "/all", role=role).json["data"][0]["account_number"] == masked


def test_what_is_not_yours_is_not_there(bank: AccountBank) -> None:
    account_id, john = bank.opened(bank.person())["id"], bank.person("John Roe")
    for method, path, body in (
        ("GET", "/details/{}", None),
        ("PUT", "/update/{}", {"nickname": "Mine"}),
        ("DELETE", "/close/{}", None),
    ):
        theirs = bank.call(method, path.format(account_id), john, body)
        nobodys = bank.call(method, path.format(new_id()), john, body)
        assert theirs.status_code == nobodys.status_code == 404
        assert {**theirs.json, "request_id": 0} == {**nobodys.json, "request_id": 0}
    for path in ("not-an-id", "%00", "1' OR '1'='1"):
        assert bank.call("GET", f"/details/{path}", john).status_code == 404


def test_a_customer_neither_freezes_nor_lists_the_bank(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane)["id"]
    for method, path, body in (
        ("POST", f"/{account_id}/freeze", {"reason": "x"}),
        ("POST", f"/{account_id}/unfreeze", {"reason": "x"}),
        ("GET", "/all", None),
        ("POST", "/batch", {"accounts": []}),
    ):
        assert bank.call(method, path, jane, body).status_code == 403


def test_a_page_of_accounts_asks_the_ledger_once(bank: AccountBank) -> None:
    jane = bank.person()
    for _ in range(5):
        bank.opened(jane, initial_deposit="3.00")
    bank.weather.calls.clear()
    page = bank.call("GET", "/list", jane).json["data"]
    assert [account["balance"] for account in page] == ["3.00"] * 5
    assert bank.weather.calls == ["POST /internal/ledger/balances"]


def test_pages_follow_each_other_without_gap_or_repeat(bank: AccountBank) -> None:
    jane = bank.person()
    made = [bank.opened(jane)["id"] for _ in range(5)]
    for path, order in (("/list", made), ("/all", made[::-1])):
        seen, cursor = [], ""
        while True:
            reply = bank.staff("GET", f"{path}?limit=2{cursor}") if path == "/all" else None
            page = (reply or bank.call("GET", f"{path}?limit=2{cursor}", jane)).json
            seen += [account["id"] for account in page["data"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == order


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=forged", "cursor=MS4x", "colour=red"])
def test_a_forged_page_is_refused(bank: AccountBank, query: str) -> None:
    assert bank.call("GET", f"/list?{query}", bank.person()).status_code == 422


def test_staff_find_accounts_by_name_number_type_status_and_owner(bank: AccountBank) -> None:
    jane, john = bank.person("Jane Doe"), bank.person("John 100% Roe")
    first = bank.opened(jane, account_type="savings", nickname="Rent")
    second = bank.opened(john)
    third = bank.opened(bank.person("Wolfgang Müller"), nickname="ÄRGER")
    bank.staff("POST", f"/{second['id']}/freeze", {"reason": "x"})
    for query, found in (
        ("q=jane", [first]),
        ("q=WOLFGANG MÜLL", [third]),
        ("q=ärger", [third]),
        ("q=rent", [first]),
        ("q=100%25", [second]),
        ("q=%25", [second]),
        ("q=_", []),
        ("q=' OR 1=1 --", []),
        (f"q={first['account_number']}", [first]),
        (f"q={first['account_number'][-6:]}", []),
        ("type=savings", [first]),
        ("status=frozen", [second]),
        (f"user_id={john}", [second]),
    ):
        rows = bank.staff("GET", f"/all?{query}").json["data"]
        assert [row["id"] for row in rows] == [account["id"] for account in found], query
    tail = bank.staff("GET", f"/all?q={first['account_number'][-4:]}").json["data"]
    assert first["id"] in [row["id"] for row in tail]
    assert bank.staff("GET", "/all?status=gone").status_code == 422


def test_a_simulation_sees_synthetic_accounts_alone(bank: AccountBank) -> None:
    real = bank.opened(bank.person())
    made = bank.person(synthetic=True)
    account = bank.simulation("POST", "/create", {"account_type": "checking", "user_id": made}).json["data"]
    assert [row["id"] for row in bank.simulation("GET", "/all").json["data"]] == [account["id"]]
    assert bank.simulation("GET", f"/details/{account['id']}").json["data"]["account_number"].isalnum()
    assert bank.simulation("GET", f"/details/{real['id']}").status_code == 404
    assert bank.simulation("DELETE", f"/close/{real['id']}").status_code == 404
    assert bank.simulation("DELETE", f"/close/{account['id']}").status_code == 200


def test_a_nickname_is_given_and_taken_away(bank: AccountBank) -> None:
    jane = bank.person()
    path = f"/update/{bank.opened(jane)['id']}"
    assert bank.call("PUT", path, jane, {"nickname": "<b>Rent</b>"}).json["data"]["nickname"] == "<b>Rent</b>"
    refused = bank.staff("PUT", path, {"nickname": "Bills"})
    assert (refused.status_code, refused.json["error_code"]) == (403, "FORBIDDEN"), "a nickname is the customer's own"
    assert bank.call("PUT", path, jane, {"nickname": ""}).json["data"]["nickname"] is None
    assert bank.call("PUT", path, jane, {}).status_code == 422


@pytest.mark.parametrize("role", ["employee", "admin"])
def test_staff_freeze_and_unfreeze_no_account_of_their_own(bank: AccountBank, role: str) -> None:
    mia = bank.person("Mia Staff")
    account_id = bank.opened(mia)["id"]
    for action in ("freeze", "unfreeze"):
        reply = bank.call("POST", f"/{account_id}/{action}", mia, {"reason": "mine"}, role=role)
        assert (reply.status_code, reply.json["error_code"]) == (403, "OWN_INTEREST")
    assert bank.staff("POST", f"/{account_id}/freeze", {"reason": "asked"}).status_code == 200
    assert bank.call("POST", f"/{account_id}/unfreeze", mia, {"reason": "mine"}, role=role).status_code == 403
    assert bank.call("GET", f"/details/{account_id}", mia, role=role).json["data"]["status"] == "frozen"


def test_a_person_has_so_many_accounts_and_one_more_when_one_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with account_bank(tmp_path, monkeypatch, accounts_per_person=3) as bank:
        jane = bank.person(synthetic=True)
        accounts = [bank.opened(jane) for _ in range(3)]
        body = {"account_type": "checking"}
        reply = bank.call("POST", "/create", jane, body)
        assert (reply.status_code, reply.json["error_code"]) == (409, "ACCOUNT_LIMIT_REACHED")
        assert reply.json["details"] == {"limit": 3, "used": 3}
        assert bank.staff("POST", "/create", {**body, "user_id": jane}).status_code == 409
        item = {**body, "user_id": jane, "idempotency_key": "k"}
        (result,) = bank.simulation("POST", "/batch", {"accounts": [item]}).json["data"]
        assert (result["status"], result["error"]["error_code"]) == ("refused", "ACCOUNT_LIMIT_REACHED")
        bank.call("DELETE", f"/close/{accounts[0]['id']}", jane)
        assert bank.call("POST", "/create", jane, body).status_code == 201
        assert bank.call("POST", "/create", bank.person(), body).status_code == 201


def test_a_poller_goes_on_after_the_last_account_it_saw(bank: AccountBank) -> None:
    jane = bank.person()
    ids = [bank.opened(jane)["id"] for _ in range(4)]
    for path in (f"/list?after={ids[1]}", f"/list?after={ids[1]}&limit=2"):
        assert [row["id"] for row in bank.call("GET", path, jane).json["data"]] == ids[2:]
    assert [row["id"] for row in bank.staff("GET", f"/all?after={ids[0]}").json["data"]] == ids[1:]
    assert bank.call("GET", f"/list?after={ids[3]}", jane).json["data"] == []
    assert bank.call("GET", f"/list?after={ids[3]}", bank.person()).status_code == 422


def test_an_account_with_money_is_not_closed(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane, initial_deposit="0.01")["id"]
    reply = bank.call("DELETE", f"/close/{account_id}", jane)
    assert (reply.status_code, reply.json["error_code"]) == (409, "ACCOUNT_NOT_EMPTY")
    assert bank.call("GET", f"/details/{account_id}", jane).json["data"]["status"] == "open"
    bank.withdraw(jane, account_id, "0.01")
    closed = bank.call("DELETE", f"/close/{account_id}", jane)
    assert (closed.status_code, closed.json["data"]["status"]) == (200, "closed")
    assert closed.json["data"]["closed_at"] is not None


def test_closing_twice_changes_nothing_and_closed_is_final(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane)["id"]
    first = bank.call("DELETE", f"/close/{account_id}", jane)
    assert bank.call("DELETE", f"/close/{account_id}", jane).json["data"] == first.json["data"]
    for action in ("freeze", "unfreeze"):
        reply = bank.staff("POST", f"/{account_id}/{action}", {"reason": "x"})
        assert (reply.status_code, reply.json["error_code"]) == (409, "ACCOUNT_CLOSED")
    assert [event["type"] for event in bank.events()] == ["account_opened", "account_closed"]


def test_a_frozen_account_moves_no_money_and_is_not_closed(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane, initial_deposit="5.00")["id"]
    frozen = bank.staff("POST", f"/{account_id}/freeze", {"reason": "lost card"}).json["data"]
    assert frozen["status"] == "frozen"
    headers, body = bank.keys.headers(jane), {"account_id": account_id, "amount": "5.00"}
    assert bank.ledger.call("POST", "/api/transactions/withdraw", body, headers=headers).status_code == 409
    assert bank.call("DELETE", f"/close/{account_id}", jane).json["error_code"] == "ACCOUNT_FROZEN"
    assert bank.staff("POST", f"/{account_id}/unfreeze", {"reason": "found"}).json["data"]["status"] == "open"
    bank.withdraw(jane, account_id, "5.00")


def test_freezing_twice_is_one_fact(bank: AccountBank) -> None:
    account_id = bank.opened(bank.person())["id"]
    for _ in range(2):
        assert bank.staff("POST", f"/{account_id}/freeze", {"reason": "x"}).status_code == 200
    assert bank.staff("POST", f"/{account_id}/freeze", {}).status_code == 422
    assert [event["type"] for event in bank.events()] == ["account_opened", "account_frozen"]


def test_an_account_that_the_ledger_froze_by_itself_shows_frozen_and_can_be_unfrozen(bank: AccountBank) -> None:
    jane = bank.person()
    account_id = bank.opened(jane)["id"]
    body = {"status": "frozen", "reason": "drift"}
    bank.ledger.call("PUT", f"/internal/ledger/accounts/{account_id}/status", body, headers=bank.ledger.service)
    assert bank.call("GET", f"/details/{account_id}", jane).json["data"]["status"] == "frozen"
    assert bank.staff("POST", f"/{account_id}/unfreeze", {"reason": "checked"}).json["data"]["status"] == "open"


def test_lookup_tells_a_masked_name_and_nothing_else(bank: AccountBank) -> None:
    number = bank.opened(bank.person("Jane Doe"), initial_deposit="9.00")["account_number"]
    typed = " ".join(number[start : start + 4] for start in range(0, len(number), 4)).lower()
    reply = bank.call("GET", f"/lookup?account_number={typed}", bank.person())
    assert reply.json["data"] == {
        "account_number": number,
        "holder_name": "J*** D***",
        "currency": "EUR",
        "status": "open",
    }


def test_lookup_refuses_wrong_digits_and_knows_no_unknown_number(bank: AccountBank) -> None:
    jane = bank.person()
    number = bank.opened(jane)["account_number"]
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    for typed, status in ((wrong, 422), ("DE", 422), ("x" * 65, 422), ("DE89370400440532013000", 404)):
        assert bank.call("GET", f"/lookup?account_number={typed}", jane).status_code == status, typed


def test_lookups_are_counted_per_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with account_bank(tmp_path, monkeypatch, lookup_rate="3 per minute") as bank:
        jane, john = bank.person(), bank.person()
        number = bank.opened(jane)["account_number"]
        replies = [bank.call("GET", f"/lookup?account_number={number}", jane) for _ in range(4)]
        assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
        assert replies[-1].json["error_code"] == "RATE_LIMITED"
        assert 50 < int(replies[-1].headers["Retry-After"]) <= 61
        assert bank.call("GET", f"/lookup?account_number={number}", john).status_code == 200


def test_headers_that_claim_to_be_somebody_else_change_nothing(bank: AccountBank) -> None:
    jane, john = bank.person(), bank.person()
    account_id = bank.opened(jane)["id"]
    headers = {**bank.keys.headers(john), "X-User-Id": jane, "X-Role": "admin", "X-Forwarded-User": jane}
    assert bank.app.test_client().get(f"/api/accounts/details/{account_id}", headers=headers).status_code == 404


def test_lookups_are_still_counted_when_redis_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = "redis://127.0.0.1:1/0"
    with account_bank(tmp_path, monkeypatch, lookup_rate="1 per minute", redis_url=nowhere) as bank:
        jane = bank.person()
        number = bank.opened(jane)["account_number"]
        replies = [bank.call("GET", f"/lookup?account_number={number}", jane).status_code for _ in range(2)]
        assert replies == [200, 429]
