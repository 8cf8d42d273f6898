"""The contract of games: every player map x every removal x every encoder family.

1. The full coalition is the plain model on the untouched input.
2. The empty coalition is the plain model on the fully hidden input.
3. Any coalition is the plain model on the input whose pixels or tokens are hidden one by one.
4. A value does not depend on the other coalitions of a call or on earlier calls, bit for bit.
5. Making the game again gives the same values.
6. Players have distinct names.
7. A union of players behaves as its pixels and tokens do: games on larger players are games on
   smaller ones.

The inputs are hidden here by slow literal loops over pixels and tokens. Which player owns which of
them is tested by hand in test_players.py.

Every pair of choices is tested always, all combinations with ``pytest -m full``.
"""

from itertools import combinations, product

import numpy as np
import pytest
import torch
from PIL import Image
from scipy import ndimage
from small_models import CAPTION, FAMILIES, SCENE, callable_encoder, random_encoder
from small_open_clip import OPEN_CLIP_FAMILIES, random_open_clip_encoder

from shapiq_fixlip import (
    Boxes,
    Fill,
    Fixed,
    Grid,
    InputError,
    Patches,
    Phrases,
    Regions,
    Replace,
    Superpixels,
    Template,
    Tokens,
    VisionLanguageGame,
    Words,
)
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.sides import ImageSide, TextSide
from shapiq_fixlip.sides.images import load_image

WIDTH, HEIGHT = load_image(SCENE).size
TOLERANCE = 5e-6


def encoder_of(family, **options):
    if family == "callables":
        return callable_encoder(**options)
    maker = random_encoder if family in FAMILIES else random_open_clip_encoder
    return maker(family, **options)


EVERY_FAMILY = (*FAMILIES, *OPEN_CLIP_FAMILIES, "callables")


def pairwise(*factors):
    """All combinations of three or more factors; those that not every pair needs are marked.

    Always tested are those whose places in the factors add up to a multiple of the size of the
    smallest one: whatever two choices are given, any third factor has one that completes them.
    """
    smallest = min(map(len, factors))
    for combination in product(*map(enumerate, factors)):
        places, choices = zip(*combination, strict=True)
        is_always = sum(places) % smallest == 0
        yield pytest.param(*choices, marks=() if is_always else pytest.mark.full)


def label_image():
    labels = np.zeros((HEIGHT, WIDTH), dtype=int)
    labels[: HEIGHT // 2] = 7
    labels[HEIGHT // 2 :, WIDTH // 2 :] = 3
    return labels


def boxes():
    """Two boxes with corners on no grid, one of which overlaps the other."""
    corners = np.array([[0.26, 0.05, 0.72, 0.61], [0.4, 0.4, 0.74, 0.97]])
    return np.rint(corners * [WIDTH, HEIGHT, WIDTH, HEIGHT])


IMAGE_PLAYERS = {
    "patches": Patches,
    "grid": lambda: Grid(2, 3),
    "boxes": lambda: Boxes(boxes(), ["upper", "lower"]),
    "regions": lambda: Regions(label_image()),
    "superpixels": lambda: Superpixels(6),
}
FILL = Image.fromarray(np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8))
IMAGE_REMOVALS = {name: name for name in ("zero", "mean", "gray", "black", "blur", "drop")}
IMAGE_REMOVALS["fill"] = Fill(FILL)


def literal_background(prepared, removal):
    """What is in the place of absent pixels, as normalised numbers of shape ``(3, H, W)``."""
    pixels = prepared.pixels[0].numpy()
    height, width = prepared.size
    background = np.zeros_like(pixels)
    for channel in range(3):
        mean, std = prepared.mean[channel], prepared.std[channel]
        if removal == "mean":
            background[channel] = pixels[channel, :height, :width].mean()
        elif removal == "gray":
            background[channel] = (0.5 - mean) / std
        elif removal == "black":
            background[channel] = -mean / std
        elif removal == "blur":
            background[channel] = ndimage.gaussian_filter(pixels[channel], 0.1 * min(height, width))
        elif removal == "fill":
            scaled = FILL.resize(pixels.shape[:0:-1], Image.Resampling.BICUBIC)
            background[channel] = (np.asarray(scaled)[..., channel] / 255 - mean) / std
    return background


def literal_images(side, prepared, removal, coalitions):
    """Hide the pixels of absent players one by one."""
    background = literal_background(prepared, removal)
    images = np.repeat(prepared.pixels.numpy(), len(coalitions), axis=0)
    for image, coalition in zip(images, coalitions, strict=True):
        for player, is_present in enumerate(coalition):
            if not is_present:
                for row, column in zip(*np.nonzero(side.regions == player), strict=True):
                    image[:, row, column] = background[:, row, column]
    return torch.from_numpy(images)


def literally_embedded(tower, side, prepared, removal, coalitions):
    if removal != "drop":
        return tower.embed_pixels(literal_images(side, prepared, removal, coalitions))
    tokens = tower.patch_tokens(prepared.pixels)[0]
    (rows, columns), (height, width) = prepared.grid, side.regions.shape
    embedded = []
    for coalition in coalitions:
        kept = []
        for patch in range(rows * columns):
            row, column = divmod(patch, columns)
            block = side.regions[
                row * height // rows : (row + 1) * height // rows,
                column * width // columns : (column + 1) * width // columns,
            ]
            owners, counts = np.unique(block, return_counts=True)
            owner = owners[counts.argmax()]
            if owner < 0 or coalition[owner]:
                kept.append(patch)
        if kept or tower.embeds_nothing:
            embedded.append(tower.embed_tokens(tokens[None, kept]))
        else:
            embedded.append(tower.embed_pixels(torch.zeros_like(prepared.pixels)))
    return torch.cat(embedded)


def some_coalitions(n, m=6, seed=0):
    drawn = np.random.default_rng(seed).random((m, n)) < 0.5
    return np.vstack([drawn, np.zeros(n, dtype=bool), np.ones(n, dtype=bool)])


def assert_independent(make_side, coalitions):
    """Clauses 4 and 5."""
    side, again = make_side(), make_side()
    together = side.embed(coalitions)
    order = np.random.default_rng(1).permutation(len(coalitions))
    assert (again.embed(coalitions[order]) == together[order]).all()
    assert (make_side().embed(coalitions[1:2]) == together[1:2]).all()
    assert (side.embed(coalitions[::-1]) == together[::-1]).all()


@pytest.mark.parametrize(
    ("family", "players", "removal"), pairwise(EVERY_FAMILY, IMAGE_PLAYERS, IMAGE_REMOVALS)
)
def test_images(family, players, removal):
    tower = encoder_of(family, batch_size=8).image_tower

    def side():
        return ImageSide(
            tower,
            SCENE,
            image_players=IMAGE_PLAYERS[players](),
            image_removal=IMAGE_REMOVALS[removal],
        )

    if removal == "drop" and not isinstance(tower, PatchTower):
        with pytest.raises(InputError, match="image_removal must be zero, .* got 'drop' for"):
            side()
        return
    first = side()
    coalitions = some_coalitions(first.n_players)
    prepared = tower.prepare(load_image(SCENE))
    with torch.inference_mode():
        expected = literally_embedded(tower, first, prepared, removal, coalitions)
        untouched = tower.embed_pixels(prepared.pixels)
    embedded = first.embed(coalitions)
    assert embedded == pytest.approx(expected.numpy(), abs=TOLERANCE)
    assert embedded[-1:] == pytest.approx(untouched.numpy(), abs=TOLERANCE)
    assert_independent(side, coalitions)
    assert len(set(first.player_names)) == first.n_players
    assert set(np.unique(first.regions)) | {-1} == {-1, *range(first.n_players)}


TEXTS = {
    "tokens": (CAPTION, Tokens),
    "words": (CAPTION, Words),
    "phrases": (CAPTION, lambda: Phrases(["yellow hydrant", "dog"])),
    "template": ("black {dog} next to {a yellow hydrant}", Template),
    "fixed": (CAPTION, Fixed),
}
TEXT_REMOVALS = {"attention": "attention", "remove": "remove", "replace": Replace("dog")}


def literal_text(tower, side, removal, coalition):
    """Hide the tokens of absent players one by one; return numbers and mask."""
    text = tower.prepare(side.text)
    ids, mask, letters = text.ids[0].tolist(), text.attention_mask[0].tolist(), list(side.text)
    for place, player in enumerate(side.token_player):
        if player >= 0 and not coalition[player]:
            if removal == "replace":
                ids[place] = tower.tokenizer.replacement("dog")
            elif removal == "attention":
                mask[place] = 0
            for letter in range(*text.spans[place]):
                letters[letter] = ""
    if removal == "remove" and not coalition.all():
        shorter = tower.prepare(" ".join("".join(letters).split()))
        return shorter.ids, shorter.attention_mask
    return torch.tensor([ids]), torch.tensor([mask])


@pytest.mark.parametrize(
    ("family", "players", "removal"), pairwise(EVERY_FAMILY, TEXTS, TEXT_REMOVALS)
)
def test_texts(family, players, removal):
    tower = encoder_of(family, batch_size=8).text_tower
    text, make_players = TEXTS[players]

    def side():
        return TextSide(
            tower, text, text_players=make_players(), text_removal=TEXT_REMOVALS[removal]
        )

    first = side()
    coalitions = some_coalitions(first.n_players)
    with torch.inference_mode():
        expected = torch.cat(
            [tower.embed(*literal_text(tower, first, removal, row)) for row in coalitions]
        )
        plain = tower.prepare(text.replace("{", "").replace("}", ""))
        untouched = tower.embed(plain.ids, plain.attention_mask)
    embedded = first.embed(coalitions)
    assert embedded == pytest.approx(expected.numpy(), abs=TOLERANCE)
    assert embedded[-1:] == pytest.approx(untouched.numpy(), abs=TOLERANCE)
    assert_independent(side, coalitions)
    assert len(set(first.player_names)) == first.n_players
    sizes = {"tokens": 8, "words": 7, "phrases": 2, "template": 2, "fixed": 0}
    assert first.n_players == sizes[players]


@pytest.mark.parametrize(
    "factors",
    [
        (EVERY_FAMILY, IMAGE_PLAYERS, IMAGE_REMOVALS),
        (EVERY_FAMILY, TEXTS, TEXT_REMOVALS),
        ("abc", "de", "fgh", "ij"),
    ],
)
def test_every_pair_of_choices_is_tested_always(factors):
    everything = [*pairwise(*factors)]
    assert sorted(param.values for param in everything) == sorted(product(*factors))
    always = [param.values for param in everything if not param.marks]
    for first, second in combinations(range(len(factors)), 2):
        pairs = {(choices[first], choices[second]) for choices in always}
        assert pairs == set(product(factors[first], factors[second]))


@pytest.mark.parametrize("removal", IMAGE_REMOVALS)
@pytest.mark.parametrize("family", ["CLIP", "SigLIP", "SigLIP 2 NaFlex", "OpenCLIP ViT", "CoCa"])
def test_cells_are_unions_of_patches(family, removal):
    encoder = encoder_of(family)
    patches, cells = (
        VisionLanguageGame(
            encoder, SCENE, CAPTION, image_players=players, image_removal=IMAGE_REMOVALS[removal]
        )
        for players in (Patches(), Grid(1, 2))
    )
    coalitions = some_coalitions(cells.n_players, 20)
    rows, columns = patches.image_side.grid
    cell_of_patch = np.tile(np.repeat([0, 1], columns // 2), rows)
    of_patches = np.hstack([coalitions[:, cell_of_patch], coalitions[:, 2:]])
    assert cells(coalitions) == pytest.approx(patches(of_patches), abs=1e-4)


@pytest.mark.parametrize("removal", TEXT_REMOVALS)
@pytest.mark.parametrize("family", EVERY_FAMILY)
def test_words_are_unions_of_tokens(family, removal):
    """The caption ends in "hydrant", which is two tokens."""
    encoder = encoder_of(family)
    tokens, words = (
        TextSide(
            encoder.text_tower, CAPTION, text_players=players, text_removal=TEXT_REMOVALS[removal]
        )
        for players in (Tokens(), Words())
    )
    assert tokens.text_labels[-2:] == ("hydr", "ant")
    assert words.text_labels == ("black", "dog", "next", "to", "a", "yellow", "hydrant")
    coalitions = some_coalitions(7, 40)
    assert (words.embed(coalitions) == tokens.embed(coalitions[:, [0, 1, 2, 3, 4, 5, 6, 6]])).all()
