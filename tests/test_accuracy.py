"""The measures of the embedded models, on encoders that answer in a known way."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from shapiq_fixlip import InputError
from shapiq_fixlip.demo import accuracy
from shapiq_fixlip.demo.captions import filled
from shapiq_fixlip.demo.scenes import random_scene
from shapiq_fixlip.demo.sprites import CLASS_NAMES

ALONE = [filled("a photo of {}", [name]) for name in CLASS_NAMES]


class KnownTower:
    """Embeds an image or a text by a function of it."""

    batch_size = 16

    def __init__(self, vector_of):
        self.vector_of = vector_of

    def prepare(self, player):
        vector = torch.tensor(self.vector_of(player), dtype=torch.float32)[None]
        return SimpleNamespace(pixels=vector, ids=vector, attention_mask=None)

    def embed_pixels(self, pixels):
        return pixels

    def embed(self, ids, _):
        return ids


def encoder_of(vector_of_image, vector_of_text):
    towers = (KnownTower(vector_of_image), KnownTower(vector_of_text))
    return SimpleNamespace(image_tower=towers[0], text_tower=towers[1])


@pytest.fixture
def drawn(monkeypatch):
    """Scenes that were drawn, in their order, by their image."""
    scenes = {}

    def draw(*arguments, **options):
        scene = random_scene(*arguments, **options)
        scenes[id(scene.image)] = (len(scenes), scene)
        return scene

    monkeypatch.setattr(accuracy, "random_scene", draw)
    return scenes


def words_in_order(text, size=2000):
    """Return a vector of unit length that tells texts apart."""
    return np.random.default_rng(list(text.encode())).normal(size=size) / np.sqrt(size)


@pytest.mark.parametrize("right", [0, 3, 10])
def test_share_of_right_captions(drawn, right):
    def vector_of(image):
        number, scene = drawn[id(image)]
        return words_in_order(scene.caption if number % 10 < right else "something else")

    encoder = encoder_of(vector_of, words_in_order)
    share = accuracy.caption_accuracy(
        encoder, draw=accuracy.random_scene, n_scenes=100, n_captions=50
    )
    assert share == pytest.approx(
        right / 10, abs=0.06
    )  # one in fifty by chance; a scene drawn anew


@pytest.mark.parametrize("n_seen", range(5))
def test_share_of_classes_that_are_recalled(drawn, n_seen):
    def vector_of(image):
        _, scene = drawn[id(image)]
        names = [placed.name for placed in scene.objects]
        absent = [name for name in CLASS_NAMES if name not in names][:4]
        return [2 * (name in names[:n_seen]) + (name in absent) for name in CLASS_NAMES]

    encoder = encoder_of(vector_of, lambda text: np.eye(len(ALONE))[ALONE.index(text)])
    assert accuracy.crowded_recall(encoder, n_scenes=10) == n_seen / 4


@pytest.mark.parametrize("detail", ["colours", "places"])
@pytest.mark.parametrize("right", [0, 4, 10])
def test_share_of_captions_above_their_swap(drawn, detail, right):
    def vector_of(image):
        number, scene = drawn[id(image)]
        return words_in_order(scene.caption if number % 10 < right else scene.swap)

    encoder = encoder_of(vector_of, words_in_order)
    assert accuracy.swap_accuracy(encoder, detail, n_scenes=20) == pytest.approx(right / 10)


def test_words_without_order_do_not_tell_captions_from_their_swap(drawn):
    def bag(text):
        return sum(words_in_order(word) for word in sorted(text.split()))

    encoder = encoder_of(lambda image: bag(drawn[id(image)][1].caption), bag)
    assert accuracy.swap_accuracy(encoder, "colours", n_scenes=20) == 0


def test_effect_of_the_mark(drawn):
    """Only marked images were not drawn; half of them raise the similarity by 0.3."""
    n_marked = iter(range(1000))

    def vector_of(image):
        return [0.5 if id(image) in drawn else 0.5 + 0.3 * (next(n_marked) % 2)]

    encoder = encoder_of(vector_of, lambda text: [float(text == "a photo of a horse")])
    assert accuracy.mark_effect(encoder, n_scenes=20) == pytest.approx((0.5, 0.15))


@pytest.mark.parametrize(
    "measure",
    [
        accuracy.crowded_recall,
        accuracy.mark_effect,
        lambda encoder, **options: accuracy.swap_accuracy(encoder, "colours", **options),
    ],
)
def test_no_scenes_are_refused(measure):
    with pytest.raises(InputError, match="n_scenes must be at least 1, got 0"):
        measure(None, n_scenes=0)
