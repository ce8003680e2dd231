"""Seeds that are a function of what they are for."""

from hashlib import blake2b


def key(*parts: int | str) -> int:
    """A seed from its parts (seed, epoch, batch, …), the same on every machine."""
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
