"""Tables of quantiles as whole numbers: waiting times, Zipf ranks and powers of log-normal ratios.

Computed with Decimal, whose exp and ln are rounded alike everywhere, so that two machines never disagree.
"""

from decimal import Context, Decimal
from functools import cache

import numpy as np
from numpy.typing import NDArray

from simulator_service.streams.amounts import MILLION, TABLE_SIZE, normal_quantile
from simulator_service.streams.randomness import Words, top_bits

INCOME_CLASSES = 64
RANK_BITS = 12
_CONTEXT = Context(prec=15)
Integers = NDArray[np.int64]


@cache
def waiting_times() -> Integers:
    """Quantiles of an exponential waiting time of mean 1, in millionths, ascending."""
    raw = [-_CONTEXT.ln(1 - (Decimal(index) + Decimal("0.5")) / TABLE_SIZE) for index in range(TABLE_SIZE)]
    scale = _CONTEXT.divide(Decimal(MILLION * TABLE_SIZE), sum(raw, Decimal(0)))
    return np.array([int(_CONTEXT.multiply(value, scale)) for value in raw], dtype=np.int64)


def moods(words: Words) -> Integers:
    """Gamma factors of mean 1 and shape 4, in millionths: the mean of four waiting times from each word."""
    table, cells = waiting_times(), np.uint64(TABLE_SIZE - 1)
    parts = (table[((words >> np.uint64(shift)) & cells).astype(np.int64)] for shift in (12, 25, 38, 51))
    total: Integers = sum(parts, np.zeros(words.shape, dtype=np.int64))
    return total // 4


@cache
def income_powers(spread_millionths: int, exponent_percent: int) -> Integers:
    """Log-normal ratios to a power, by class of income, in millionths; their mean over all classes is 1."""
    spread = Decimal(spread_millionths) / MILLION
    sigma = _CONTEXT.sqrt(_CONTEXT.ln(1 + spread * spread)) * exponent_percent / 100
    step = TABLE_SIZE // INCOME_CLASSES
    middles = (normal_quantile(index * step + step // 2) for index in range(INCOME_CLASSES))
    raw = [_CONTEXT.exp(_CONTEXT.multiply(sigma, middle)) for middle in middles]
    scale = _CONTEXT.divide(Decimal(MILLION * INCOME_CLASSES), sum(raw, Decimal(0)))
    return np.array([int(_CONTEXT.multiply(value, scale)) for value in raw], dtype=np.int64)


@cache
def zipf_ranks(count: int) -> Integers:
    """Ranks 0..count-1 in cells of a table, of which the n-th has a share of 1/n of the first one's."""
    weights = [MILLION // rank for rank in range(1, count + 1)]
    return shared_out(tuple(weights), 1 << RANK_BITS)


@cache
def shared_out(weights: tuple[int, ...], cells: int) -> Integers:
    """The places of these weights in so many cells, each with its share."""
    ends = np.cumsum(np.array(weights, dtype=np.int64)) * cells // sum(weights)
    return np.searchsorted(ends, np.arange(cells), side="right").astype(np.int64)


def ranks(words: Words, count: int) -> Integers:
    """A Zipf rank for each word, from its highest bits."""
    return zipf_ranks(count)[top_bits(words, RANK_BITS)]
