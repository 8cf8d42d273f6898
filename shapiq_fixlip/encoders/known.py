"""Models of known answers: transformers of one block, written down instead of trained.

Their attention is even, so that what it gathers is a mean, and a token of which there is one tells
of how many. Keys are such that the patches and words that a model knows are most like the query:
methods that look for this find them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, override

import torch
from torch import nn
from torch.nn import functional
from torchvision.transforms.functional import normalize, pil_to_tensor

from shapiq_fixlip.encoders.base import Encoder, PatchTower, PreparedImage, TextTower
from shapiq_fixlip.encoders.known_codes import CODE_SIZE, PATTERNS
from shapiq_fixlip.encoders.known_readings import CODES, WORDS
from shapiq_fixlip.encoders.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PIL import Image

    from shapiq_fixlip.encoders.known_readings import Counts, Reading
    from shapiq_fixlip.encoders.tokenizer import Span

__all__ = ["KnownImageTower", "KnownModel", "KnownTextTower", "known_encoder", "known_passes"]

CONTEXT_LENGTH = 128

_HALF = (0.5, 0.5, 0.5)
"""What is subtracted from pixels and what they are divided by: black is -1, white 1."""

_SIZES = tuple(CODE_SIZE * side for side in (7, 14))
"""Sides of coded images in pixels; other images become the first of these."""

_UNKNOWN, _END = 0, len(WORDS) + 1
"""Tokens; those of known words are between them."""


class _Count(nn.Module):
    """A block that counts: the mean of all tokens, by attention with one head.

    The first number of a token is one for the token that the embedding is read from, and zero for
    all others; then follow as many numbers as there are known codes or words.
    """

    def __init__(self, n_known: int) -> None:
        super().__init__()
        self.n_known = n_known

    @override
    def forward(
        self, hidden: torch.Tensor, attention_mask: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Average tokens, ``(m, t, width)``, of which those with a zero in the mask are absent."""
        is_known = hidden[..., 1 : 1 + self.n_known].sum(dim=-1).clamp(max=1)
        query = torch.stack([torch.ones_like(is_known), torch.zeros_like(is_known)], dim=-1)
        key = torch.stack([torch.ones_like(is_known), 1 - is_known], dim=-1)
        mask = None if attention_mask is None else attention_mask.bool()[:, None, None]
        return functional.scaled_dot_product_attention(
            query[:, None], key[:, None], hidden[:, None], attn_mask=mask
        )[:, 0]


class KnownModel(nn.Module):
    """The weights of a model of known answers.

    Attributes:
        reading: What it reads off what it counts.
        patterns: Of the codes that are read, so that a patch that shows one has the product 1.
        words: Which known word each token is, if it is read; of shape ``(n_tokens, n_words)``.
        image_block: Counts codes.
        text_block: Counts words.
    """

    patterns: torch.Tensor
    words: torch.Tensor

    def __init__(self, reading: Reading) -> None:
        """Set up the blocks of both towers."""
        super().__init__()
        self.reading = reading
        codes = PATTERNS[[CODES.index(code) for code in reading.codes]] / CODE_SIZE**2
        self.register_buffer("patterns", torch.tensor(codes, dtype=torch.float32))
        words = torch.zeros(_END + 1, len(reading.words))
        for place, word in enumerate(reading.words):
            words[1 + WORDS.index(word), place] = 1
        self.register_buffer("words", words)
        self.image_block, self.text_block = _Count(len(reading.codes)), _Count(len(reading.words))


class KnownImageTower(PatchTower):
    """Counts the codes in an image.

    Attributes:
        model: The weights.
        n_passes: The number of images that were embedded so far outside games, for gradients.
    """

    embeds_nothing = True

    def __init__(self, model: KnownModel, batch_size: int) -> None:
        """Wrap a model."""
        self.model, self.batch_size, self.n_passes = model, batch_size, 0

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return [self.model.image_block]

    @override
    def prepare(self, image: Image.Image) -> PreparedImage:
        if image.width != image.height or image.width not in _SIZES:
            image = image.resize((_SIZES[0], _SIZES[0]))
        pixels = normalize(pil_to_tensor(image).float() / 255, list(_HALF), list(_HALF))
        grid = (image.height // CODE_SIZE, image.width // CODE_SIZE)
        size = (image.height, image.width)
        return PreparedImage(pixels[None].to(self.model.patterns), grid, size, _HALF, _HALF)

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        known = self.detect(pixels)
        return torch.cat([torch.zeros_like(known[..., :1]), known], dim=2)

    def detect(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return how much of each code the patches show, of shape ``(m, n_patches, n_codes)``."""
        patches = functional.unfold(pixels.mean(dim=1, keepdim=True), CODE_SIZE, stride=CODE_SIZE)
        return patches.mT @ self.model.patterns.T

    @override
    def features_of_tokens(self, tokens: torch.Tensor) -> torch.Tensor:
        own = functional.one_hot(torch.zeros(len(tokens), 1, dtype=torch.long), tokens.shape[2])
        counted = self.model.image_block(torch.cat([own.to(tokens), tokens], dim=1))[:, 0]
        self.n_passes += _outside_games(counted)
        reading = self.model.reading
        return reading.embed_image(_counts(counted, reading.codes))


class KnownTextTower(TextTower):
    """Counts the words in a text.

    Attributes:
        model: The weights.
        n_passes: The number of texts that were embedded so far outside games, for gradients.
    """

    def __init__(self, model: KnownModel, batch_size: int) -> None:
        """Wrap a model."""
        self.model, self.batch_size, self.n_passes = model, batch_size, 0
        self.tokenizer = _WordTokenizer()

    @property
    @override
    def blocks(self) -> Sequence[nn.Module]:
        return [self.model.text_block]

    def detect(self, ids: torch.Tensor) -> torch.Tensor:
        """Return which words tokens are, and then their places, ``(m, L, 2 * n_words)``."""
        is_word = self.model.words[ids.to(self.model.words.device)]
        places = torch.arange(ids.shape[1]).to(is_word)
        return torch.cat([is_word, is_word * places[:, None]], dim=2)

    @override
    def features(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        known = self.detect(ids)
        is_end = (ids == _END).to(known)[..., None]
        hidden = torch.cat([is_end, known], dim=2)
        mask = attention_mask.to(hidden.device)
        counted = self.model.text_block(hidden, mask)[:, -1]
        self.n_passes += _outside_games(counted)
        reading = self.model.reading
        return reading.embed_text(_counts(counted, reading.counted_words))


def _outside_games(counted: torch.Tensor) -> int:
    """Return how many inputs there are, but for those that games embed and count themselves."""
    return 0 if torch.is_inference_mode_enabled() else len(counted)


def _counts(counted: torch.Tensor, names: Sequence[str]) -> Counts:
    """Return how many there are: means, divided by that of the one token, ``(m,)`` for each."""
    return dict(zip(names, (counted[:, 1:] / counted[:, :1]).unbind(dim=1), strict=True))


class _WordTokenizer(Tokenizer):
    """Splits a text into words and marks, of which it knows only a few words."""

    context_length = CONTEXT_LENGTH
    _vocabulary_size = _END + 1
    _placeholder = _UNKNOWN

    @override
    def _encode(self, text: str) -> tuple[list[int], Sequence[bool], Sequence[Span]]:
        found = list(re.finditer(r"\w+|[^\w\s]", text))
        known = {word: number for number, word in enumerate(WORDS, start=1)}
        ids = [known.get(part[0].lower(), _UNKNOWN) for part in found]
        spans = [part.span() for part in found]
        is_special = [False] * len(ids)
        return [*ids, _END], [*is_special, True], [*spans, (len(text), len(text))]

    @override
    def name(self, token: int) -> str:
        return ("<unknown>", *WORDS, "<end>")[token]


def known_passes(encoder: Encoder) -> int:
    """Return the passes of both towers so far outside games; 0 for another model."""
    image, text = encoder.image_tower, encoder.text_tower
    if not isinstance(image, KnownImageTower) or not isinstance(text, KnownTextTower):
        return 0
    return image.n_passes + text.n_passes


def known_encoder(reading: Reading, batch_size: int) -> tuple[Encoder, KnownModel]:
    """Return the encoder of a reading, and the model in it."""
    model = KnownModel(reading).eval().requires_grad_(requires_grad=False)
    encoder = Encoder(
        image_tower=KnownImageTower(model, batch_size),
        text_tower=KnownTextTower(model, batch_size),
        logit_scale=reading.logit_scale,
        logit_bias=0.0,
    )
    return encoder, model
