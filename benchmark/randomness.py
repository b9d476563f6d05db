"""Seeds derived from a run's seed by role, so that nothing shares a stream by accident.

Two architectures at one seed get the same data order, and the same initial embedding, encoder and
gate blocks wherever both have them: that is what makes a comparison at one seed a paired one.
"""

from __future__ import annotations

import hashlib


def derive_seed(seed: int, *role: str | int) -> int:
    """A 31-bit seed for one role, such as ``derive_seed(3, "embedding", "tokens")``."""
    text = "/".join(str(part) for part in (seed, *role))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1
