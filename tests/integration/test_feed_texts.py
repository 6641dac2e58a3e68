"""What the feed keeps of the newest entries is what it would read, wherever a page begins and whatever happened."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from shared.storage.database import Database
from tests.ledgers import LedgerUnderTest, open_ledger
from transaction_service.history import feed_texts
from transaction_service.history.feed_texts import FeedTexts

pytestmark = pytest.mark.every_database


def _page(ledger: LedgerUnderTest, texts: FeedTexts, after: int, limit: int) -> str:
    database: Database = ledger.app.extensions["database"]
    with database.read() as connection:
        return texts.page(connection, after=after, limit=limit)


def test_a_text_that_is_kept_is_what_would_be_read(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
        kept = FeedTexts()
        assert _page(ledger, kept, 5, 10) == "[]"
        for cent in range(1, 9):
            ada.pay(bob, f"0.0{cent}", description=f'the "{cent}"\N{EURO SIGN}')
            _page(ledger, kept, max(cent - 3, 0), 2)  # some are kept, some not
            for after in range(10):
                for limit in (1, 2, 7, 20):
                    assert _page(ledger, kept, after, limit) == _page(ledger, FeedTexts(), after, limit)
        served = ledger.call("GET", "/internal/journal?after=2&limit=3", headers=ledger.service)
        assert served.text == f'{{"success":true,"data":{_page(ledger, kept, 2, 3)},"head":9}}'
        ledger.check()


def test_an_emptied_ledger_is_told_anew(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        for holder in ("before", "after"):
            ada, bob = ledger.open_account(deposit_minor=1_000), ledger.open_account()
            ada.pay(bob, "0.01", description=holder)
            rows = ledger.call("GET", "/internal/journal", headers=ledger.service).json["data"]
            assert [(row["position"], row["description"]) for row in rows] == [(1, "Opening deposit"), (2, holder)]
            texts: FeedTexts = ledger.app.extensions["context"].feed_texts
            assert sorted(texts._kept) == [1, 2]
            assert ledger.call("POST", "/internal/reset", {}, headers=ledger.service).status_code == 200


def test_readers_in_the_same_moment_have_each_text_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_ledger(tmp_path) as ledger:
        ada = ledger.open_account(deposit_minor=1_000)
        for _ in range(9):
            ada.deposit("0.01")
        made: list[int] = []
        rows_of_page = feed_texts.rows_of_page

        def slowly(connection: Any, names: Any, after: int, limit: int) -> Any:
            time.sleep(0.2)
            made.append(limit)
            return rows_of_page(connection, names, after, limit)

        monkeypatch.setattr(feed_texts, "rows_of_page", slowly)
        kept, told = FeedTexts(), []
        threads = [threading.Thread(target=lambda: told.append(_page(ledger, kept, 0, 20))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert made == [10]
        assert told == [_page(ledger, kept, 0, 20)] * 3


def test_only_the_newest_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_texts, "KEPT", 3)
    with open_ledger(tmp_path) as ledger:
        ada = ledger.open_account(deposit_minor=1_000)
        for _ in range(9):
            ada.deposit("0.01")
        kept = FeedTexts()
        whole = _page(ledger, kept, 0, 20)
        assert sorted(kept._kept) == [8, 9, 10]
        assert _page(ledger, kept, 0, 20) == whole == _page(ledger, FeedTexts(), 0, 20)
        _page(ledger, kept, 2, 4)  # whoever is far behind pushes out nothing that others will ask for
        assert sorted(kept._kept) == [8, 9, 10]


def test_readers_side_by_side_are_told_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_texts, "KEPT", 5)
    with open_ledger(tmp_path) as ledger:
        ada = ledger.open_account(deposit_minor=1_000)
        for _ in range(30):
            ada.deposit("0.01")
        kept, fresh = FeedTexts(), [_page(ledger, FeedTexts(), after, 7) for after in range(31)]
        wrong: list[int] = []

        def read() -> None:
            wrong.extend(after for after in range(31) if _page(ledger, kept, after, 7) != fresh[after])

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(kept._kept) <= 5
