"""Where published rates are read, how often, and what the bank keeps of an exchange."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from account_service.rates.sources.every import SOURCES
from shared import settings
from shared.settings import MissingSettingError

DEFAULT_MARGIN_BASIS_POINTS = 50
_ADDRESS = re.compile(r"https?://[^\s/@?#]+(?:/[^\s#]*)?", re.ASCII)


@dataclass(frozen=True)
class RatesSettings:
    """`addresses` by source; an empty one switches it off. `refresh_hours`: 0 asks only when an administrator does."""

    addresses: Mapping[str, str] = field(
        default_factory=lambda: {source.name: source.default_address for source in SOURCES}
    )
    refresh_hours: int = 0
    margin_basis_points: int = DEFAULT_MARGIN_BASIS_POINTS

    @classmethod
    def from_environment(cls) -> "RatesSettings":
        """Raises MissingSettingError, with a sentence for the operator, when a value cannot be used."""
        given = {
            "ecb": os.environ.get("RATES_ECB_URL"),
            "ecb-key-rates": os.environ.get("RATES_ECB_KEY_RATES_URL"),
            "bank-of-england": os.environ.get("RATES_BOE_URL"),
            "fdic": os.environ.get("RATES_FDIC_URL"),
        }
        addresses = {
            source.name: _address(source.setting, given[source.name], source.default_address) for source in SOURCES
        }
        return cls(
            addresses=addresses,
            refresh_hours=settings.number("RATES_REFRESH_HOURS", 0, highest=8_760),
            margin_basis_points=settings.number("BANK_EXCHANGE_MARGIN", DEFAULT_MARGIN_BASIS_POINTS, highest=9_999),
        )


def _address(name: str, given: str | None, default: str) -> str:
    if given is None:
        return default
    if given and _ADDRESS.fullmatch(given) is None:
        message = f"{name} is {given!r}; it must be an address of http or https, or empty"
        raise MissingSettingError(message)
    return given
