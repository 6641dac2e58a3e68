"""The proof of a bank whose money moves in batches, and so at few times."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from reporting_service.proof import downstream_checks
from shared import services
from tests.reporting_bank import ReportingBank, payment, reporting_bank


def test_a_batch_of_one_time_is_looked_at_once_however_many_messages_tell_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reporting_bank(tmp_path) as bank:
        check_places(bank, monkeypatch)


def check_places(bank: ReportingBank, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = bank.customer("100.00"), bank.customer("5.00")
    bank.post(*(payment(ada.accounts[0], bob.accounts[0], "0.01") for _ in range(60)))
    bank.follow()
    places: list[int] = []
    values = downstream_checks.values

    class Counted:
        def __init__(self, *columns: Any, **options: Any) -> None:
            self._values = values(*columns, **options)

        def data(self, rows: Sequence[Any]) -> Any:
            places.append(len(rows))
            return self._values.data(rows)

    monkeypatch.setattr(downstream_checks, "values", Counted)
    assert bank.report("/proof")["holds"]
    (looked_at,) = places
    with bank.bank.databases[services.NOTIFICATION.package].read() as connection:
        told = connection.execute(text("SELECT count(*) FROM notifications WHERE entry_id IS NOT NULL")).scalar_one()
    assert looked_at <= told - 59, "the sixty messages of the batch are of one account at one time"
