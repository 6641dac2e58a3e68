"""Counter-based random numbers: the same key and counter give the same number, in any order, on any machine.

Each (seed, owner, purpose) has a 64-bit stream key made by BLAKE2b; the n-th number of a stream is SplitMix64 at
position n (Steele, Lea and Flood, 2014). A plan drawn this way has no hidden state: an hour can be planned alone, and a
person more or less changes nobody else's numbers. Everything is integer arithmetic, so no platform rounds differently.
"""

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]

_MASK = 0xFFFF_FFFF_FFFF_FFFF
_GAMMA = 0x9E37_79B9_7F4A_7C15
_MIX_1 = 0xBF58_476D_1CE4_E5B9
_MIX_2 = 0x94D0_49BB_1331_11EB


def stream_key(seed: int, owner: str, purpose: str) -> int:
    """The key of one stream, 64 bits."""
    text = f"{seed}\x1f{owner}\x1f{purpose}".encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def draw(key: int, counter: int) -> int:
    """The number at `counter` of stream `key`, uniform on 0..2**64-1."""
    word = (key + (counter + 1) * _GAMMA) & _MASK
    word = ((word ^ (word >> 30)) * _MIX_1) & _MASK
    word = ((word ^ (word >> 27)) * _MIX_2) & _MASK
    return word ^ (word >> 31)


def draw_below(key: int, counter: int, bound: int) -> int:
    """Uniform on 0..bound-1, by multiply and shift."""
    return (draw(key, counter) * bound) >> 64


def draws(keys: Words, counters: Words) -> Words:
    """`draw` for arrays that broadcast together; element for element the same numbers."""
    word: Words = keys + (counters + np.uint64(1)) * np.uint64(_GAMMA)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(_MIX_1)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(_MIX_2)
    return word ^ (word >> np.uint64(31))


def top_bits(words: Words, bits: int) -> NDArray[np.int64]:
    """The highest `bits` (at most 62) of each word as signed integers, fit for indexing and products."""
    high: NDArray[np.int64] = (words >> np.uint64(64 - bits)).astype(np.int64)
    return high


def bounded(words: Words, bounds: NDArray[np.int64] | int) -> NDArray[np.int64]:
    """Each word scaled to 0..bound-1, for bounds below 2**31."""
    return (top_bits(words, 32) * bounds) >> 32
