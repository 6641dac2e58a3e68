"""The kinds of merchant that the pages offer to block, by their category codes (ISO 18245)."""

KINDS = (
    ("7995", "Betting and casinos"),
    ("6051", "Crypto and money orders"),
    ("7994", "Arcades and video games"),
    ("5813", "Bars and nightclubs"),
    ("7273", "Dating"),
)
CODES = frozenset(code for code, _ in KINDS)
