"""One rule for text: what nobody can see is refused, what looks the same is stored the same."""

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.http.payloads import Line, PersonName
from shared.text import clean, clean_name, fold, is_clean_password, username_key

UNSEEN = [
    *("a\0", "\0", "a\nb", "a\x7f", "a\x85b", "\u202etxt", "a\u2066b", "ze\u200bro", "a\u00adb", "\ufeffa"),
    *("a\u2028b", "a\u2060b", "\u115f", "a\U000e0041", "a\ud800", "a\ufffeb"),
]
PLAIN = [
    *("", "Dinner", "100 % 'quoted' <b>", "Grüße, ŁÓDŹ", "नमस्ते", "日本語", "شكرا", "5 €"),
    "\u2764\ufe0f \U0001f469\u200d\U0001f680 1\ufe0f\u20e3",
]


@pytest.mark.parametrize("text", UNSEEN, ids=ascii)
def test_control_invisible_and_bidirectional_characters_are_refused_everywhere(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        clean(text)
    with pytest.raises(ValueError, match="must"):
        clean_name(text)
    assert not is_clean_password(text)
    for kind in (Line, PersonName):
        with pytest.raises(ValidationError):
            TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_people_write_is_taken_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_letters_are_composed_and_spaces_plain() -> None:
    assert clean("Mu\u0308ller\u00a0GmbH") == "Müller GmbH"
    assert TypeAdapter(Line).validate_python("  Mu\u0308ller ") == "Müller"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("  Jane \u00a0 Doe ", "Jane Doe"), ("Zoe\u0308 O’Neil", "Zoë O’Neil"), ("   ", ""), ("ﬁn", "fin")],
)
def test_a_name_has_one_form(typed: str, stored: str) -> None:
    assert clean_name(typed) == stored


def test_user_names_differ_by_more_than_capitals() -> None:
    assert username_key(" Jane.Doe ") == "jane.doe"
    assert username_key("Jane@Example.ORG") == "jane@example.org"
    assert username_key("ÄRGER") == username_key("a\u0308rger")


def test_capitals_of_every_language_are_folded() -> None:
    assert fold("ÄÖÜ") == fold("äöü") == fold("a\u0308o\u0308u\u0308")
    assert fold("STRASSE") == fold("straße")
    assert fold("ΣΊΣΥΦΟΣ") == fold("σίσυφος")
