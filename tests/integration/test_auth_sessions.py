"""Sessions: refreshing, racing, replaying, signing out."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.auth_bank import ELSEWHERE, AuthUnderTest, SignedIn, open_auth

pytestmark = pytest.mark.every_database


@pytest.fixture
def auth(tmp_path: Path) -> Iterator[AuthUnderTest]:
    with open_auth(tmp_path) as opened:
        opened.register("ada")
        yield opened


def sessions_of(auth: AuthUnderTest, signed_in: SignedIn) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = auth.call("GET", "/api/auth/sessions", headers=signed_in.headers).json["data"]
    return rows


def refreshed(auth: AuthUnderTest, refresh_token: str) -> SignedIn:
    reply = auth.refresh(refresh_token)
    assert reply.status_code == 200, reply.text
    data = reply.json["data"]
    return SignedIn(data["user"]["id"], data["access_token"], data["refresh_token"])


def test_a_refresh_gives_a_new_pair_of_the_same_session(auth: AuthUnderTest) -> None:
    first = auth.sign_in()
    second = refreshed(auth, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert auth.profile_status(second) == 200
    assert len(sessions_of(auth, second)) == 1
    assert auth.profile_status(refreshed(auth, second.refresh_token)) == 200


def test_ten_parallel_refreshes_leave_one_family_that_is_still_signed_in(auth: AuthUnderTest) -> None:
    first = auth.sign_in()
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(auth.refresh, [first.refresh_token] * 10))
    assert [reply.status_code for reply in replies] == [200] * 10
    following = {reply.json["data"]["refresh_token"] for reply in replies}
    assert len(following) == 1
    newest = refreshed(auth, following.pop())
    assert auth.profile_status(newest) == 200
    assert len(sessions_of(auth, newest)) == 1


def test_within_the_grace_an_old_token_gives_the_newest_of_its_chain(auth: AuthUnderTest) -> None:
    first = auth.sign_in()
    second = refreshed(auth, first.refresh_token)
    third = refreshed(auth, second.refresh_token)
    auth.let_pass(29)
    assert refreshed(auth, first.refresh_token).refresh_token == third.refresh_token
    auth.let_pass(3600)
    assert auth.profile_status(refreshed(auth, third.refresh_token)) == 200


def test_whoever_never_got_the_reply_asks_again_however_late(auth: AuthUnderTest) -> None:
    """The reply was lost: the successor is in nobody's hands, so nobody can have stolen anything."""
    first = auth.sign_in()
    lost = refreshed(auth, first.refresh_token)
    for seconds in (31, 3600, 86_400):
        auth.let_pass(seconds)
        again = refreshed(auth, first.refresh_token)
        assert again.refresh_token == lost.refresh_token
        assert auth.profile_status(again) == 200
    assert len(sessions_of(auth, refreshed(auth, again.refresh_token))) == 1
    assert auth.events("session_ended") == []


def test_reuse_after_the_grace_ends_the_whole_family_once_the_successor_was_used(auth: AuthUnderTest) -> None:
    first = auth.sign_in()
    second = refreshed(auth, first.refresh_token)
    refreshed(auth, second.refresh_token)
    other = auth.sign_in()
    auth.let_pass(31)
    reply = auth.refresh(first.refresh_token)
    assert (reply.status_code, reply.json["error_code"]) == (401, "UNAUTHENTICATED")
    assert auth.refresh(second.refresh_token).status_code == 401
    assert [auth.profile_status(who) for who in (first, second, other)] == [401, 401, 200]
    assert [row["data"]["reason"] for row in auth.events("session_ended")] == ["refresh_token_reused"]


def test_a_thief_and_the_owner_cannot_both_go_on(auth: AuthUnderTest) -> None:
    """Both get the same next token; as soon as one of them is a token ahead, the other exposes the theft."""
    stolen = auth.sign_in().refresh_token
    thief, owner = refreshed(auth, stolen), refreshed(auth, stolen)
    assert thief.refresh_token == owner.refresh_token
    thief_again = refreshed(auth, refreshed(auth, thief.refresh_token).refresh_token)
    auth.let_pass(900)
    assert auth.refresh(owner.refresh_token).status_code == 401
    assert auth.refresh(thief_again.refresh_token).status_code == 401


def test_a_person_has_so_many_sessions_and_the_oldest_ends(tmp_path: Path) -> None:
    with open_auth(tmp_path, sessions_per_person=3) as auth:
        auth.register("grace")
        auth.register("ada")
        grace = auth.sign_in("grace")
        signed_in = [auth.sign_in("ada") for _ in range(5)]
        assert [auth.profile_status(one) for one in signed_in] == [401, 401, 200, 200, 200]
        assert len(sessions_of(auth, signed_in[-1])) == 3
        assert [row["data"]["reason"] for row in auth.events("session_ended")] == ["too_many_sessions"] * 2
        assert auth.profile_status(grace) == 200


def test_a_poller_goes_on_after_the_last_session_it_saw(auth: AuthUnderTest) -> None:
    ids = [str(sessions_of(auth, auth.sign_in())[0]["id"]) for _ in range(3)]
    path = f"/api/auth/sessions?after={ids[0]}"
    rows = auth.call("GET", path, headers=auth.sign_in().headers).json["data"]
    assert [row["id"] for row in rows][:2] == ids[1:]


@pytest.mark.parametrize("junk", ["x", "x" * 200, "🐎", "\ud800", "\x00", "' OR 1=1 --", "a.b.c"])
def test_an_unknown_refresh_token_is_refused(auth: AuthUnderTest, junk: str) -> None:
    assert auth.refresh(junk).status_code in (400, 401, 422)


def test_a_session_that_is_not_used_for_thirty_days_is_over(auth: AuthUnderTest) -> None:
    first = auth.sign_in()
    auth.let_pass(29 * 86_400)
    second = refreshed(auth, first.refresh_token)
    auth.let_pass(31 * 86_400)
    assert auth.refresh(second.refresh_token).status_code == 401


def test_a_session_survives_a_restart(auth: AuthUnderTest, tmp_path: Path) -> None:
    signed_in = auth.sign_in()
    with open_auth(tmp_path) as restarted:
        assert restarted.profile_status(signed_in) == 200
        assert restarted.refresh(signed_in.refresh_token).status_code == 200


def test_logout_ends_this_session_at_once_and_no_other(auth: AuthUnderTest) -> None:
    here, elsewhere = auth.sign_in(), auth.sign_in(address=ELSEWHERE)
    reply = auth.call("POST", "/api/auth/logout", {"refresh_token": here.refresh_token}, headers=here.headers)
    assert (reply.status_code, reply.json["data"]) == (200, {"sessions_ended": 1})
    assert (auth.profile_status(here), auth.refresh(here.refresh_token).status_code) == (401, 401)
    assert (auth.profile_status(elsewhere), auth.refresh(elsewhere.refresh_token).status_code) == (200, 200)


def test_logout_needs_no_body_and_ends_nobody_elses_session(auth: AuthUnderTest) -> None:
    auth.register("eve")
    ada, eve = auth.sign_in(), auth.sign_in("eve")
    reply = auth.call("POST", "/api/auth/logout", {"refresh_token": ada.refresh_token}, headers=eve.headers)
    assert reply.json["data"] == {"sessions_ended": 1}
    assert auth.profile_status(ada) == 200
    assert auth.call("POST", "/api/auth/logout", headers=ada.headers).status_code == 200
    assert auth.profile_status(ada) == 401


def test_a_logout_is_remembered_after_a_restart(auth: AuthUnderTest, tmp_path: Path) -> None:
    signed_in = auth.sign_in()
    auth.call("POST", "/api/auth/logout", headers=signed_in.headers)
    with open_auth(tmp_path) as restarted:
        assert restarted.profile_status(signed_in) == 401


def test_logout_all_ends_every_session_but_not_the_next_one(auth: AuthUnderTest) -> None:
    before = [auth.sign_in() for _ in range(3)]
    reply = auth.call("POST", "/api/auth/logout_all", {}, headers=before[0].headers)
    assert reply.json["data"] == {"sessions_ended": 3}
    assert [auth.profile_status(who) for who in before] == [401] * 3
    assert [auth.refresh(who.refresh_token).status_code for who in before] == [401] * 3
    assert auth.profile_status(auth.sign_in()) == 200


def test_signed_in_devices_are_listed_newest_first_and_can_be_signed_out(auth: AuthUnderTest) -> None:
    elsewhere = auth.sign_in(address=ELSEWHERE)
    here = auth.sign_in()
    rows = sessions_of(auth, here)
    assert [(row["address"], row["current"]) for row in rows] == [("192.0.2.1", True), (ELSEWHERE, False)]
    gone = auth.call("DELETE", f"/api/auth/sessions/{rows[1]['id']}", headers=here.headers)
    assert gone.status_code == 200
    assert (auth.profile_status(elsewhere), auth.profile_status(here)) == (401, 200)
    assert len(sessions_of(auth, here)) == 1
    again = auth.call("DELETE", f"/api/auth/sessions/{rows[1]['id']}", headers=here.headers)
    assert again.status_code == 404


def test_somebody_elses_session_and_none_at_all_look_the_same(auth: AuthUnderTest) -> None:
    auth.register("eve")
    ada, eve = auth.sign_in(), auth.sign_in("eve")
    session_id = sessions_of(auth, ada)[0]["id"]
    replies = [
        auth.call("DELETE", f"/api/auth/sessions/{id_}", headers=eve.headers)
        for id_ in (session_id, "01890000-0000-7000-8000-000000000000", "nonsense")
    ]
    bodies = [{**reply.json, "request_id": None} for reply in replies]
    assert [reply.status_code for reply in replies] == [404] * 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert auth.profile_status(ada) == 200


def test_sessions_page_by_cursor(auth: AuthUnderTest) -> None:
    for _ in range(5):
        signed_in = auth.sign_in()
    seen, cursor = [], ""
    while cursor is not None:
        reply = auth.call("GET", f"/api/auth/sessions?limit=2{cursor}", headers=signed_in.headers).json
        seen += [row["id"] for row in reply["data"]]
        cursor = reply["next_cursor"] and f"&cursor={reply['next_cursor']}"
    assert len(seen) == len(set(seen)) == 5
    forged = auth.call("GET", "/api/auth/sessions?cursor=forged", headers=signed_in.headers)
    assert forged.status_code == 422
