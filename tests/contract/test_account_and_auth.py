"""What the account service asks of auth, asked of the real auth."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from account_service import holder_names
from account_service.auth_client import Owner, Owners
from account_service.recovery import recover
from shared.identifiers import new_id
from shared.identity.service_tokens import ServiceToken
from shared.network.discovery import Discovery
from shared.refusals import Refused
from shared.services import ACCOUNT, SIMULATOR, Service
from tests.account_bank import AccountBank, account_bank
from tests.auth_bank import SECRETS, AuthUnderTest, open_auth
from tests.live_services import serving


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    folder = tmp_path / "auth"
    folder.mkdir()
    with open_auth(folder) as opened:
        yield opened


@pytest.fixture
def bank(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AccountBank]:
    with account_bank(tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def real_auth(auth: AuthUnderTest, monkeypatch: pytest.MonkeyPatch) -> Iterator[AuthUnderTest]:
    """The real auth, where `AUTH_SERVICE_URL` says."""
    with serving(auth.app) as address:
        monkeypatch.setenv("AUTH_SERVICE_URL", address)
        yield auth


def token_of(monkeypatch: pytest.MonkeyPatch, service: Service) -> ServiceToken:
    monkeypatch.setenv(f"{service.env_prefix}_CLIENT_SECRET", SECRETS[service.name])
    return ServiceToken(service, Discovery())


def test_owners_are_found_one_by_one_and_together(real_auth: AuthUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = real_auth.register("ada", full_name="Ada Lovelace")
    owners = Owners(Discovery(), token_of(monkeypatch, ACCOUNT))
    expected = Owner(ada["id"], "Ada Lovelace", is_active=True, synthetic=False)
    assert owners.find(ada["id"]) == expected
    assert owners.find(new_id()) is None
    assert owners.find_all([ada["id"], new_id()]) == {ada["id"]: expected}


def test_the_disabled_and_the_synthetic_are_known_as_such(
    real_auth: AuthUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = real_auth.register("ada")
    real_auth.call("PUT", f"/api/auth/users/{ada['id']}", {"status": "disabled"}, headers=real_auth.admin().headers)
    people = {"users": [{"username": "sim", "email": "sim@example.test", "full_name": "Sim One"}]}
    body = {**people, "password": "long enough for anybody"}
    reply = real_auth.call("POST", "/api/auth/users/batch", body, headers=real_auth.service(SIMULATOR.name))
    assert reply.status_code == 201, reply.text
    made = reply.json["data"][0]["id"]
    owners = Owners(Discovery(), token_of(monkeypatch, ACCOUNT)).find_all([ada["id"], made])
    assert not owners[ada["id"]].is_active
    assert owners[made].synthetic


@pytest.mark.usefixtures("real_auth")
def test_a_refusal_of_our_own_token_is_an_outage_and_not_the_persons_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACCOUNT_CLIENT_SECRET", "not the one that auth knows")
    for token in (ServiceToken(ACCOUNT, Discovery()), lambda: "no token"):
        with pytest.raises(Refused) as refused:
            Owners(Discovery(), token).find(new_id())
        assert refused.value.refusal.code == "SERVICE_UNAVAILABLE"


def name_in_ledger(bank: AccountBank, payer: str, paying_id: str, account_id: str) -> str:
    """Whom the ledger tells somebody that they have paid."""
    body = {"from_account_id": paying_id, "to_account_id": account_id, "amount": "1.00"}
    paid = bank.ledger.call("POST", "/api/transactions/transfer", body, headers=bank.keys.headers(payer))
    assert paid.status_code == 201, paid.text
    name: str = paid.json["data"]["counterparty"]["name"]
    return name


def test_a_new_name_of_the_holder_reaches_their_accounts_once(
    bank: AccountBank, auth: AuthUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    auth.register("ada", full_name="Ada Byron")
    ada = auth.sign_in("ada")
    bank.people[ada.user_id] = {**bank.people[bank.person()], "id": ada.user_id, "full_name": "Ada Byron"}
    account_id, payer = bank.opened(ada.user_id)["id"], bank.person()
    payment = (bank, payer, bank.opened(payer, initial_deposit="2.00")["id"], account_id)
    auth.call("PUT", "/api/auth/update_profile", {"full_name": "Ada Lovelace"}, headers=ada.headers)
    with serving(auth.app) as address:
        monkeypatch.setenv("AUTH_SERVICE_URL", address)
        consumer = holder_names.consumer(bank.database, Discovery(), token_of(monkeypatch, ACCOUNT))
        assert consumer.pull() > 0
        assert consumer.pull() == 0
    assert bank.call("GET", f"/details/{account_id}", ada.user_id).json["data"]["holder_name"] == "Ada Lovelace"
    assert name_in_ledger(*payment) == "Ada Byron"
    assert recover(bank.context) == 1, "the ledger is told"
    assert bank.weather.calls[-1] == f"PUT /internal/ledger/accounts/{account_id}/terms"
    assert recover(bank.context) == 0, "once"
    assert name_in_ledger(*payment) == "Ada Lovelace"
    told = [event["type"] for event in bank.events() if event["data"]["account_id"] == account_id]
    assert told == ["account_opened", "account_updated"]
