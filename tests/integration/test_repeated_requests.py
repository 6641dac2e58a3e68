"""On a cluster a request whose write was undone is carried out again, and only while nothing came of it."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from shared.http import repetition
from shared.http.errors import register_error_handlers
from shared.http.first_act import note_act
from shared.http.repetition import ServiceApplication
from shared.services import TRANSACTION

UNDONE, LOST = 1213, 2013


def failing(number: int) -> OperationalError:
    return OperationalError("COMMIT", None, Exception(number, "what the server said"))


def asked(view: Callable[[], str], *, is_clustered: bool = True) -> FlaskClient:
    app = ServiceApplication(__name__)
    app.extensions["database"] = SimpleNamespace(is_clustered=is_clustered)
    app.extensions["service"] = TRANSACTION
    register_error_handlers(app)
    app.add_url_rule("/internal/pay", view_func=view, methods=["POST"])
    return app.test_client()


class View:
    """Fails so many times with this error before it answers; `acts`: only after it has done something."""

    def __init__(self, times: int, number: int = UNDONE, *, acts: bool = False) -> None:
        self.calls, self.__name__ = 0, "pay"
        self._times, self._number, self._acts = times, number, acts

    def __call__(self) -> str:
        self.calls += 1
        if self._acts:
            note_act()
        if self.calls <= self._times:
            raise failing(self._number)
        return "paid"


def test_what_was_undone_is_begun_again_until_it_is_done() -> None:
    view = View(times=7)
    assert asked(view).post("/internal/pay").text == "paid"
    assert view.calls == 8


@pytest.mark.parametrize(
    ("view", "is_clustered"),
    [
        (View(times=1, acts=True), True),
        (View(times=1, number=LOST), True),
        (View(times=1), False),
    ],
    ids=["it had done something", "nobody knows the outcome", "there is one server"],
)
def test_what_might_be_done_twice_is_not_begun_again(view: View, is_clustered: bool) -> None:
    reply = asked(view, is_clustered=is_clustered).post("/internal/pay")
    assert (reply.status_code, view.calls) == (503, 1)
    assert "Retry-After" in reply.headers


def test_what_is_undone_each_time_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repetition, "LONGEST_SECONDS", 0.1)
    view = View(times=10**9)
    assert asked(view).post("/internal/pay").status_code == 503
    assert view.calls > 1
