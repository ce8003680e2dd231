"""Derived seeds."""

from hashlib import blake2b


def derive_seed(*parts: int | str) -> int:
    """Hash `parts` (seed, epoch, batch, …) into a seed of 63 bits, the same on every machine."""
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
