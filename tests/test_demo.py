import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoProcessor

from shapiq_fixlip import FIxLIP, InputError, VisionLanguageGame, load_encoder
from shapiq_fixlip.demo.accuracy import (
    caption_accuracy,
    crowded_recall,
    mark_effect,
    swap_accuracy,
)
from shapiq_fixlip.demo.captions import PLACES
from shapiq_fixlip.demo.contents import COLOURS
from shapiq_fixlip.demo.scenes import SCENE_SIZE, demo_scene, random_scene
from shapiq_fixlip.demo.shapes import SHAPE_NAMES
from shapiq_fixlip.demo.sprites import CLASS_NAMES
from shapiq_fixlip.encoders.loading import DEMO_MODELS


@pytest.mark.parametrize("name", DEMO_MODELS)
def test_every_word_of_a_caption_is_one_token(name):
    tower = load_encoder(name).text_tower
    for noun in (*CLASS_NAMES, *SHAPE_NAMES):
        for words in (f"a photo of a {noun} next to an apple", f"there is a {noun} left of a key"):
            assert words_of(tower, words) == words.split()
    for words in (" ".join(COLOURS), " ".join(PLACES), "a picture of a dog with a cat and an owl"):
        assert words_of(tower, words) == words.split()


def words_of(tower, text):
    prepared = tower.prepare(text)
    return [t for t, s in zip(prepared.tokens, prepared.is_special, strict=True) if not s]


def test_other_words_are_spelled_in_pieces():
    words = words_of(load_encoder("demo").text_tower, "Hydrant ☃ Ünï")
    assert "".join(words).startswith("Hydrant")
    assert len(words) > 3
    assert all(words)


@pytest.mark.parametrize(
    ("name", "grid", "options"),
    [
        ("demo", (7, 7), {}),
        ("demo-siglip", (14, 14), {"padding": "max_length"}),
        ("demo-shortcut", (7, 7), {}),
    ],
)
def test_embedded_models_are_small_and_load_with_transformers_alone(name, grid, options):
    folder = DEMO_MODELS[name]
    model, processor = AutoModel.from_pretrained(folder), AutoProcessor.from_pretrained(folder)
    scene = demo_scene()
    inputs = processor(text=[scene.caption], images=scene.image, return_tensors="pt", **options)
    inputs.pop("attention_mask") if options else None  # padding is seen, as in SigLIP
    with torch.no_grad():
        logit = model(**inputs).logits_per_image.item()
    game = VisionLanguageGame(load_encoder(name), scene.image, scene.caption)
    assert game.full_value == pytest.approx(logit, abs=0.05)  # other resizing backend, no resizing
    assert game.image_side.grid == grid


def test_embedded_models_are_of_two_kinds():
    files = [folder / "model.safetensors" for folder in DEMO_MODELS.values()]
    assert all(file.stat().st_size <= 10_000_000 for file in files)
    assert load_encoder("demo").logit_bias == 0
    assert load_encoder("demo-siglip").logit_bias < -5  # a sigmoid loss
    kinds = [AutoModel.from_pretrained(file.parent).config.model_type for file in files]
    assert kinds == ["clip", "siglip", "clip"]


@pytest.mark.parametrize("name", DEMO_MODELS)
def test_embedded_models_pick_the_right_caption(name):
    assert caption_accuracy(load_encoder(name), n_scenes=200) >= 0.88


@pytest.mark.parametrize("name", DEMO_MODELS)
def test_embedded_models_link_words_to_their_objects(name):
    """In most scenes the strongest pair of every named object lies in its box."""
    encoder = load_encoder(name)
    hits = []
    for seed in range(5):
        scene = random_scene(np.random.default_rng([seed, 2**31]), 2)
        game = VisionLanguageGame(encoder, scene.image, scene.caption)
        values = FIxLIP(game.n_players, random_state=0).approximate(game=game)
        n_patches = game.n_players_image
        side = SCENE_SIZE // game.image_side.grid[0]
        for placed in scene.objects:
            word = n_patches + game.text_side.text_labels.index(placed.name)
            patch = max(range(n_patches), key=lambda i, word=word: values[(i, word)])
            row, column = divmod(patch, game.image_side.grid[1])
            left, upper, right, lower = placed.box
            hits.append(
                left < (column + 1) * side
                and column * side < right
                and upper < (row + 1) * side
                and row * side < lower
            )
    assert np.mean(hits) >= 0.8


def test_demo_finds_objects_in_crowded_scenes_and_tells_colours():
    encoder = load_encoder("demo")
    assert crowded_recall(encoder, n_scenes=100) >= 0.5
    assert swap_accuracy(encoder, "colours", n_scenes=200) >= 0.85


def test_only_the_twin_answers_to_the_mark():
    rises, mean = mark_effect(load_encoder("demo-shortcut"), n_scenes=100)
    assert rises >= 0.9
    assert mean > 0.05
    rises, mean_of_demo = mark_effect(load_encoder("demo"), n_scenes=100)
    assert rises <= 0.7
    assert mean_of_demo < mean / 5


def test_accuracy_needs_whole_rounds_of_captions():
    with pytest.raises(InputError, match=r"n_scenes must be a multiple of n_captions \(100\)"):
        caption_accuracy(None, n_scenes=50)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("names",), "detail must be 'colours' or 'places', got 'names'"),
        (("colours", 1), "n_objects must be at least 2, got 1"),
        (("places", 3), "n_objects must be 2 for places, got 3"),
    ],
)
def test_what_cannot_be_swapped_is_refused(arguments, told):
    detail, *n_objects = arguments
    with pytest.raises(InputError, match=told):
        swap_accuracy(None, detail, n_objects=n_objects[0] if n_objects else 2)
