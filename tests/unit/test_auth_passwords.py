"""Password rules: long enough, any characters, nothing that is guessed first, no composition rules."""

import pytest

from auth_service.passwords.rules import normalized, problem
from shared.http.field_problems import Problem

NAMES = ("ada.lovelace", "ada.lovelace@example.test", "ada.lovelace")


def verdict(password: str) -> str | None:
    found = problem(password, min_length=12, names=NAMES)
    return None if found is None else found.sentence


@pytest.mark.parametrize(
    "password",
    [
        "plain sailing on tuesdays",
        "correct horse battery staple",
        "zzyzx-harbour-09",
        "alllowercaseletters",
        "ünïcödé-is-wélcome",
        "日本語のパスワードは長い方が良い",
        "🐎🔋📎🐎🔋📎🐎🔋📎🌧️🎈🧵",
        "x" * 5 + "yotta-" * 20 + "end",
        "ada.lovelace and her engine",
    ],
)
def test_a_long_password_of_any_characters_that_can_be_seen_is_good(password: str) -> None:
    assert verdict(password) is None


@pytest.mark.parametrize("unseen", ["\t", "\n", "\0", "\u200b", "\u202e", "\x7f"])
def test_a_password_holds_nothing_that_cannot_be_seen(unseen: str) -> None:
    assert "invisible" in str(verdict(f"plain sailing{unseen} on tuesdays"))


@pytest.mark.parametrize("password", ["", "short", "elevenchars", "y" + "long " * 25 + "123"])
def test_fewer_than_12_or_more_than_128_characters_are_refused(password: str) -> None:
    assert verdict(password) == "must have 12 to 128 characters"


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Password123!",
        "P@ssw0rd2024",
        "passwordpassword",
        "123456789012",
        "987654321098",
        "qwertyuiop12",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "abcdefghijkl",
        "abcabcabcabc",
        "aaaaaaaaaaaa",
        "iloveyou2024",
        "Iloveyou!!!!",
        "dragondragon",
        "letmein12345",
        "!!!sunshine!",
        "administrator",
        "manchesterunited",
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    assert verdict(password) == "is one of the first that anybody would guess; choose another"


@pytest.mark.parametrize("password", ["ada.lovelace", "ADA.Lovelace", "Ada.Lovelace@Example.test"])
def test_ones_own_name_is_refused_in_any_case(password: str) -> None:
    assert verdict(password) == "must not be your user name or e-mail address"


def test_the_shortest_length_is_a_setting() -> None:
    found = problem("tin-whistle-88", min_length=16)
    assert found == Problem("wrong_length", "must have 16 to 128 characters", {"min_length": 16, "max_length": 128})
    assert problem("tin-whistle-88", min_length=8) is None


def test_the_same_letters_typed_on_another_keyboard_are_the_same_password() -> None:
    assert normalized("caf\u00e9 noir, deux sucres") == normalized("cafe\u0301 noir, deux sucres")


def test_judging_the_longest_password_is_quick() -> None:
    assert verdict("ab" * 63 + "c") is None
