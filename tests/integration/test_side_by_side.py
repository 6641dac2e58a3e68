"""Pages ask the bank several things at once: as the person who looks, within the page's time, and never in vain."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flask import Flask, g, request

from gateway.web import side_by_side as module
from gateway.web import web_session
from gateway.web.side_by_side import MOST_AT_ONCE, side_by_side
from shared import services
from shared.network.http_client import remaining_seconds
from shared.refusals import NOT_FOUND, Refused
from tests.web_bank import WebBank

LONG_SECONDS = 10.0


@contextmanager
def page_of(web: WebBank) -> Iterator[Flask]:
    """A request of nobody's to the gateway, as a view has it."""
    app: Flask = web.bank.apps[services.GATEWAY.package]
    with app.test_request_context("/status", headers={"User-Agent": "a browser"}):
        g.request_id, g.deadline = "page-1", time.monotonic() + LONG_SECONDS
        yield app


def test_questions_of_a_page_are_asked_at_the_same_time(web: WebBank) -> None:
    both_are_there = threading.Barrier(3)
    with page_of(web), side_by_side() as page:
        asked = [page.ask(lambda: both_are_there.wait(LONG_SECONDS)) for _ in range(2)]
        both_are_there.wait(LONG_SECONDS)
        assert {one.answer() for one in asked} <= {0, 1, 2}


def test_a_question_has_the_request_of_its_page_its_id_and_its_deadline(web: WebBank) -> None:
    def look() -> tuple[str, str, bool]:
        return g.request_id, request.headers["User-Agent"], 0 < remaining_seconds(2 * LONG_SECONDS) <= LONG_SECONDS

    with page_of(web), side_by_side() as page:
        assert page.ask(look).answer() == ("page-1", "a browser", True)


def test_a_refusal_is_raised_where_the_answer_is_taken_and_one_that_nobody_takes_is_none(web: WebBank) -> None:
    def refuse() -> str:
        raise Refused(NOT_FOUND)

    with page_of(web), side_by_side() as page:
        page.ask(refuse)
        asked = page.ask(refuse)
        with pytest.raises(Refused):
            asked.answer()


def test_a_page_asks_by_itself_what_no_thread_has_begun(web: WebBank) -> None:
    """However busy other pages keep the threads, none waits for another."""
    others = threading.Event()
    with page_of(web) as app, ThreadPoolExecutor(1) as busy:
        app.extensions["page_threads"], own = busy, app.extensions["page_threads"]
        try:
            busy.submit(others.wait)
            with side_by_side() as page:
                asked = [page.ask(threading.get_ident) for _ in range(3)]
                assert [one.answer() for one in asked] == [threading.get_ident()] * 3
        finally:
            others.set()
            app.extensions["page_threads"] = own


def test_nothing_is_asked_any_more_once_the_page_is_made(web: WebBank) -> None:
    begun, ended = threading.Event(), threading.Event()

    def slow() -> None:
        begun.set()
        time.sleep(0.2)
        ended.set()

    def page_that_fails() -> None:
        with side_by_side() as page:
            page.ask(slow)
            begun.wait(LONG_SECONDS)
            raise Refused(NOT_FOUND)

    with page_of(web):
        with pytest.raises(Refused):
            page_that_fails()
        assert ended.is_set()


def test_the_home_page_asks_more_than_one_service_at_a_time(web: WebBank, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = web.customer()
    ada.opened(initial_deposit="5.00")
    at_once, most = 0, 0
    lock = threading.Lock()
    ask = module.Page.ask

    def counted(page: module.Page, question):  # type: ignore[no-untyped-def]
        def wrapped():  # type: ignore[no-untyped-def]
            nonlocal at_once, most
            with lock:
                at_once += 1
                most = max(most, at_once)
            try:
                time.sleep(0.1)
                return question()
            finally:
                with lock:
                    at_once -= 1

        return ask(page, wrapped)

    monkeypatch.setattr(module.Page, "ask", counted)
    assert "5.00" in ada.open("/dashboard").text
    assert 2 < most <= MOST_AT_ONCE


@pytest.mark.parametrize("life_seconds", [-120, 600], ids=["run out", "about to"])
def test_tokens_are_renewed_once_for_all_questions_of_a_page(
    web: WebBank, monkeypatch: pytest.MonkeyPatch, life_seconds: int
) -> None:
    ada = web.customer()
    ada.opened(initial_deposit="5.00")
    keep, kept = web_session.keep, []
    monkeypatch.setattr(web_session, "keep", lambda log_in: (kept.append(log_in), keep(log_in))[1])
    with ada.client.session_transaction() as session:
        token = ada.bank.keys.token(ada.user_id, life_seconds=life_seconds)
        session["tokens"] = [token, session["tokens"][1], int(time.time()) - life_seconds]
    assert "5.00" in ada.open("/dashboard").text
    assert len(kept) == 1
    with ada.client.session_transaction() as session:
        assert session["tokens"][0] == kept[0]["access_token"]
