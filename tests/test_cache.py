"""Embeddings that threads share."""

import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from shapiq_fixlip.sides.cache import EmbeddingCache


class Hesitant(OrderedDict):
    """Lets other threads act after it was asked for a key."""

    def __contains__(self, key):
        found = super().__contains__(key)
        time.sleep(0)
        return found


def test_threads_share_a_cache(monkeypatch):
    monkeypatch.setattr("shapiq_fixlip.sides.cache.OrderedDict", Hesitant)
    cache = EmbeddingCache(2)

    def use(start):
        for i in range(500):
            number = (start + i) % 4
            found = cache.get(bytes([number]))
            if found is None:
                cache.put(bytes([number]), np.full(3, number))
            else:
                assert (found == number).all()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(use, range(4)))


def test_the_least_recently_asked_for_is_dropped():
    cache = EmbeddingCache(2)
    for key in (b"a", b"b"):
        cache.put(key, np.ones(1))
    cache.get(b"a")
    cache.put(b"c", np.ones(1))
    assert [cache.get(key) is None for key in (b"a", b"b", b"c")] == [False, True, False]
