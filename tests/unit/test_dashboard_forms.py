"""The dashboard's forms: what is checked before sending, what is sent, and where a refusal is shown."""

from typing import Any, get_args

import pytest

from cli.dashboard.forms import ACCOUNT, ADVANCE, LIVE, TRANSACTION, USER, WORLD, Form
from sandbank import BankError
from simulator_service.presets.loading import PresetName
from tests.scripted_bank import FOUND, Body, ScriptedBank, account, job, refused, transaction, user

ID = "0190a8c0-0000-7000-8000-00000000000a"


def filled(form: Form, **values: str) -> dict[str, str]:
    return {one.name: values.get(one.name, one.initial) for one in form.fields}


def send(form: Form, bank: ScriptedBank, **values: str) -> str:
    given = filled(form, **values)
    assert form.problems(given) == {}
    return form.send(bank.client(), given, "key").sentence


@pytest.mark.parametrize(
    ("form", "values", "wrong"),
    [
        (WORLD, {}, []),
        (WORLD, {"customers": "0"}, ["customers"]),
        (WORLD, {"customers": "10001"}, ["customers"]),
        (WORLD, {"customers": ""}, ["customers"]),
        (WORLD, {"customers": "1e3", "days": "-1"}, ["customers", "days"]),
        (WORLD, {"customers": "\u0661"}, ["customers"]),
        (WORLD, {"seed": "9" * 19}, ["seed"]),
        (WORLD, {"seed": "-7"}, ["seed"]),
        (WORLD, {"start_date": "2026-02-30"}, ["start_date"]),
        (WORLD, {"seed": "7", "start_date": "2026-01-31"}, []),
        (ADVANCE, {"span": "0"}, ["span"]),
        (ADVANCE, {"span": "731"}, ["span"]),
        (ADVANCE, {"span": "731", "unit": "hours"}, []),
        (LIVE, {"speed": "604801"}, ["speed"]),
        (USER, {}, ["username", "email"]),
        (USER, {"username": "ada", "email": "ada at home"}, ["email"]),
        (USER, {"username": "ada", "email": "ada@example.test"}, []),
        (ACCOUNT, {}, ["owner"]),
        (ACCOUNT, {"owner": "ada", "currency": "EURO", "initial_deposit": "-1"}, ["currency", "initial_deposit"]),
        (ACCOUNT, {"owner": "ada", "currency": "eur", "initial_deposit": "12.50"}, []),
        (TRANSACTION, {"amount": "5"}, ["source", "target"]),
        (TRANSACTION, {"amount": "5", "source": ID}, ["target"]),
        (TRANSACTION, {"kind": "deposit", "amount": "5", "source": ID}, ["source", "target"]),
        (TRANSACTION, {"kind": "withdraw", "amount": "5", "target": ID}, ["source", "target"]),
        (TRANSACTION, {"kind": "deposit", "amount": "5", "target": ID}, []),
    ],
    ids=lambda value: value.title if isinstance(value, Form) else str(value),
)
def test_what_cannot_be_right_is_named_before_it_is_sent(form: Form, values: dict[str, str], wrong: list[str]) -> None:
    assert sorted(form.problems(filled(form, **values))) == sorted(wrong)


@pytest.mark.parametrize("amount", ["", "0", "0.00", "-1", "1e3", "1,5", "NaN", "1.2345", "\u0661"])
def test_an_amount_is_a_positive_decimal(amount: str) -> None:
    values = filled(TRANSACTION, kind="deposit", target=ID, amount=amount)
    assert list(TRANSACTION.problems(values)) == ["amount"]


def test_a_world_is_asked_for_with_a_seed_and_its_job_is_followed() -> None:
    bank = ScriptedBank()
    bank.answers["POST /api/simulator/worlds"] = {"data": job()}
    done = WORLD.send(bank.client(), filled(WORLD, seed="7", start_date="2026-01-01"), "key")
    assert done.job == job()
    payload = {"seed": 7, "customers": 20, "days": 30, "preset": "seed", "start_date": "2026-01-01"}
    assert bank.sent == [("POST /api/simulator/worlds", payload, None)]
    WORLD.send(bank.client(), filled(WORLD), "key")
    assert bank.sent[1][1]["seed"] >= 0


def test_time_advances_by_days_or_by_hours() -> None:
    bank = ScriptedBank()
    bank.answers["POST /api/simulator/advance"] = {"data": job()}
    assert send(ADVANCE, bank, span="3", unit="hours") == "Letting the bank live for 3 hours."
    assert send(ADVANCE, bank) == "Letting the bank live for 1 day."
    assert [payload for _, payload, _ in bank.sent] == [{"hours": 3}, {"days": 1}]


def test_a_user_without_a_password_gets_one_that_is_shown() -> None:
    bank = ScriptedBank()
    bank.answers["POST /api/auth/users"] = lambda payload: {"data": user(username=payload["username"])}
    sentence = send(USER, bank, username="ada", email="ada@example.test")
    ((_, payload, _),) = bank.sent
    assert len(payload["password"]) >= 12
    assert sentence == f"Added customer ada. The password is {payload['password']}"
    assert "password" not in send(USER, bank, username="ada", email="ada@example.test", password="a b c d e f g")


def test_an_account_is_opened_for_the_one_user_that_is_meant() -> None:
    bank = ScriptedBank()
    users = [user(id=ID, username="ada"), user(username="adam")]
    bank.answers["GET /api/auth/users"] = lambda query: {"data": [u for u in users if query["q"] in u["username"]]}
    bank.answers["POST /api/accounts/create"] = {"data": account()}
    sentence = send(ACCOUNT, bank, owner="ada", currency="eur", initial_deposit="10")
    assert sentence == "Opened a checking account for ada: DE89 1000 0000 0000 0030 00, 10.00 EUR."
    expected = {"user_id": ID, "account_type": "checking", "currency": "EUR", "initial_deposit": "10"}
    assert bank.sent == [("POST /api/accounts/create", expected, "key")]
    for owner, problem in (("nobody", "no such user"), ("ad", "could be 2 users: give a whole user name")):
        with pytest.raises(BankError) as caught:
            send(ACCOUNT, bank, owner=owner)
        assert ACCOUNT.problems_of(caught.value) == {"owner": problem}


@pytest.mark.parametrize(
    ("values", "path", "sides"),
    [
        ({"kind": "deposit", "target": ID}, "deposit", {"account_id": ID}),
        ({"kind": "withdraw", "source": "3000"}, "withdraw", {"account_id": FOUND}),
        (
            {"kind": "transfer", "source": ID.upper(), "target": "Grace"},
            "transfer",
            {"from_account_id": ID, "to_account_id": FOUND},
        ),
    ],
    ids=["deposit", "withdraw", "transfer"],
)
def test_a_transaction_names_its_accounts_and_carries_its_key(values: Body, path: str, sides: Body) -> None:
    bank = ScriptedBank()
    bank.answers["GET /api/accounts/all"] = {"data": [account()]}
    made = {"withdraw": "withdrawal"}.get(path, path)
    bank.answers[f"POST /api/transactions/{path}"] = {"data": transaction(type=made, amount="1234.50")}
    sentence = send(TRANSACTION, bank, amount="1234.50", description="Rent", **values)
    assert sentence == f"{made.capitalize()} of 1,234.50 EUR done, reference SB-0123456789AB."
    payload: dict[str, Any] = {"amount": "1234.50", "description": "Rent", **sides}
    assert bank.sent == [(f"POST /api/transactions/{path}", payload, "key")]


@pytest.mark.parametrize(
    ("found", "problem"),
    [([], "no such account"), ([account(), account()], "could be 2 accounts: give the whole number")],
)
def test_an_account_that_is_not_clear_moves_nothing(found: list[Body], problem: str) -> None:
    bank = ScriptedBank()
    bank.answers["GET /api/accounts/all"] = {"data": found}
    with pytest.raises(BankError) as caught:
        send(TRANSACTION, bank, kind="transfer", source=ID, target="Grace", amount="5")
    assert TRANSACTION.problems_of(caught.value) == {"target": problem}
    assert bank.sent == []


def test_fields_the_bank_refuses_are_shown_by_our_names() -> None:
    fields = {"user_id": "no", "initial_deposit": "too many decimals", "else": "?"}
    error = refused("Some fields are not valid.", status=422, fields=fields)
    assert ACCOUNT.problems_of(error) == {"owner": "no", "initial_deposit": "too many decimals"}


def test_a_world_has_each_preset_to_choose_from() -> None:
    (field,) = [field for field in WORLD.fields if field.name == "preset"]
    assert field.choices == get_args(PresetName)
