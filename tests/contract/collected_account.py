"""What comes of closing an account of which nothing is left but a direct debit that its debtor can have back."""

from typing import TYPE_CHECKING

from werkzeug.test import TestResponse

from shared.services import ACCOUNT, TRANSACTION
from shared.time import clock
from transaction_service.due_work import bank_clock, queue
from transaction_service.due_work.queue import Due
from transaction_service.orders.collecting import collect

if TYPE_CHECKING:
    from tests.contract.refusals_met import Scene


def closed_while_refundable(scene: "Scene") -> TestResponse:
    """It is collected now, as if it were its day, and what is there taken out."""
    ledger, collection_id = scene.bank.apps[TRANSACTION.package].extensions["context"], scene.owner.ids["collection_id"]
    with ledger.database.write() as connection:
        at_us = bank_clock.read(connection, now_us=clock.now_us()).now_us
        collect(clock.now_us, connection, [Due(0, queue.DIRECT_DEBIT, collection_id, at_us, 0)])
    there = scene.ask(ACCOUNT, "GET", f"/api/accounts/details/{scene.second}").json["data"]["balance"]
    assert scene.move("withdraw", there, account_id=scene.second).status_code == 201
    return scene.ask(ACCOUNT, "DELETE", f"/api/accounts/close/{scene.second}")
