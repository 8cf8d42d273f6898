"""exCLIP: attributions to pairs of patches and tokens, by integrated Jacobians of both towers."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch.autograd import forward_ad

from shapiq_fixlip.baselines.attention import explicit_attention
from shapiq_fixlip.baselines.tokens import pair_attributions, places
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.errors import InputError, brief, whole_number
from shapiq_fixlip.games.vision_language import check_vision_language
from shapiq_fixlip.typing import EndOfReference
from shapiq_fixlip.validation import check_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from shapiq import InteractionValues
    from torch import nn

    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.sides.text import TextSide

__all__ = ["exclip"]

_MIN_STEPS, _MAX_STEPS = 10, 640

_COMPLETE = 0.01
"""The share of the sum over all hidden states that may be missing."""

_END_OF_PAPER = 3
"""Where the reference text of the authors' code ends."""


def exclip(
    game: VisionLanguageGame,
    *,
    layer_image: int = -1,
    layer_text: int = -1,
    n_steps: int | Literal["auto"] = "auto",
    reference_end: EndOfReference = "text",
) -> InteractionValues:
    """Attribute the similarity to pairs of patches and tokens (Möller et al., 2024).

    Let ``x`` be the hidden states of a tower before some block, ``r`` those of a reference input,
    and ``J`` the mean Jacobian of the embedding along the line from ``r`` to ``x``. With these of
    both towers ``a`` and ``b``, a pair has the value ``(x_a - r_a)_i J_a^T J_b (x_b - r_b)_j``,
    divided by the norms of both embeddings and multiplied by the scale of the game. The reference
    image has pixels that are zero after normalisation. The reference text has the token of
    :class:`~shapiq_fixlip.Replace` in the place of each token.

    With more and more steps, the sum over all pairs of hidden states tends to the inner product of
    ``embedding - reference embedding`` of both towers. Hidden states of class tokens and of end
    tokens belong to no player. What they have gathered in earlier blocks is therefore left out: the
    later the block, the more. In a text tower with few blocks, the first block leaves more to the
    words.

    Only products of Jacobians and differences are needed, one for each token and step. They are
    computed in forward mode, so that a pass needs no more memory than usual.

    Args:
        game: The game of a model with a vision transformer and a text transformer.
        layer_image: The block of the image tower before which hidden states are taken, counted from
            0, or from the end if negative. Default -1, the last, as in the authors' code.
        layer_text: The same of the text tower. Default -1.
        n_steps: Number of steps of the integral, at the middles of equal parts. Each costs a pass
            of either side for each patch or token. ``"auto"`` (default) takes 10, doubled until
            the sum over all hidden states of a side is complete to 1 %, at most 640. The authors'
            code takes 20, at the ends of the parts.
        reference_end: Where the reference text ends. Default ``"text"``; ``"paper"`` moves the
            values of short texts a lot.

    Returns:
        Values of pairs of an image and a text player.

    Raises:
        InputError: If the blocks of a tower are unknown, a side has no players, or an argument is
            not allowed.

    Warns:
        RuntimeWarning: If 640 steps do not complete the sum.
    """
    check_vision_language(game)
    if not (game.n_players_image and game.n_players_text):
        msg = (
            "must have image and text players for exCLIP, got "
            f"{game.n_players_image} and {game.n_players_text}."
        )
        raise InputError("game", msg)
    if n_steps != "auto":
        whole_number("n_steps", n_steps)
    check_choice("reference_end", reference_end, EndOfReference)
    lines = (
        _line_of_image(game.image_side, layer_image),
        _line_of_text(game.text_side, layer_text, reference_end),
    )
    first, second = (_contributions(line, None if n_steps == "auto" else n_steps) for line in lines)
    return pair_attributions(game, game.scale * (first @ second.T).cpu().numpy())


@dataclass(frozen=True)
class _Line:
    """The line from a reference to an input, in the hidden states before a block.

    Attributes:
        block: The block.
        run: Embeds ``m`` copies of the input, as vectors ``(m, d)`` that are not normalised.
        run_reference: The same of the reference.
        places: Positions of the patches or tokens among all hidden states.
        batch_size: Number of rows of a pass.
        has_masks: Whether blocks get further arguments with a row for each input, so that there
            must be as many copies of the input as rows of hidden states.
    """

    block: nn.Module
    run: Callable[[int], torch.Tensor]
    run_reference: Callable[[int], torch.Tensor]
    places: slice
    batch_size: int
    has_masks: bool


def _line_of_image(side: ImageSide, layer: int) -> _Line:
    tower, pixels = side.tower, side.prepared.pixels
    if not isinstance(tower, PatchTower):
        raise _no_blocks(tower="image")
    with torch.no_grad():
        tokens, reference = map(tower.patch_tokens, (pixels, torch.zeros_like(pixels)))
    return _Line(
        block=_chosen(tower.blocks, layer, "image"),
        run=lambda m: tower.features_of_tokens(tokens.expand(m, -1, -1)),
        run_reference=lambda m: tower.features_of_tokens(reference.expand(m, -1, -1)),
        places=places(side),
        batch_size=tower.batch_size,
        has_masks=False,
    )


def _line_of_text(side: TextSide, layer: int, reference_end: EndOfReference) -> _Line:
    tower, ids, mask = side.tower, side.prepared.ids, side.prepared.attention_mask
    reference = _reference_of(side, reference_end)
    return _Line(
        block=_chosen(tower.blocks, layer, "text"),
        run=lambda m: tower.features(ids.expand(m, -1), mask.expand(m, -1)),
        run_reference=lambda m: tower.features(reference.expand(m, -1), mask.expand(m, -1)),
        places=places(side),
        batch_size=tower.batch_size,
        has_masks=True,
    )


def _reference_of(side: TextSide, end: EndOfReference) -> torch.Tensor:
    """Return the tokens of the reference text, of shape ``(1, L)``."""
    ids, is_special = side.prepared.ids, torch.from_numpy(side.prepared.is_special)
    replacement = side.tower.tokenizer.replacement()
    if end == "text":
        return torch.where(is_special, ids, replacement)
    ends = is_special.nonzero()[:, 0].tolist()
    if ends != [0, len(is_special) - 1]:
        msg = "must be 'text' for a text without one token that begins and one that ends it, got "
        raise InputError("reference_end", f"{msg}{end!r}.")
    reference = torch.full_like(ids, replacement)
    reference[0, 0] = ids[0, 0]
    reference[0, _END_OF_PAPER : _END_OF_PAPER + 1] = ids[0, -1]  # a shorter text has none
    return reference


def _chosen(blocks: Sequence[nn.Module], layer: int, tower: str) -> nn.Module:
    if not len(blocks):
        raise _no_blocks(tower=tower)
    given: object = layer
    if not isinstance(given, int) or not -len(blocks) <= given < len(blocks):
        msg = (
            f"must be {-len(blocks)} to {len(blocks) - 1} for the blocks of the "
            f"{tower} tower, got {brief(layer)}."
        )
        argument = f"layer_{tower}"
        raise InputError(argument, msg)
    return blocks[layer]


def _no_blocks(tower: str) -> InputError:
    msg = (
        f"must have a transformer for the {tower}, whose blocks are known, for exCLIP, got another "
        "tower."
    )
    return InputError("game", msg)


@torch.no_grad()
def _contributions(line: _Line, n_steps: int | None) -> torch.Tensor:
    """Return what each token adds to the embedding, divided by its norm, ``(n_tokens, d)``.

    Args:
        line: The line.
        n_steps: The number of steps; ``None`` for as many as complete the sum.
    """
    end, embedding = _states_before(line.block, line.run)
    start, _ = _states_before(line.block, line.run_reference)
    difference = end - start
    if n_steps is None:
        n_steps = _enough_steps(line, start, difference, embedding)
    tokens = torch.arange(end.shape[1], device=end.device)[line.places]
    added = torch.zeros(len(tokens), embedding.shape[1], dtype=torch.double, device=end.device)
    for step in range(n_steps):
        states = start + (step + 0.5) / n_steps * difference
        for token in tokens.split(line.batch_size):
            tangent = torch.zeros(len(token), *end.shape[1:]).to(end)
            tangent[torch.arange(len(token)), token] = difference[0, token]
            slopes = _derivative(line, states.expand_as(tangent).clone(), tangent)
            added[token - tokens[0]] += slopes.double()
    return added / (n_steps * embedding.double().norm())


def _enough_steps(
    line: _Line, start: torch.Tensor, difference: torch.Tensor, embedding: torch.Tensor
) -> int:
    """Return how many steps complete the sum over all tokens, which is one slope for each step."""
    with _before(line.block, lambda _: start):
        whole = (embedding - line.run(1)).double()[0]
    n_steps = _MIN_STEPS
    if not whole.any():
        return n_steps
    while True:
        middles = (torch.arange(n_steps).to(start) + 0.5) / n_steps
        total = torch.zeros_like(whole)
        for part in middles.split(line.batch_size):
            states = start + part[:, None, None] * difference
            slopes = _derivative(line, states, difference.expand_as(states).clone())
            total += slopes.double().sum(dim=0) / n_steps
        missing = float((total - whole).norm() / whole.norm())
        if missing <= _COMPLETE:
            return n_steps
        if n_steps >= _MAX_STEPS:
            warnings.warn(
                f"exCLIP: the sum is incomplete by {missing:.0%} after {n_steps} steps.",
                RuntimeWarning,
                stacklevel=3,
            )
            return n_steps
        n_steps *= 2


def _derivative(line: _Line, states: torch.Tensor, tangent: torch.Tensor) -> torch.Tensor:
    """Return the derivative of the embeddings by the states before the block along a tangent."""
    with explicit_attention(), forward_ad.dual_level():
        with (
            warnings.catch_warnings()
        ):  # from inside torch, which loads its own derivatives in a deprecated way
            warnings.simplefilter("ignore", FutureWarning)
            dual = forward_ad.make_dual(states, tangent)
        with _before(line.block, lambda _: dual):
            embeddings = line.run(len(states) if line.has_masks else 1)
        return forward_ad.unpack_dual(embeddings).tangent


def _states_before(
    block: nn.Module, run: Callable[[int], torch.Tensor]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the hidden states of an input before a block, ``(1, t, width)``, and its embedding."""
    seen: list[torch.Tensor] = []

    def look(states: torch.Tensor) -> torch.Tensor:
        seen.append(states)
        return states

    with _before(block, look):
        embedding = run(1)
    return seen[0], embedding


@contextmanager
def _before(block: nn.Module, replace: Callable[[torch.Tensor], torch.Tensor]) -> Iterator[None]:
    """Replace the hidden states that a block receives, its first argument."""

    def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        if args:
            return (replace(args[0]), *args[1:]), kwargs
        return args, kwargs | {"hidden_states": replace(kwargs["hidden_states"])}

    handle = block.register_forward_pre_hook(hook, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()
