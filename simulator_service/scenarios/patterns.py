"""Who pays whom in the eight patterns of laundering (AMLworld, arXiv 2306.16424): layers of payments, in order of time.

Accounts are numbered from 0. What is paid in one layer has arrived before the next begins.
"""

from collections.abc import Callable

Payment = tuple[int, int]
Layers = list[list[Payment]]


def fan_in(width: int) -> Layers:
    """Several accounts pay one."""
    return [[(source, 0) for source in range(1, width + 1)]]


def fan_out(width: int) -> Layers:
    """One account pays several."""
    return [[(0, target) for target in range(1, width + 1)]]


def cycle(width: int) -> Layers:
    """Money goes round and comes back to where it began."""
    return [[(place, (place + 1) % width)] for place in range(width)]


def random(width: int, below: Callable[[int], int]) -> Layers:
    """Money wanders among accounts by up to `width` payments, no two between the same two; `below(n)` draws 0..n-1."""
    layers: Layers = []
    here = 0
    for _ in range(width):
        open_ways = [there for there in range(width) if there != here and [(here, there)] not in layers]
        if not open_ways:
            break
        there = open_ways[below(len(open_ways))]
        layers.append([(here, there)])
        here = there
    return _numbered(layers)


def bipartite(width: int) -> Layers:
    """Each of several accounts pays each of several others."""
    return [[(source, width + target) for source in range(width) for target in range(width)]]


def stack(width: int) -> Layers:
    """Two bipartite layers, one after the other."""
    (first,) = bipartite(width)
    return [first, [(source + width, target + width) for source, target in first]]


def scatter_gather(width: int) -> Layers:
    """One account pays several, and all of these pay one."""
    (scattered,) = fan_out(width)
    return [scattered, [(between, width + 1) for _, between in scattered]]


def gather_scatter(width: int) -> Layers:
    """Several accounts pay one, and that one pays several others."""
    (gathered,) = fan_in(width)
    return [gathered, [(0, width + target) for target in range(1, width + 1)]]


def accounts_of(layers: Layers) -> int:
    """How many accounts take part."""
    return 1 + max(side for layer in layers for payment in layer for side in payment)


def _numbered(layers: Layers) -> Layers:
    """The same with accounts numbered in the order in which they come up, so that none is left out."""
    numbers: dict[int, int] = {}
    for layer in layers:
        for payment in layer:
            for side in payment:
                numbers.setdefault(side, len(numbers))
    return [[(numbers[source], numbers[target]) for source, target in layer] for layer in layers]
