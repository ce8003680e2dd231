"""Files whose content a checkpoint holds."""

from dataclasses import dataclass, field
from hashlib import sha256

from .errors import InputError


@dataclass(frozen=True)
class Asset:
    """File that a definition needs, such as a tokenizer. Only a checkpoint has its bytes; all else, its digest."""

    digest: str
    content: bytes | None = field(default=None, repr=False, compare=False)

    @classmethod
    def of(cls, content: bytes) -> "Asset":
        """Asset with these bytes."""
        return cls(sha256(content).hexdigest(), content)

    def read(self) -> bytes:
        """The bytes.

        Raises:
            InputError: only the digest is known, as in stored predictions.
        """
        if self.content is None:
            raise InputError(
                f"The file with the digest {self.digest[:12]} is known by its digest only: load a checkpoint."
            )
        return self.content
