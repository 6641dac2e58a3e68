"""Keys are changed while the bank runs: the service that seals with one is away for a moment, nobody else notices."""

import threading

import pytest

from sandbank import BankError, Client
from shared.services import NOTIFICATION, REPORTING, SIMULATOR
from tests.bank_processes import wait_until
from tests.e2e.running_bank import RunningBank
from tests.oracle import check_ledger

pytestmark = pytest.mark.thorough


def test_keys_of_seals_are_changed_while_people_pay(own_bank: RunningBank) -> None:
    own_bank.start("--no-demo")
    own_bank.wait_until_ready()
    admin = own_bank.credentials()["admin"]
    own_bank.sandbank("login", admin["username"], password=admin["password"])
    own_bank.sandbank("simulate", "world", "--customers", "2", "--days", "2", "--seed", "7")
    boss = Client(own_bank.url)
    boss.log_in(admin["username"], admin["password"])
    wait_until(lambda: boss.simulator.status().data["job"] is None, 120)
    payer, refused, enough = a_payer(own_bank), list[BankError](), threading.Event()

    def pay() -> None:
        source, target = (one["id"] for one in payer.accounts.list().data)
        while not enough.is_set():
            try:
                payer.transactions.transfer(source, "0.01", to_account_id=target)
            except BankError as error:
                refused.append(error)

    paying = threading.Thread(target=pay)
    paying.start()
    secrets = own_bank.data / "secrets"
    keys = {"audit": REPORTING, "simulator-rows": SIMULATOR, "inbox-rows": NOTIFICATION}
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    for key, service in keys.items():
        pid = own_bank.pid_of(service)
        done = own_bank.sandbank("keys", "rotate", key, password="")
        assert (done["service"], done["in_use"]) == (service.name, True)
        assert own_bank.pid_of(service) != pid
    enough.set()
    paying.join()
    assert refused == []
    after = {path.name: path.read_text() for path in secrets.iterdir()}
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"reporting_audit_key", "simulator_seal_key", "notification_seal_key"}
    assert after["reporting_older_audit_keys"].split() == [before["reporting_audit_key"]]
    wait_until(lambda: not list(secrets.glob("*_older_seal_keys")), 60)  # all is sealed anew

    keys_now = own_bank.sandbank("keys", "rotate", "signing")["signing_keys"]
    assert [key["stage"] for key in keys_now] == ["signs", "announced"]
    proof = boss.reports.proof(timeout_seconds=120).data
    assert (proof["holds"], proof["findings"]) == (True, [])
    wait_until(lambda: bool(boss.audit.list(action="signing_key_changed").data), 60)
    verdict = boss.audit.verify().data
    assert (verdict["holds"], verdict["records"] > 3) == (True, True)
    check_ledger(own_bank.data / "transaction_service.db")


def a_payer(bank: RunningBank) -> Client:
    client = Client(bank.url)
    client.auth.register("payer", "payer@example.org", "a quiet brass kettle")
    client.log_in("payer", "a quiet brass kettle")
    for _ in range(2):
        client.accounts.create("checking", initial_deposit="900.00")
    return client
