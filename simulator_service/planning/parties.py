"""Parties as numbers: who moves money, in a column; their ids follow from the numbers alone.

A code is the party's sort in the upper half and its number in the lower. The number of a shop of a town holds the town,
the trade and its place among the shops of that trade; a chain has no town.
"""

import numpy as np

from simulator_service.planning.event_block import Integers

SORTS = ("outside", "person", "savings", "employer", "landlord", "supplier", "merchant", "chain")
OUTSIDE = 0
PERSON, SAVINGS, EMPLOYER, LANDLORD, SUPPLIER, MERCHANT, CHAIN = (place << 40 for place in range(1, len(SORTS)))
_TRADE_BITS, _PLACE_BITS = 6, 6
_PLACES = 1 << _PLACE_BITS
_NUMBERED = {"person": "p{}", "savings": "p{}.savings", "employer": "e{}"}


def shop(town: Integers | int, trade: Integers | int, place: Integers | int) -> Integers:
    """The codes of shops of towns."""
    return np.asarray(MERCHANT + (((np.asarray(town) << _TRADE_BITS) + trade) << _PLACE_BITS) + place, dtype=np.int64)


def chain(trade: Integers | int, place: Integers | int) -> Integers:
    """The codes of chains, which are in every town."""
    return np.asarray(CHAIN + (np.asarray(trade) << _PLACE_BITS) + place, dtype=np.int64)


class PartyIds:
    """Ids of a plan's parties, by code and back; shops and firms that send bills are named after these."""

    def __init__(self, trades: tuple[str, ...], services: tuple[str, ...]) -> None:
        self._trades = trades
        self._services = tuple(service.lower().replace(" ", "_") for service in services)

    def id_of(self, code: int) -> str | None:
        """The id of a party; None for the world outside the bank."""
        sort, number = SORTS[code >> 40], code & ((1 << 40) - 1)
        if sort in _NUMBERED:
            return _NUMBERED[sort].format(number)
        if sort == "landlord":
            return f"l{number >> 1}.{number & 1}"
        if sort == "supplier":
            return f"u.{self._services[number]}"
        if sort == "outside":
            return None
        trade = self._trades[(number >> _PLACE_BITS) & ((1 << _TRADE_BITS) - 1)]
        town = f"m{number >> (_TRADE_BITS + _PLACE_BITS)}" if sort == "merchant" else "c"
        return f"{town}.{trade}.{number % _PLACES}"

    def code_of(self, party_id: str | None) -> int:
        """The code of a party by its id. Raises ValueError for what is no id."""
        if party_id is None:
            return OUTSIDE
        sort, rest = party_id[0], party_id[1:].split(".")
        match sort, rest:
            case (("p" | "e"), [number]):
                found = {"p": PERSON, "e": EMPLOYER}[sort] + int(number)
            case "p", [number, "savings"]:
                found = SAVINGS + int(number)
            case "l", [town, place]:
                found = LANDLORD + 2 * int(town) + int(place)
            case "u", [_, service]:
                found = SUPPLIER + self._services.index(service)
            case "m", [town, trade, place]:
                found = int(shop(int(town), self._trades.index(trade), int(place)))
            case "c", [_, trade, place]:
                found = int(chain(self._trades.index(trade), int(place)))
            case _:
                message = f"no party has the id {party_id!r}"
                raise ValueError(message)
        return found
