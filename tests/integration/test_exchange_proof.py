"""What was exchanged stays as it was, and whoever changes it all the same is found."""

from pathlib import Path

import pytest

from shared.storage.sqlite import sqlite_driver as sqlite3
from tests.exchanges import tell_rates
from tests.ledgers import open_ledger


def test_the_database_itself_refuses_to_change_what_was_exchanged_and_the_proof_names_it(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        tell_rates(ledger)
        euros = ledger.open_account(deposit_minor=1000_00)
        dollars = ledger.open_account(euros.owner_id, currency="USD")
        made = euros.pay(dollars, "100.00").json["data"]
        with sqlite3.connect(ledger.path) as file:
            with pytest.raises(sqlite3.Error, match="append-only"):
                file.execute("UPDATE exchanges SET rate = '2'")
            for change in ("rate = '1.1'", "target_minor = 10834", "margin_bp = 40"):
                file.execute("DROP TRIGGER IF EXISTS exchanges_no_update")
                before = file.execute("SELECT rate, target_minor, margin_bp FROM exchanges").fetchone()
                file.execute(f"UPDATE exchanges SET {change}")
                file.commit()
                found = ledger.call("GET", "/internal/ledger/proof", headers=ledger.service).json["data"]["findings"]
                assert {finding["record"] for finding in found} == {made["id"]}, change
                file.execute("UPDATE exchanges SET rate = ?, target_minor = ?, margin_bp = ?", before)
                file.commit()
        file.close()
