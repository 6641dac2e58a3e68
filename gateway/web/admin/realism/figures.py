"""Measures in words: shares in percent, sums of money and large numbers whole, others to three digits."""


def figure(value: float, unit: str) -> str:
    """A measure as a person reads it. Statistics alone: no money is computed with it."""
    if unit == "share":
        return f"{float(value):.1%}"
    return f"{float(value):,.0f}" if abs(value) >= 1000 else f"{float(value):.3g}"
