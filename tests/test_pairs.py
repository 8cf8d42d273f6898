"""Many explanations in one call, and whether they depend on the caption."""

import math

import numpy as np
import pytest
from small_games import TableSide, random_table
from small_models import CAPTION, SCENE, random_encoder

from shapiq_fixlip import (
    ContrastGame,
    FIxLIP,
    Grid,
    InputError,
    VisionLanguageGame,
    Words,
    explain_pairs,
)
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.metrics import prompt_sanity

TEXTS = [CAPTION, "a black cat", "yellow dogs and a hydrant"]


def counted(encoder, monkeypatch):
    """Count the rows that the towers embed."""
    rows = {"image": 0, "text": 0}
    embed_tokens, embed = encoder.image_tower.embed_tokens, encoder.text_tower.embed

    def image(tokens):
        rows["image"] += len(tokens)
        return embed_tokens(tokens)

    def text(ids, attention_mask):
        rows["text"] += len(ids)
        return embed(ids, attention_mask)

    monkeypatch.setattr(encoder.image_tower, "embed_tokens", image)
    monkeypatch.setattr(encoder.text_tower, "embed", text)
    return rows


def test_captions_of_one_image_share_its_passes(monkeypatch):
    encoder = random_encoder(batch_size=1)
    rows = counted(encoder, monkeypatch)
    game = VisionLanguageGame(encoder, SCENE, CAPTION, text_players=Words())
    explanations = explain_pairs(game, texts=TEXTS, budget_image=100)
    # empty and full images are not among the 100 drawn; all coalitions of the texts are embedded,
    # those of the first one, which is that of the game, twice for the empty and the full one
    assert rows == {"image": 100 + 2, "text": 2 + 2**7 + 2**3 + 2**5}
    assert [explanation.game.text for explanation in explanations] == TEXTS
    assert [explanation.run.passes[0] for explanation in explanations] == [100] * 3


def test_images_of_one_caption_share_its_passes(monkeypatch):
    encoder = random_encoder(batch_size=1)
    rows = counted(encoder, monkeypatch)
    images = [np.full((40, 40, 3), shade, dtype=np.uint8) for shade in (0, 100, 200)]
    game = VisionLanguageGame(
        encoder, SCENE, CAPTION, image_players=Grid(2, 2), text_players=Words()
    )
    explanations = explain_pairs(game, images=images)
    assert rows == {"image": 2 + 3 * 2**4, "text": 2**7}
    assert len(explanations) == 3


def test_each_explanation_is_that_of_its_own_game():
    encoder = random_encoder()
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    game = VisionLanguageGame(encoder, SCENE, CAPTION, text_players=Words())
    options = {"budget_image": 60, "budget_text": 30}
    together = explain_pairs(game, images=[SCENE, image], texts=TEXTS[:2], p=0.4, **options)
    pairs = [(source, text) for source in (SCENE, image) for text in TEXTS[:2]]
    for explanation, (source, text) in zip(together, pairs, strict=True):
        alone = VisionLanguageGame(encoder, source, text, text_players=Words())
        fixlip = FIxLIP(alone.n_players, p=0.4, random_state=0)
        expected = fixlip.approximate(game=alone, **options)
        assert dict(explanation.values.interactions) == dict(expected.interactions)
        assert explanation.run.r2 == fixlip.last_run.r2


def test_without_a_seed_every_pair_has_coalitions_of_its_own(monkeypatch):
    encoder = random_encoder(batch_size=1)
    rows = counted(encoder, monkeypatch)
    game = VisionLanguageGame(encoder, SCENE, CAPTION, text_players=Words())
    explanations = explain_pairs(game, texts=TEXTS[1:], budget_image=40, random_state=None)
    assert rows["image"] > 70  # of twice 40 among 2**16
    assert [explanation.run.passes[0] for explanation in explanations] == [40] * 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"texts": "a dog"}, "texts must be a list with at least one entry, got 'a dog'"),
        ({"texts": []}, "texts must be a list"),
        ({"images": []}, "images must be a list"),
        ({"images": np.zeros((3, 3, 3), dtype=np.uint8)}, "images must be a list"),
        ({"random_state": -1}, "random_state must be at least 0, got -1"),
        ({"texts": [" "]}, "text must have at least one word"),
    ],
)
def test_bad_lists_are_refused(options, message):
    game = VisionLanguageGame(random_encoder(), SCENE, CAPTION)
    with pytest.raises(InputError, match=message):
        explain_pairs(game, **options)


@pytest.fixture(scope="module")
def demo_game(encoder):
    scene = demo_scene()
    return VisionLanguageGame(encoder, scene.image, scene.caption)


def test_the_embedded_model_depends_on_the_caption(demo_game):
    sanity = prompt_sanity(demo_game)
    assert sanity.similarity_to_random_words < 0.4
    assert sanity.similarity_to_other_orders > 0.6  # it knows no order
    assert sanity.dependence == 1 - sanity.similarity_to_random_words
    assert prompt_sanity(demo_game) == sanity


def test_sanity_costs_no_image_passes_after_an_explanation(demo_game):
    scene = demo_scene()
    game = demo_game.with_image(scene.image)
    FIxLIP(game.n_players, p=0.3, random_state=4).approximate(game=game)
    before = game.image_side.n_passes
    prompt_sanity(game, p=0.3, random_state=4)
    assert game.image_side.n_passes == before


def stuck_game(table):
    """A game whose image side is a table of embeddings."""
    game = VisionLanguageGame(random_encoder(), SCENE, CAPTION, image_players=Grid(2, 2))
    return game.with_sides(TableSide(table), game.text_side)


def test_a_map_that_ignores_the_caption_is_seen():
    """Embeddings of images on one line give every caption the same map, but for its strength."""
    strengths = np.random.default_rng(0).random((2**4, 1)) + 1
    sanity = prompt_sanity(stuck_game(strengths * random_table(0, 24, 0)))
    assert sanity.similarity_to_random_words == pytest.approx(1, abs=1e-4)
    assert sanity.similarity_to_other_orders == pytest.approx(1, abs=1e-4)
    assert sanity.dependence == pytest.approx(0, abs=1e-4)


def test_flat_maps_have_nothing_to_compare():
    sanity = prompt_sanity(stuck_game(np.ones((16, 1)) * random_table(0, 24, 0)))
    assert math.isnan(sanity.similarity_to_random_words)
    assert math.isnan(sanity.similarity_to_other_orders)


def test_two_players_are_too_few_to_compare():
    game = VisionLanguageGame(random_encoder(), SCENE, CAPTION, image_players=Grid(1, 2))
    assert math.isnan(prompt_sanity(game).similarity_to_random_words)


def test_one_word_has_no_other_order():
    game = VisionLanguageGame(random_encoder(), SCENE, "dog", image_players=Grid(2, 2))
    sanity = prompt_sanity(game)
    assert math.isnan(sanity.similarity_to_other_orders)
    assert 0 <= sanity.similarity_to_random_words <= 1


def test_contrasts_are_no_games_to_check():
    game = VisionLanguageGame(random_encoder(), SCENE, CAPTION, image_players=Grid(2, 2))
    with pytest.raises(InputError, match="game must be a VisionLanguageGame, got .ContrastGame"):
        prompt_sanity(ContrastGame(game, game))
