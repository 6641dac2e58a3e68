"""Names for people and firms, drawn with Faker from a key, so that the same key always gives the same name."""

import unicodedata
from functools import cache

from faker import Faker

LOCALES = ("en_GB", "de_DE", "fr_FR", "it_IT", "es_ES", "nl_NL")

_UNFOLDED_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})
"""Letters that Unicode does not take apart into a plain letter and an accent."""

_TRADES = {
    "groceries": ("{} Market", "{} Foods", "Fresh {}"),
    "restaurants": ("Trattoria {}", "Bistro {}", "{} Kitchen", "The {} Table"),
    "coffee": ("Café {}", "{} Roasters"),
    "transport": ("{} Transit",),
    "fuel": ("{} Fuel", "Station {}"),
    "shopping": ("{} & Co", "{} Outfitters", "Maison {}", "{} Home"),
    "electronics": ("{} Electronics",),
    "entertainment": ("{} Cinema", "{} Books", "Club {}"),
    "health": ("{} Pharmacy", "{} Opticians"),
    "personal_care": ("Salon {}",),
    "travel": ("{} Travel",),
    "landlord": ("{} Homes", "{} Estates"),
}


@cache
def _faker(locale: str) -> Faker:
    return Faker(locale)


def _seeded(key: int) -> Faker:
    faker = _faker(LOCALES[key % len(LOCALES)])
    faker.seed_instance(key)
    return faker


def person_name(key: int) -> str:
    """First and last name, in one of six European languages."""
    faker = _seeded(key)
    return f"{faker.first_name()} {faker.last_name()}"


def company_name(key: int) -> str:
    """A firm that employs people."""
    return str(_seeded(key).company())


def trade_name(key: int, trade: str, ordinal: int) -> str:
    """A shop or landlord whose name tells its trade."""
    patterns = _TRADES[trade]
    return patterns[ordinal % len(patterns)].format(_seeded(key).last_name())


def supplier_name(key: int, service: str) -> str:
    """A firm that sends bills, named after what it bills for."""
    return f"{_seeded(key).last_name()} {service}"


def username_stem(name: str) -> str:
    """`first.last` in lower-case ASCII letters, from any Latin name."""
    folded = unicodedata.normalize("NFKD", name.lower().translate(_UNFOLDED_LETTERS))
    words = ("".join(char for char in word if char.isascii() and char.isalpha()) for word in folded.split())
    return ".".join(word for word in words if word)[:32].strip(".")
