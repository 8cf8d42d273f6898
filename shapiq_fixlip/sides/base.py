"""One input of the pair with its players: coalitions in, embeddings out."""

from __future__ import annotations

import threading
import warnings
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, override

import numpy as np
import torch
from tqdm.auto import tqdm

from shapiq_fixlip.coalitions.sampling import distinct_rows
from shapiq_fixlip.errors import InputError, ResourceError, is_out_of_memory, whole_number
from shapiq_fixlip.progress import advance
from shapiq_fixlip.sides.cache import EmbeddingCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapiq.typing import CoalitionMatrix


__all__ = ["DEFAULT_CACHE_SIZE", "Side", "TowerSide", "checked_embeddings"]

DEFAULT_CACHE_SIZE = 2**16
"""The most embeddings kept for each side; 128 MiB for those of 512 numbers in float32."""


_REAL = "iuf"
"""Kinds of numpy that embeddings may be."""


class Side(ABC):
    """One input of the pair and its players.

    Attributes:
        player_names: A readable name for each player; none if the whole input always stays.
        kind: What one player is called.
    """

    player_names: tuple[str, ...]
    kind: str

    @property
    def n_players(self) -> int:
        """The number of players."""
        return len(self.player_names)

    @property
    def device(self) -> torch.device:
        """Where the tower embeds, once it has: the CPU by default. The solver works there, too."""
        return torch.device("cpu")

    @property
    @abstractmethod
    def n_passes(self) -> int:
        """The number of coalitions that towers have embedded so far."""

    @abstractmethod
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        """Embed what is left of the input when only some players are present.

        Args:
            coalitions: Of shape ``(m, n_players)``, with at least one row.

        Returns:
            Of shape ``(m, d)``, float32.
        """

    def shown(self, coalition: NDArray[np.bool_]) -> object:
        """Return what is left of the input, for a person to look at.

        Args:
            coalition: Of shape ``(n_players,)``.
        """
        return [name for name, stays in zip(self.player_names, coalition, strict=True) if stays]


def checked_embeddings(side: Side, coalitions: CoalitionMatrix) -> NDArray[np.number]:
    """Embed coalitions, ``(m, n_players)``, and check what the side returns, as users write sides.

    Raises:
        InputError: If it is not a table of finite real numbers with a row for each coalition.
    """
    returned = np.asarray(side.embed(coalitions))
    is_table = returned.ndim == 2 and len(returned) == len(coalitions)  # noqa: PLR2004 - a table
    if not is_table or returned.dtype.kind not in _REAL:
        msg = (
            f"must return a row of real numbers for each of {len(coalitions)} coalitions, "
            f"got {returned.dtype} of shape {returned.shape} from {type(side).__name__}."
        )
        raise InputError("sides", msg)
    n_bad = np.count_nonzero(~np.isfinite(returned).all(axis=1))
    if n_bad:
        msg = (
            f"must embed to finite numbers, got NaN or infinity for {n_bad} of "
            f"{len(coalitions)} coalitions from {type(side).__name__}."
        )
        raise InputError("sides", msg)
    return returned


class TowerSide(Side):
    """One input, its players, and the tower that embeds what is left of it to unit length.

    Every forward pass has the same number of rows, all equally long for the model; an incomplete
    batch is filled up with copies of its rows. So the same kernels always run, and the embedding of
    a coalition depends neither on its neighbours nor on what was asked before. Only if the memory
    does not suffice do the batches get smaller, with a warning.
    """

    kind = "player"

    def __init__(
        self,
        player_names: Sequence[str],
        *,
        batch_size: int,
        cache_size: int = DEFAULT_CACHE_SIZE,
        verbose: bool = False,
    ) -> None:
        """Set up the players and an empty cache.

        Args:
            player_names: A name for each player; none if the whole input always stays.
            batch_size: The number of rows of a forward pass.
            cache_size: The most embeddings that are kept; 0 keeps none.
            verbose: Whether to show a progress bar while embedding.

        Raises:
            InputError: If ``cache_size`` is negative.
        """
        whole_number("cache_size", cache_size, least=0)
        self.player_names = tuple(player_names)
        self._n_passes, self._device = 0, torch.device("cpu")
        self._batch_size, self._verbose = batch_size, verbose
        self._cache, self._embedding = EmbeddingCache(cache_size), threading.Lock()

    @property
    @override
    def n_passes(self) -> int:
        return self._n_passes

    @property
    @override
    def device(self) -> torch.device:
        return self._device

    @abstractmethod
    def _embed_batch(self, coalitions: CoalitionMatrix) -> torch.Tensor:
        """Embed one batch of equally long coalitions, ``(b, n)``, to unit length, ``(b, d)``."""

    def _lengths(self, coalitions: CoalitionMatrix) -> NDArray[np.intp]:
        """Return how long each coalition is for the model, of shape ``(m,)``."""
        return np.zeros(len(coalitions), dtype=np.intp)

    @override
    def embed(self, coalitions: CoalitionMatrix) -> NDArray[np.float32]:
        first, inverse = distinct_rows(coalitions)
        distinct = coalitions[first]
        keys = [row.tobytes() for row in np.packbits(distinct, axis=1)]
        with self._embedding:  # threads wait for what another one is embedding
            kept = {key: self._cache.get(key) for key in keys}
            missing = [i for i, key in enumerate(keys) if kept[key] is None]
            advance(len(keys) - len(missing))
            for i, embedding in zip(missing, self._embed_all(distinct[missing]), strict=True):
                kept[keys[i]] = embedding
                self._cache.put(keys[i], embedding)
        return np.array(list(kept.values()))[inverse]

    def _embed_all(self, coalitions: CoalitionMatrix) -> list[NDArray[np.float32]]:
        """Embed coalitions batch by batch, the next one while the last one is being computed."""
        done: list[NDArray[np.float32]] = []
        lengths = self._lengths(coalitions)
        order = np.argsort(lengths, kind="stable")
        with tqdm(
            total=len(coalitions),
            desc=type(self).__name__,
            unit="pass",
            disable=not self._verbose or not len(coalitions),
        ) as progress:

            def wait(embedded: torch.Tensor) -> None:
                done.extend(self._arrived(embedded))
                self._n_passes += len(embedded)
                progress.update(len(embedded))
                advance(len(embedded))

            started, last = 0, None
            while started < len(coalitions):
                rows = order[started : started + self._batch_size]
                rows = rows[lengths[rows] == lengths[rows[0]]]
                embedded = self._embed_if_memory_allows(coalitions[rows])
                if embedded is None:
                    self._halve_batch_size()
                    continue
                started += len(rows)
                if last is not None:
                    wait(last)
                last = embedded
            if last is not None:
                wait(last)
        return [done[i] for i in np.argsort(order)]

    def _embed_if_memory_allows(self, rows: CoalitionMatrix) -> torch.Tensor | None:
        """Return embeddings, or ``None`` if out of memory; then what was allocated can be freed."""
        try:
            return self._embed_rows(rows)
        except (MemoryError, RuntimeError) as error:
            if is_out_of_memory(error):
                return None
            raise

    @torch.inference_mode()
    def _embed_rows(self, rows: CoalitionMatrix) -> torch.Tensor:
        batch = np.resize(rows, (self._batch_size, self.n_players))
        return self._embed_batch(batch)[: len(rows)]

    def _arrived(self, embedded: torch.Tensor) -> NDArray[np.float32]:
        """Wait for the embeddings of a batch."""
        self._device = embedded.device
        arrived = embedded.cpu().numpy()
        n_bad = int((~np.isfinite(arrived)).any(axis=1).sum())
        if n_bad:
            side = type(self).__name__
            msg = (
                "must return finite embeddings, got NaN or infinity for "
                f"{n_bad} of {len(arrived)} coalitions ({side}); try dtype='float32'."
            )
            raise InputError("model", msg)
        return arrived

    def _halve_batch_size(self) -> None:
        if self._batch_size == 1:
            msg = f"Out of memory: {type(self).__name__} cannot embed a single input."
            raise ResourceError(msg)
        torch.cuda.empty_cache()
        if torch.backends.mps.is_available():
            torch.mps.empty_cache()
        self._batch_size //= 2
        warnings.warn(
            f"Out of memory: {type(self).__name__} continues with batches of {self._batch_size}.",
            RuntimeWarning,
            stacklevel=2,
        )
