"""The bank as it runs: what a person does reaches their program, also when the service dies; a reset ends it."""

import os
import signal
import time

import pytest
from standardwebhooks import Webhook

from shared.services import NOTIFICATION
from tests.bank_processes import wait_until
from tests.e2e.running_bank import RunningBank
from tests.receivers import Receiver, receiving

pytestmark = pytest.mark.thorough

WAIT_SECONDS = 60.0
PERSON = {"username": "hooked", "email": "hooked@example.org", "password": "four unrelated words help"}


def told_of(receiver: Receiver) -> list[str]:
    """The transactions that have been told, each once, in the order in which they came."""
    told = (one.message["data"]["transaction_id"] for one in receiver.received if one.answer == 200)
    return list(dict.fromkeys(told))


def test_every_deposit_reaches_a_program_while_the_service_is_killed_and_a_reset_forgets_it(
    own_bank: RunningBank,
) -> None:
    own_bank.start("--no-demo")
    own_bank.wait_until_ready()
    admin = own_bank.log_in(own_bank.credentials()["admin"])
    own_bank.data_of("POST", "/api/auth/register", PERSON)
    token = own_bank.log_in(PERSON)
    account = own_bank.data_of("POST", "/api/accounts/create", {"account_type": "checking"}, token=token)

    def slowly(_number: int) -> int:
        time.sleep(0.05)
        return 200

    with receiving(slowly) as receiver:
        asked = {"url": receiver.url, "events": ["transaction.completed"]}
        hook = own_bank.data_of("POST", "/api/webhooks", asked, token=token)
        deposits = []
        for number in range(30):
            order = {"account_id": account["id"], "amount": f"{number + 1}.00"}
            deposits.append(own_bank.data_of("POST", "/api/transactions/deposit", order, token=token)["id"])
            if number in (10, 20):
                wait_until(lambda: len(receiver.received) > 0, WAIT_SECONDS)
                killed = own_bank.pid_of(NOTIFICATION)
                assert killed is not None
                os.kill(killed, signal.SIGKILL)
                wait_until(lambda killed=killed: own_bank.pid_of(NOTIFICATION) not in (None, killed), WAIT_SECONDS)  # type: ignore[misc]
        wait_until(lambda: len(told_of(receiver)) == len(deposits), WAIT_SECONDS)
        assert told_of(receiver) == deposits
        for one in receiver.received:
            Webhook(hook["secret"]).verify(one.body, one.headers)
        assert len({one.id for one in receiver.received}) == len(deposits)
        own_bank.data_of("POST", "/api/simulator/reset", {"confirm": "Sandbank"}, token=admin)
        assert own_bank.data_of("GET", "/api/webhooks/events", token=admin) == []
