"""The contract of games and sides.

1. A value does not depend on the other coalitions of a call, on their order, or on earlier calls.
2. Equal coalitions of a side are embedded once; cached ones not again.
3. ``m_1`` and ``m_2`` coalitions cost exactly ``m_1 + m_2`` passes.
4. Players have distinct, readable names.
"""

import numpy as np
import pytest
import torch
from small_games import (
    TableSide,
    all_coalitions,
    assert_same,
    brute_force,
    random_game,
    random_table,
)
from small_models import CAPTION, FAMILIES, SCENE, random_encoder

from shapiq_fixlip import (
    FIxLIP,
    InputError,
    ResourceError,
    SeparableGame,
    VisionLanguageGame,
)
from shapiq_fixlip.coalitions import chunks
from shapiq_fixlip.sides.base import Side
from shapiq_fixlip.sides.cache import EmbeddingCache
from shapiq_fixlip.sides.players import distinct_names
from shapiq_fixlip.solver import set_chunks


@pytest.fixture(scope="module", params=FAMILIES)
def encoder(request):
    return random_encoder(request.param, batch_size=8)


@pytest.fixture
def game(encoder):
    return VisionLanguageGame(encoder, SCENE, CAPTION)


def some_coalitions(n, m=40, seed=0):
    return np.random.default_rng(seed).random((m, n)) < 0.5


def test_values_are_independent_of_the_batch(encoder, game):
    coalitions = np.vstack(
        [some_coalitions(game.n_players), game.empty_coalition, game.grand_coalition]
    )
    together = game(coalitions)
    order = np.random.default_rng(1).permutation(len(coalitions))
    uncached = VisionLanguageGame(encoder, SCENE, CAPTION, cache_size=0)
    assert (uncached(coalitions[order]) == together[order]).all()
    alone = np.concatenate([uncached(coalition[None]) for coalition in coalitions[-12:]])
    assert (alone == together[-12:]).all()
    assert (game(coalitions[::-1]) == together[::-1]).all()


def test_empty_coalition_is_zero_and_full_is_the_similarity(game):
    assert game(game.empty_coalition)[0] == 0
    assert game(game.grand_coalition)[0] == game.full_value - game.empty_value
    assert game.value_function(game.grand_coalition[None])[0] == game.full_value


def test_values_are_those_of_the_embeddings(game):
    coalitions = some_coalitions(game.n_players)
    image, text = np.split(coalitions, [game.n_players_image], axis=1)
    products = np.sum(
        game.image_side.embed(image).astype(float) * game.text_side.embed(text), axis=1
    )
    assert game.value_function(coalitions) == pytest.approx(
        game.scale * products + game.bias, abs=1e-6
    )


def test_cosine_is_the_logit_without_scale_and_bias(encoder):
    logit, cosine = (
        VisionLanguageGame(encoder, SCENE, CAPTION, value=value) for value in ("logit", "cosine")
    )
    coalitions = some_coalitions(logit.n_players)
    scaled = encoder.logit_scale * cosine.value_function(coalitions) + encoder.logit_bias
    assert scaled == pytest.approx(logit.value_function(coalitions), abs=1e-5)


def test_player_names_are_distinct(encoder):
    game = VisionLanguageGame(encoder, SCENE, "a dog and a dog")
    assert game.player_names[-5:] == ("a", "dog", "and", "a (2)", "dog (2)")
    assert game.text_side.text_labels == ("a", "dog", "and", "a", "dog")
    assert len(set(game.player_names)) == game.n_players
    assert game.player_name_lookup["dog (2)"] == game.n_players - 1


def test_forward_rows_of_the_towers_are_exactly_the_passes(encoder, monkeypatch):
    game = VisionLanguageGame(encoder, SCENE, CAPTION, cache_size=0)
    image_tower, text_tower = encoder.image_tower, encoder.text_tower
    name = "embed_tokens" if hasattr(image_tower, "embed_tokens") else "embed_pixels"
    embed_image, embed_text = getattr(image_tower, name), text_tower.embed
    rows = {"image": 0, "text": 0}

    def image(inputs):
        rows["image"] += len(inputs)
        return embed_image(inputs)

    def text(ids, attention_mask):
        rows["text"] += len(ids)
        return embed_text(ids, attention_mask)

    monkeypatch.setattr(image_tower, name, image)
    monkeypatch.setattr(text_tower, "embed", text)
    FIxLIP(game.n_players, random_state=0).approximate(game=game, budget_image=64, budget_text=32)
    # both are multiples of the batch size, so no row only fills a batch
    assert rows == {"image": 64, "text": 32}
    assert [side.n_passes - 2 for side in game.sides] == [64, 32]  # 2: empty and full, at the start


def test_equal_sides_are_embedded_once():
    game = random_game(5, 3)
    side = game.sides[1]
    before = side.n_passes
    game(np.hstack([some_coalitions(5, 100), np.tile([True, False, True], (100, 1))]))
    assert side.n_passes == before + 1
    game(np.hstack([some_coalitions(5, 100, seed=1), np.tile([True, False, True], (100, 1))]))
    assert side.n_passes == before + 1


@pytest.mark.parametrize("cache_size", [0, 1, 5, 1000])
def test_cache_is_bounded_and_changes_no_value(cache_size):
    side = TableSide(random_table(5, 3, 0), cache_size=cache_size)
    coalitions = all_coalitions(5)
    for _ in range(2):
        assert (side.embed(coalitions) == side.table).all()
    assert side.n_passes == 64 - min(cache_size, 32)


def test_cache_keeps_no_whole_batches_alive():
    cache, batch = EmbeddingCache(3), random_table(4, 6, 0)
    keys = [bytes([number]) for number in range(16)]
    for key, embedding in zip(keys, batch, strict=True):
        cache.put(key, embedding)
    kept = [cache.get(key) for key in keys]
    assert [embedding is not None for embedding in kept] == [False] * 13 + [True] * 3
    for embedding, expected in zip(kept[13:], batch[13:], strict=True):
        assert (embedding == expected).all()
        assert embedding.base is None  # no view of the batch


def test_cache_forgets_what_was_not_asked_for_longest():
    side = TableSide(random_table(2, 3, 0), cache_size=2)
    rows = all_coalitions(2)
    for i in (0, 1, 0, 2):  # 1 is forgotten for 2
        side.embed(rows[[i]])
    assert side.n_passes == 3
    side.embed(rows[[0]])
    assert side.n_passes == 3
    side.embed(rows[[1]])
    assert side.n_passes == 4


class SmallMemory(TableSide):
    """A side that runs out of memory for batches over some size."""

    largest = 3

    def _embed_batch(self, coalitions):
        if len(coalitions) > self.largest:
            raise torch.OutOfMemoryError
        return super()._embed_batch(coalitions)


def test_batches_are_halved_when_memory_runs_out():
    side = SmallMemory(random_table(4, 3, 0), batch_size=16)
    with pytest.warns(RuntimeWarning, match="continues with batches of") as warned:
        embedded = side.embed(all_coalitions(4))
    assert len(warned) == 3  # 8, 4 and 2 rows
    assert (embedded == side.table).all()
    assert side.n_passes == 16
    assert (side.embed(all_coalitions(4)) == side.table).all()  # without a further warning


def test_no_memory_for_a_single_row_is_said():
    side = SmallMemory(random_table(2, 3, 0), batch_size=1)
    side.largest = 0
    with pytest.raises(ResourceError, match="Out of memory: SmallMemory"):
        side.embed(all_coalitions(2))


def test_embeddings_that_are_not_finite_are_refused():
    table = random_table(3, 3, 0)
    table[5] = np.nan
    side = TableSide(table, batch_size=8)
    with pytest.raises(InputError, match="finite embeddings, .* for 1 of 8 coalitions"):
        side.embed(all_coalitions(3))


def test_progress_is_shown_on_request(capsys):
    table = random_table(3, 3, 0)
    TableSide(table).embed(all_coalitions(3))
    assert capsys.readouterr().err == ""
    TableSide(table, verbose=True).embed(all_coalitions(3))
    assert "8/8" in capsys.readouterr().err


def test_values_of_no_coalitions_are_none():
    assert random_game(3, 2).value_function(np.empty((0, 5), dtype=bool)).shape == (0,)


def test_numbers_and_single_coalitions_are_taken_as_shapiq_does():
    game = random_game(3, 2)
    assert game.value_function(np.ones(5))[0] == game.full_value
    assert game([(0, 1, 2, 3, 4)])[0] == game.full_value - game.empty_value
    assert (game([("patch 0", "word 1")]) == game([(0, 4)])).all()


@pytest.mark.parametrize("text", ["", " ", "\n\t"])
def test_blank_texts_are_refused(text):
    with pytest.raises(InputError, match="text must have at least one word"):
        VisionLanguageGame(random_encoder(), SCENE, text)


def test_broken_unicode_is_no_text():
    with pytest.raises(InputError, match="text must be valid Unicode"):
        VisionLanguageGame(random_encoder(), SCENE, "a \udcff dog")


def test_other_objects_are_no_texts():
    with pytest.raises(InputError, match="text must be a string, got list"):
        VisionLanguageGame(random_encoder(), SCENE, ["a dog"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"value": "distance"}, "value must be 'logit' or 'cosine', got 'distance'"),
        ({"cache_size": -1}, "cache_size must be at least 0, got -1"),
    ],
)
def test_bad_options_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        VisionLanguageGame(random_encoder(), SCENE, CAPTION, **options)


def test_two_sides_of_one_kind_make_a_game():
    first, second = (TableSide(random_table(3, 4, seed), prefix=f"side {seed}") for seed in (0, 1))
    game = SeparableGame(first, second)
    assert game.n_players == 6
    assert game.full_value == pytest.approx(first.table[-1] @ second.table[-1], abs=1e-6)
    assert len(game.player_name_lookup) == 6


def test_players_of_both_sides_have_different_names():
    first, second = (TableSide(random_table(3, 4, seed), prefix="patch") for seed in (0, 1))
    game = SeparableGame(first, second)
    assert len(set(game.player_names)) == len(game.player_name_lookup) == 6


def test_numbered_names_are_different_from_all_others():
    assert distinct_names(["a (2)", "a", "a"]) == ["a (2)", "a", "a (3)"]


@pytest.mark.parametrize("columns", [4, 9])
def test_coalitions_of_another_number_of_players_are_refused(columns):
    with pytest.raises(InputError, match=rf"coalitions must have 5 columns.*\(2, {columns}\)"):
        random_game(3, 2).value_function(np.zeros((2, columns), dtype=bool))


def test_sides_of_different_spaces_are_refused():
    with pytest.raises(InputError, match="second must embed in the space of .* got 4 and 6"):
        SeparableGame(TableSide(random_table(3, 6, 0)), TableSide(random_table(2, 4, 1)))


@pytest.mark.parametrize("options", [{"scale": float("nan")}, {"bias": float("inf")}])
def test_scale_and_bias_are_finite(options):
    with pytest.raises(InputError, match="scale and bias must be finite"):
        random_game(2, 2, **options)


def test_a_side_without_players_is_always_the_same():
    game = SeparableGame(TableSide(random_table(3, 4, 0)), TableSide(np.ones((1, 4)) / 2))
    assert game.n_players == 3
    values = FIxLIP(3, max_order=3, random_state=0).approximate(game=game)
    assert not values.estimated
    assert_same(values, brute_force(game, 0.5, 3), 1e-6)


def test_texts_of_nothing_but_special_tokens_are_refused():
    with pytest.raises(InputError, match="text must have at least one token that is not special"):
        VisionLanguageGame(random_encoder(), SCENE, "<|endoftext|>")


@pytest.mark.parametrize("estimator", ["shrinkage", "least_squares"])
def test_tables_built_in_parts_give_the_same_numbers(monkeypatch, estimator):
    game = random_game(10, 4)

    def run():
        return FIxLIP(14, estimator=estimator, random_state=0).approximate(
            game=game, budget_image=100
        )

    whole = run()
    monkeypatch.setattr(chunks, "_CHUNK_SIZE", 1000)
    monkeypatch.setattr(set_chunks, "_CHUNK", 7)
    assert run().values == pytest.approx(whole.values, abs=1e-10)


class WrittenSide(Side):
    """A side as users write them, that returns anything."""

    kind, player_names, n_passes = "player", ("a", "b"), 0

    def __init__(self, returned):
        self.returned = returned

    def embed(self, coalitions):
        return self.returned(coalitions)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (lambda x: x + 1j, "sides must return a row of real numbers for each of 2 coalitions"),
        (lambda x: x[:1] * 1.0, r"got float64 of shape \(1, 2\) from WrittenSide"),
        (lambda x: x[:, 0] * 1.0, r"got float64 of shape \(2,\) from WrittenSide"),
        (lambda x: np.where(x, np.nan, 1), "got NaN or infinity for 1 of 2 coalitions"),
    ],
)
def test_sides_that_embed_to_no_numbers_are_refused(returned, message):
    with pytest.raises(InputError, match=message):
        SeparableGame(WrittenSide(returned), WrittenSide(lambda x: x * 1.0))


@pytest.mark.parametrize("entry", [0.5, 2, -1, np.nan, 1j, "yes", None])
def test_coalitions_that_are_not_boolean_are_refused(entry):
    game = random_game(2, 1)
    with pytest.raises(InputError, match="coalitions must be True or False, or 1 or 0"):
        game.value_function([[entry, 1, 0]])
    assert game.value_function([[0, 1.0, True]]) == game.value_function([[False, True, True]])
