"""Log-normal amounts without floating-point money: a table of quantiles, as integer millionths of the mean.

An amount is `mean_minor * ratio // MILLION` with `ratio` taken from the table at a uniform index. The table is computed
with Decimal, whose exp and ln are correctly rounded everywhere, so two machines never disagree about a cent.
"""

from decimal import Context, Decimal
from functools import cache
from statistics import NormalDist

TABLE_BITS = 13
TABLE_SIZE = 1 << TABLE_BITS
MILLION = 1_000_000

_CONTEXT = Context(prec=15)


@cache
def lognormal_ratios(std_millionths: int) -> tuple[int, ...]:
    """Quantiles of a log-normal with mean 1 and standard deviation `std_millionths` / 1e6, in millionths, ascending.

    Quantiles are taken at the middle of each of TABLE_SIZE equal slices and scaled so that the table's mean is 1.
    """
    spread = Decimal(std_millionths) / MILLION
    sigma = _CONTEXT.sqrt(_CONTEXT.ln(1 + spread * spread))
    raw = [_CONTEXT.exp(_CONTEXT.multiply(sigma, normal_quantile(index))) for index in range(TABLE_SIZE)]
    scale = _CONTEXT.divide(Decimal(MILLION * TABLE_SIZE), sum(raw, Decimal(0)))
    return tuple(int(_CONTEXT.multiply(value, scale)) for value in raw)


@cache
def normal_quantile(index: int) -> Decimal:
    """Standard normal quantile of slice `index`; ten decimals hide any last-bit difference between C libraries."""
    return Decimal(f"{NormalDist().inv_cdf((index + 0.5) / TABLE_SIZE):.10f}")


def scaled(mean_minor: int, ratio_millionths: int) -> int:
    """`mean_minor` times a ratio in millionths, never below one minor unit."""
    return max(1, mean_minor * ratio_millionths // MILLION)


def rounded_to(amount_minor: int, step_minor: int) -> int:
    """Nearest multiple of `step_minor`, at least one step: rents and wages are round sums."""
    return max(step_minor, (amount_minor + step_minor // 2) // step_minor * step_minor)
