"""Numbers of words without a vocabulary."""

import re
from zlib import crc32

WORD = re.compile(r"\w+|[^\w\s]")


def hash_words(text: str, vocabulary: int, longest: int) -> list[int]:
    """Hash each of the first `longest` words and marks of a text, in lower case, to a number from 1 to vocabulary - 1.

    No list of words must be kept, and there are no unknown words: two words may share a number. A text without words
    is one empty word.

    Source: Weinberger et al., Feature hashing for large scale multitask learning, 2009.
    """
    words = WORD.findall(text.lower())[:longest] or [""]
    return [1 + crc32(word.encode()) % (vocabulary - 1) for word in words]
