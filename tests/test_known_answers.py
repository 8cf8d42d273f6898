"""Models of known answers: towers, their exact interactions, and how explanations are judged."""

import dataclasses
import itertools
import math

import numpy as np
import pytest
from shapiq import InteractionValues
from skimage import data as photos
from small_games import all_coalitions

from shapiq_fixlip import (
    CrossModalShapley,
    FIxLIP,
    InputError,
    VisionLanguageGame,
    explain,
    load_encoder,
)
from shapiq_fixlip.baselines import (
    attention_rollout,
    exclip,
    generic_attention,
    grad_eclip,
    legrad,
    metagame,
    occlusion,
)
from shapiq_fixlip.datasets import CodedImages, load_data
from shapiq_fixlip.encoders.known import known_passes
from shapiq_fixlip.encoders.known_codes import CODE_SIZE, PATTERNS
from shapiq_fixlip.encoders.known_readings import CODES, READINGS
from shapiq_fixlip.experiments.methods import METHODS, MethodSettings, parse_methods
from shapiq_fixlip.experiments.presets import evaluation_of
from shapiq_fixlip.experiments.runner import run
from shapiq_fixlip.experiments.tables import as_rows
from shapiq_fixlip.metrics import known_answers, known_interactions, planted_pairs

SHORT, LONG = 0, 2
"""Inputs with 5 and with 11 words, both with the fox before the kite."""


def game_of(name, number=SHORT, n_patches=49, dtype=None, **choices):
    example = CodedImages(4, n_patches=n_patches)[number]
    encoder = load_encoder(f"known:{name}", dtype=dtype)
    return VisionLanguageGame(encoder, example.image, example.text, **choices)


def patches_with(game, code):
    """Where a code is, by looking at the pixels."""
    pixels = np.asarray(game.image_side.prepared.picture())[..., 0] > 0
    side = len(pixels) // CODE_SIZE
    tiles = pixels.reshape(side, CODE_SIZE, side, CODE_SIZE).transpose(0, 2, 1, 3)
    wanted = PATTERNS[CODES.index(code)] > 0
    return [
        int(place)
        for place, tile in enumerate(tiles.reshape(side**2, -1))
        if (tile == wanted).all()
    ]


def word(game, name):
    return game.n_players_image + game.text.split().index(name)


def by_hand(game, coalition, name):
    """The similarity of a coalition, written out; without the embeddings."""
    kept = set(np.flatnonzero(coalition).tolist())
    n = {code: len(kept & set(patches_with(game, code))) for code in CODES}
    has = {noun: word(game, noun) in kept for noun in ("fox", "kite", "drum")}
    fox, kite, drum = n["fox"] * has["fox"], n["kite"] * has["kite"], n["drum"] * has["drum"]
    is_before = word(game, "fox") < word(game, "kite")
    of_image = math.sqrt(4 + n["fox"] ** 2 + n["kite"] ** 2 + n["drum"] ** 2)
    return {
        "sum": fox + kite + drum,
        "normalised-sum": 10 * (fox + kite + drum) / of_image / math.sqrt(4 + sum(has.values())),
        "any-patch": min(n["fox"], 1) * has["fox"] + kite + drum,
        "both-patches": (n["head"] and n["tail"]) * has["fox"] + kite + drum,
        "nine-patches": (n["leaf"] > 0) * has["fox"] + kite + drum,
        "spurious": fox + n["lamp"] * has["kite"] + drum,
        "corner-mark": fox + 2 * n["corner"] * has["fox"] + kite + drum,
        "middle-mark": fox + 2 * n["middle"] * has["fox"] + kite + drum,
        "ignored-word": fox + kite,
        "word-order": n["stack"] * (has["fox"] and has["kite"] and is_before) + drum,
    }[name]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("name", READINGS)
def test_models_do_what_is_written(name, number):
    game = game_of(name, number)
    rng = np.random.default_rng(number)
    coalitions = rng.random((40, game.n_players)) < rng.choice([0.2, 0.5, 0.9], size=(40, 1))
    expected = [by_hand(game, coalition, name) for coalition in coalitions]
    assert game.value_function(coalitions) == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize("n_patches", [49, 196])
def test_patches_of_a_code_are_as_many_as_told_and_others_unknown(n_patches):
    game = game_of("sum", LONG, n_patches)
    found = {code: patches_with(game, code) for code in CODES}
    how_often = {"fox": 3, "kite": 2, "leaf": 9}
    assert {code: len(places) for code, places in found.items()} == {
        code: how_often.get(code, 1) for code in CODES
    }
    side = math.isqrt(n_patches)
    assert found["corner"] == [0]
    assert found["middle"] == [side // 2 * side + side // 2]
    pixels = np.asarray(game.image_side.prepared.picture())
    tiles = pixels.reshape(side, CODE_SIZE, side, CODE_SIZE, 3).swapaxes(1, 2)
    shares = tiles.reshape(n_patches, -1).mean(axis=1) / 255  # brightness tells nothing
    assert (shares == 0.5).all()


def test_coded_images_are_the_same_again_and_differ():
    images = CodedImages(4)
    assert images[1].content == load_data("coded", 4)[1].content
    assert len({example.content for example in images}) == len(images)
    assert load_data("coded:196", 1)[0].image.size == (112, 112)
    for given in (50, [49], "49"):
        with pytest.raises(InputError, match="n_patches must be"):
            CodedImages(n_patches=given)


def planted_value(game, values, code, noun):
    """The one value of all pairs of a code and a word."""
    found = {round(values[i, word(game, noun)], 9) for i in patches_with(game, code)}
    assert len(found) == 1
    return found.pop()


@pytest.mark.parametrize("p", [0.2, 0.5, 0.7])
def test_interactions_have_their_closed_forms(p):
    def value(name, code, noun):
        game = game_of(name)
        return planted_value(game, known_interactions(game, "FWBII", 2, p), code, noun)

    assert value("sum", "fox", "fox") == pytest.approx(1)
    assert value("any-patch", "fox", "fox") == pytest.approx((1 - p) ** 2)
    assert value("both-patches", "head", "fox") == pytest.approx(p)
    assert value("nine-patches", "leaf", "fox") == pytest.approx((1 - p) ** 8)
    assert value("spurious", "lamp", "kite") == pytest.approx(1)
    assert value("middle-mark", "middle", "fox") == pytest.approx(2)
    assert value("word-order", "stack", "kite") == pytest.approx(p)


def test_shapley_interactions_have_their_closed_forms():
    """An average over all ``p``: a ninth for nine equal patches, a half for two that are needed."""
    game = game_of("nine-patches")
    values = known_interactions(game, "SII", 2)
    assert planted_value(game, values, "leaf", "fox") == pytest.approx(1 / 9)
    game = game_of("both-patches")
    assert planted_value(game, known_interactions(game, "SII", 2), "head", "fox") == pytest.approx(
        0.5
    )


def test_interactions_of_a_normalised_sum_are_those_of_their_definition():
    game, p = game_of("normalised-sum"), 0.3
    values = known_interactions(game, "FWBII", 2, p)
    players = sorted({i for players in values.interactions for i in players})
    first, second = (
        patches_with(game, "fox")[0],
        word(game, "fox"),
    )
    others = [i for i in players if i not in (first, second)]
    coalitions = all_coalitions(len(others))
    weights = p ** coalitions.sum(axis=1) * (1 - p) ** (~coalitions).sum(axis=1)
    whole = np.zeros((len(coalitions), game.n_players), dtype=bool)
    whole[:, others] = coalitions
    expected = 0.0
    for with_first in (False, True):
        for with_second in (False, True):
            whole[:, [first, second]] = with_first, with_second
            sign = 1 if with_first == with_second else -1
            expected += sign * weights @ game.value_function(whole)
    assert values[first, second] == pytest.approx(expected, abs=1e-5)


def test_what_is_not_read_has_no_interaction():
    game = game_of("ignored-word")
    values = known_interactions(game)
    assert not any(word(game, "drum") in players for players in values.interactions)
    assert not planted_pairs(game)[:, game.text.split().index("drum")].any()
    backwards = known_interactions(game_of("word-order", 1))
    assert max(abs(v) for pair, v in backwards.interactions.items() if len(pair) == 2) == 1  # drum


@pytest.mark.parametrize("name", [name for name in READINGS if name != "nine-patches"])
@pytest.mark.parametrize(("number", "n_patches"), [(SHORT, 49), (LONG, 196)])
def test_fixlip_finds_all_that_is_planted_with_errors_that_cover(name, number, n_patches):
    game = game_of(name, number, n_patches)
    fixlip = FIxLIP(game.n_players, 2, p=0.5, random_state=0)
    values = fixlip.approximate(game=game, budget_image=256, budget_text=256)
    found = known_answers(
        values,
        game,
        exact=known_interactions(game, "FWBII", 2, 0.5),
        errors=fixlip.standard_errors(),
        resolved=fixlip.resolved(),
    )
    assert (found.found, found.rank, found.resolved, found.resolved_wrong) == (1, 1, 1, 0)
    assert found.pair_error < 0.02
    assert found.correlation > 0.999
    assert found.coverage > 0.98


def test_errors_cover_what_is_planted():
    """Over all models: errors of the pairs of one model and one run go together."""
    covered = []
    for seed, name in itertools.product(range(3), set(READINGS) - {"nine-patches"}):
        game = game_of(name, seed)
        fixlip = FIxLIP(game.n_players, 2, p=0.5, random_state=seed)
        values = fixlip.approximate(game=game, budget_image=256, budget_text=256)
        exact = known_interactions(game, "FWBII", 2, 0.5)
        found = known_answers(values, game, exact=exact, errors=fixlip.standard_errors())
        covered.append(found.coverage_planted)
    assert np.mean(covered) > 0.93


def test_nine_equal_patches_hide_at_one_half_and_appear_at_a_tenth():
    game = game_of("nine-patches")
    found = {}
    for p in (0.1, 0.5):
        fixlip = FIxLIP(game.n_players, 2, p=p, random_state=0)
        values = fixlip.approximate(game=game, budget_image=256, budget_text=256)
        found[p] = known_answers(values, game).found
    assert found[0.1] == 1
    assert found[0.5] < 0.5


def test_exclip_sums_up_and_gradients_miss_what_is_certain():
    """Where one of three patches suffices, no gradient is left; along a line there is."""
    game = game_of("any-patch")
    pairs = exclip(game)
    assert known_answers(pairs, game).found == 1
    foxes = patches_with(game, "fox")
    assert sum(pairs[i, word(game, "fox")] for i in foxes) == pytest.approx(1, abs=0.02)
    assert all(metagame(game)[i, word(game, "fox")] == 0 for i in foxes)
    for method in (grad_eclip, generic_attention, legrad):
        values = method(game)
        assert all(values[(i,)] == 0 for i in foxes)
        assert all(values[(i,)] > 0 for i in patches_with(game, "kite"))
        assert known_answers(values, game).found < 1
    by_chance = planted_pairs(game).mean()  # even attention tells nothing
    assert known_answers(attention_rollout(game), game).found == pytest.approx(by_chance)


def test_single_players_do_not_say_which_pair():
    game = game_of("sum")
    answers = known_answers(occlusion(game), game)
    assert answers.found < 1
    assert answers.rank > 1
    assert all(math.isnan(getattr(answers, name)) for name in ("pair_error", "resolved"))


def test_exact_values_are_right_in_every_respect():
    game = game_of("spurious")
    exact = known_interactions(game, "k-SII", 2)
    found = dataclasses.asdict(
        known_answers(exact, game, exact=exact, resolved=[(i, j) for i, j in pairs_of(game)])
    )
    assert {name: value for name, value in found.items() if not math.isnan(value)} == {
        "found": 1,
        "rank": 1,
        "correlation": pytest.approx(1),
        "recognition": 1,
        "pair_error": 0,
        "resolved": 1,
        "resolved_wrong": 0,
    }


def pairs_of(game):
    return [(i, game.n_players_image + j) for i, j in np.argwhere(planted_pairs(game)).tolist()]


def test_errors_and_what_is_resolved_are_judged():
    game = game_of("sum")
    exact = known_interactions(game, "FWBII", 2)
    shifted = exact * 1.1
    zero = (1, game.n_players_image + 1)
    assert zero not in pairs_of(game)
    narrow, wide = (exact * 0 + error for error in (0.04, 0.06))
    planted = pairs_of(game)
    for errors, share in ((narrow, 0.0), (wide, 1.0)):
        found = known_answers(
            shifted, game, exact=exact, errors=errors, resolved=[*planted[:3], zero]
        )
        assert found.coverage_planted == share
        assert found.resolved == 0.5
        assert found.resolved_wrong == 0.25
        assert found.pair_error == pytest.approx(0.1)


def test_shapley_interactions_are_judged_too():
    game = game_of("both-patches")
    approximator = CrossModalShapley(game.n_players, 2, "k-SII", random_state=0)
    values = approximator.approximate(game=game, budget_image=256, budget_text=32)
    found = known_answers(values, game, exact=known_interactions(game, "k-SII", 2))
    assert found.found == 1
    assert found.pair_error < 0.1


def test_other_models_and_players_are_refused(encoder):
    scene = CodedImages(1)[0]
    with pytest.raises(InputError, match="game must be of a model of known answers"):
        known_interactions(VisionLanguageGame(encoder, scene.image, "a dog"))
    with pytest.raises(InputError, match="single patches and words as players"):
        known_interactions(game_of("any-patch", image_players="3x3"))
    with pytest.raises(InputError, match="or 'known:NAME', got 'unknown:sum'"):
        load_encoder("unknown:sum")
    with pytest.raises(InputError, match="must be one of known:sum, .*, got 'known:product'"):
        load_encoder("known:product")
    with pytest.raises(InputError, match="revision must be of a model on the hub"):
        load_encoder("known:sum", revision="main")


def test_passes_are_counted_also_those_of_gradients(encoder):
    model = load_encoder("known:sum")
    example = CodedImages(1)[0]
    game = VisionLanguageGame(model, example.image, example.text)
    for side, n_coalitions in zip(game.sides, (33, 4), strict=True):
        before = side.n_passes
        side.embed(np.tri(n_coalitions, side.n_players, dtype=bool))
        assert side.n_passes - before == n_coalitions  # without what fills up batches
    assert known_passes(model) == 0
    exclip(game, n_steps=5)
    assert known_passes(model) >= 5 * (49 + 5)
    assert known_passes(encoder) == 0


@pytest.mark.parametrize("name", METHODS)
def test_a_text_that_says_nothing_to_a_model_leaves_no_patch_that_counts(name):
    game = VisionLanguageGame(load_encoder("known:sum"), CodedImages(1)[0].image, "a dog")
    (method,) = parse_methods([name])
    values = method.explain(game, MethodSettings(64, 8, 0)).values
    of_image = [
        value for players, value in values.interactions.items() if {*players} & {*range(49)}
    ]
    np.testing.assert_allclose(of_image, 0, atol=1e-6)


def test_any_other_image_is_explained_but_not_judged():
    explanation = explain(photos.astronaut(), "a fox", model="known:sum", budget_image=32)
    assert explanation.game.n_players_image == 49
    with pytest.raises(InputError, match="game must have an image of codes"):
        known_interactions(explanation.game)
    assert np.isfinite(explanation.values.values).all()


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("name", READINGS)
def test_exact_values_find_all_that_is_planted(name, number):
    """Also where words come in the order that is not read, so that less is planted."""
    game = game_of(name, number)
    exact = known_interactions(game, "k-SII", 2)
    answers = known_answers(exact, game, exact=exact)
    assert (answers.found, answers.rank, answers.pair_error) == (1, 1, 0)
    assert answers.correlation == pytest.approx(1)


def test_of_equal_pairs_the_share_at_a_random_order_is_found():
    """One of the two kites is as strong as a pair that is not planted."""
    game = game_of("ignored-word")
    exact = known_interactions(game, "SII", 2)
    fox, kite = (word(game, noun) for noun in ("fox", "kite"))
    tied, other = (patches_with(game, "kite")[0], kite), (patches_with(game, "drum")[0], fox)
    found = {**exact.interactions, tied: 0.5, other: 0.5}
    values = InteractionValues(
        found, index="SII", max_order=2, min_order=0, n_players=game.n_players
    )
    assert known_answers(values, game).found == pytest.approx((4 + 0.5) / 5)


def test_chosen_interactions_are_judged_as_far_as_they_are_there():
    game = game_of("sum")
    pairs = pairs_of(game)[:2]
    fixlip = FIxLIP(game.n_players, 2, random_state=0, interactions=pairs)
    values = fixlip.approximate(game=game, budget_image=256, budget_text=32)
    exact = known_interactions(game, values.index, 2)
    found = known_answers(values, game, exact=exact, errors=fixlip.standard_errors())
    assert found.coverage_planted == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda game, _: known_answers(3, game), "values must be"),
        (
            lambda game, exact: known_answers(exact, game, exact=known_interactions(game, "SV")),
            "exact must be of SII of order 2, as the values, got SV of order 1",
        ),
        (
            lambda game, _: known_answers(known_interactions(game, "FWBII", 3), game),
            "values must have interactions of 1 to 2 players, got up to 3",
        ),
        (
            lambda *_: known_interactions(game_of("sum", dtype="bfloat16")),
            "game must be of a model in float32 or float64, got torch.bfloat16",
        ),
        (
            lambda game, _: known_interactions(game.with_text("fox " * 30)),
            "game must have a text that repeats fewer words",
        ),
        (
            lambda game, _: known_answers(
                known_interactions(game.with_text("near")), game.with_text("near")
            ),
            "game must have a patch and a word that the model reads together",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused(call, message):
    game = game_of("sum")
    with pytest.raises(InputError, match=message):
        call(game, known_interactions(game, "SII", 2))


def test_truth_is_an_experiment(tmp_path):
    chosen = {
        "models": ("known:both-patches",),
        "methods": ("fixlip:0.5", "exclip", "game"),
        "n_inputs": 1,
    }
    plan = evaluation_of("truth", chosen)
    rows = as_rows(range(1), run(plan, range(1), tmp_path).read(range(1)))
    assert rows["error"].isna().all()
    found = rows.pivot_table(index="method", columns="figure", values="value", aggfunc="first")
    assert found.loc["fixlip:0.5", ["found", "resolved", "wrong of resolved"]].tolist() == [1, 1, 0]
    assert found.loc["exclip", "found"] == 1
    assert found.loc["game", "found"] < 1
    assert set(found.loc["fixlip:0.5"].dropna().index) >= {"coverage", "passes", "pair error"}
    assert found.loc["fixlip:0.5", "passes"] <= 256 + 32
    assert found["passes"].notna().all()


@pytest.mark.parametrize(
    ("chosen", "got"),
    [
        ({"models": ("known:sum", "demo")}, "model demo"),
        ({"data": "demo-scenes"}, "data demo-scenes"),
        ({"image_players": "3x3"}, "image_players 3x3"),
    ],
)
def test_known_answers_are_only_for_patches_of_coded_images_and_known_models(chosen, got):
    with pytest.raises(InputError, match=f"metrics may have known-answers only .*, got {got}"):
        evaluation_of("truth", chosen)
