"""Embeddings that need not be computed again."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EmbeddingCache"]


class EmbeddingCache:
    """A bounded number of embeddings, those that were asked for last; threads may share it."""

    def __init__(self, size: int) -> None:
        """Start empty; with a size of 0, nothing is kept."""
        self._size = size
        self._lock = Lock()
        self._embeddings: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    def get(self, key: bytes) -> NDArray[np.float32] | None:
        """Return an embedding, or ``None`` if it is not kept."""
        with self._lock:
            if key not in self._embeddings:
                return None
            self._embeddings.move_to_end(key)
            return self._embeddings[key]

    def put(self, key: bytes, embedding: NDArray[np.float32]) -> None:
        """Keep an embedding. If there are too many, drop the one least recently asked for."""
        with self._lock:
            self._embeddings[key] = embedding.copy()  # a view would keep its batch alive
            if len(self._embeddings) > self._size:
                self._embeddings.popitem(last=False)
