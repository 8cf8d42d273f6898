"""The pointing game, against a literal count over pairs."""

import numpy as np
import pytest
from shapiq import InteractionValues
from small_games import random_game, subsets_up_to
from small_models import SCENE, random_encoder

from shapiq_fixlip import Fixed, FIxLIP, Grid, InputError, Tokens, VisionLanguageGame, Words
from shapiq_fixlip.demo.scenes import SCENE_SIZE, collage
from shapiq_fixlip.metrics.recognition import pointing_game
from shapiq_fixlip.metrics.targets import Target, box_targets, label_targets, quadrant_targets


@pytest.fixture(scope="module")
def scene():
    return collage(np.random.default_rng(1), n_named=2)


@pytest.fixture(scope="module")
def game(encoder, scene):
    return VisionLanguageGame(encoder, scene.image, scene.caption)


def some_values(n, order, seed=0):
    rng = np.random.default_rng(seed)
    interactions = {players: rng.normal() for players in subsets_up_to(n, order)}
    return InteractionValues(interactions, index="FBII", max_order=order, n_players=n, min_order=0)


def quadrant_of(box, size=SCENE_SIZE):
    return 2 * ((box[1] + box[3]) // size) + (box[0] + box[2]) // size


def literal(values, places):
    """Count pairs one by one; places has, for every word player, the places in and out."""
    correct = wrong = right = n = 0
    for word, (inside, outside) in places.items():
        for patch in [*inside, *outside]:
            value = values[(patch,)] if values.max_order == 1 else values[(patch, word)]
            signed = value if patch in inside else -value
            n += 1
            right += signed > 0
            correct += max(signed, 0)
            wrong += max(-signed, 0)
    return correct / (correct + wrong), right / n


@pytest.mark.parametrize("order", [1, 2])
def test_recognition_is_the_share_of_correct_mass(game, scene, order):
    named = scene.objects[:2]
    quadrants = {thing.name: quadrant_of(thing.box) for thing in named}
    corner = {
        q: [r * 7 + c for r in range(7) for c in range(7) if r // 4 == q // 2 and c // 4 == q % 2]
        for q in range(4)
    }
    corner = {q: [i for i in patches if 3 not in divmod(i, 7)] for q, patches in corner.items()}
    assert [len(patches) for patches in corner.values()] == [9] * 4
    places = {}
    for name, quadrant in quadrants.items():
        word = 49 + game.text_labels.index(name)
        places[word] = (corner[quadrant], [i for q in range(4) if q != quadrant for i in corner[q]])
    values = some_values(game.n_players, order)
    found = pointing_game(values, game, quadrant_targets(game, quadrants), word_values=False)
    recognition, sign_share = literal(values, places)
    assert found.recognition == pytest.approx(recognition)
    assert found.sign_share == pytest.approx(sign_share)
    assert list(found.table.index) == list(quadrants)


def literal_of_the_notebook(values, places):
    """Subsets of players with the word, once with the patches inside and once with the others."""
    correct = wrong = 0.0
    for word, (inside, outside) in places.items():
        of_inside = np.array([values[(player,)] for player in [*inside, word]])
        of_outside = np.array([values[(player,)] for player in [*outside, word]])
        correct += of_inside[of_inside > 0].sum() + np.abs(of_outside[of_outside < 0]).sum()
        wrong += of_outside[of_outside > 0].sum() + np.abs(of_inside[of_inside < 0]).sum()
    return correct / (correct + wrong)


def test_the_words_own_values_count_as_in_the_papers_notebook(game, scene):
    values = some_values(game.n_players, 1)
    targets = quadrant_targets(game, {thing.name: i for i, thing in enumerate(scene.objects[:2])})
    places = {
        49 + target.text_players[0]: (np.flatnonzero(target.inside), np.flatnonzero(target.outside))
        for target in targets
    }
    found = pointing_game(values, game, targets)
    assert found.recognition == pytest.approx(literal_of_the_notebook(values, places))
    assert (found.table["n"] == 9 + 27 + 2).all()
    pairs = some_values(game.n_players, 2)
    assert pointing_game(pairs, game, targets).recognition == pytest.approx(
        pointing_game(pairs, game, targets, word_values=False).recognition
    )


def test_any_map_without_negative_values_recognises_four_names_by_chance(encoder):
    collage_of_four = collage(np.random.default_rng(1), n_named=4)
    game = VisionLanguageGame(encoder, collage_of_four.image, collage_of_four.caption)
    values = some_values(game.n_players, 1)
    values.interactions.update({s: abs(value) for s, value in values.interactions.items()})
    names = {thing.name: quadrant_of(thing.box) for thing in collage_of_four.objects}
    targets = quadrant_targets(game, names)
    found = pointing_game(values, game, targets, word_values=False).recognition
    assert found == pytest.approx(0.25)
    assert pointing_game(values, game, targets).recognition > 0.25


def test_mass_in_no_quadrant_is_told(game, scene):
    name = scene.objects[0].name
    word = 49 + game.text_labels.index(name)
    inside, middle = 0, 24
    values = InteractionValues(
        {(inside, word): 1.0, (middle, word): -3.0},
        index="FBII",
        max_order=2,
        n_players=game.n_players,
        min_order=2,
    )
    found = pointing_game(values, game, quadrant_targets(game, {name: 0}))
    assert found.recognition == 1
    assert found.left_out_share == pytest.approx(0.75)
    assert found.outside_share == 0
    boxed = pointing_game(values, game, box_targets(game, {name: (0, 0, 100, 100)}))
    assert boxed.left_out_share == 0
    assert boxed.inside_share == pytest.approx(0.25)
    outside = pointing_game(values, game, box_targets(game, {name: (96, 96, 128, 128)}))
    assert outside.inside_share == pytest.approx(-0.75)
    assert outside.outside_share == pytest.approx(0.25)


def test_only_resolved_pairs_count(game, scene):
    targets = quadrant_targets(game, {scene.objects[0].name: 0})
    values = some_values(game.n_players, 2)
    (word,) = targets[0].text_players
    resolved = {(i, 49 + word) for i in range(0, 49, 5)}
    places = {
        49 + word: tuple(
            [i for i in np.flatnonzero(side) if i % 5 == 0]
            for side in (targets[0].inside, targets[0].outside)
        )
    }
    found = pointing_game(values, game, targets, resolved=resolved)
    assert found.recognition == pytest.approx(literal(values, places)[0])
    assert np.isnan(pointing_game(values, game, targets, resolved=()).recognition)


def test_even_grids_have_exact_quarters(encoder, scene):
    game = VisionLanguageGame(encoder, scene.image, scene.caption, image_players=Grid(4, 4))
    (target,) = quadrant_targets(game, {scene.objects[0].name: 1})
    quarter = np.zeros((4, 4), dtype=bool)
    quarter[:2, 2:] = True
    assert (target.inside.reshape(4, 4) == quarter).all()
    assert (target.outside.reshape(4, 4) == ~quarter).all()


def test_the_same_value_everywhere_recognises_by_chance(game, scene):
    flat = InteractionValues(
        {(i,): 2.0 for i in range(game.n_players)},
        index="SV",
        max_order=1,
        n_players=game.n_players,
        min_order=1,
    )
    targets = quadrant_targets(game, {scene.objects[0].name: 3})
    found = pointing_game(flat, game, targets, word_values=False)
    assert found.recognition == pytest.approx(0.25)
    assert found.sign_share == pytest.approx(0.25)


def test_explanations_of_the_embedded_model_point_at_objects(game, scene):
    values = FIxLIP(game.n_players, random_state=0).approximate(game=game)
    quadrants = {thing.name: quadrant_of(thing.box) for thing in scene.objects[:2]}
    found = pointing_game(values, game, quadrant_targets(game, quadrants))
    assert found.recognition > 0.8
    swapped = dict(zip(quadrants, reversed(quadrants.values()), strict=True))
    assert pointing_game(values, game, quadrant_targets(game, swapped)).recognition < 0.7


def test_boxes_and_labels_mark_the_same_places(game, scene):
    thing = scene.objects[0]
    left, top, right, bottom = thing.box
    labels = np.zeros((SCENE_SIZE, SCENE_SIZE), dtype=int)
    labels[top:bottom, left:right] = 7
    (boxed,) = box_targets(game, {thing.name: thing.box})
    (labelled,) = label_targets(game, labels, {thing.name: 7})
    by_patch = (labels == 7).reshape(7, 32, 7, 32).mean(axis=(1, 3)).ravel() > 0.5
    for target in (boxed, labelled):
        assert (target.inside == by_patch).all()
        assert (target.outside == ~by_patch).all()


def test_places_are_those_of_the_image_not_of_what_the_model_sees():
    game = VisionLanguageGame(random_encoder(), SCENE, "a dog")
    width, height = game.image_side.image_size
    assert (width, height) != game.image_side.image.shape[:2][::-1]
    (target,) = box_targets(game, {"dog": (0, 0, width, height // 2)})
    assert target.inside.reshape(4, 4)[:2].all()
    assert target.outside.reshape(4, 4)[2:].all()


@pytest.mark.parametrize(
    ("players", "expected"), [(Tokens(), "tricycleTricycle"), (Words(), "tricycle,Tricycle")]
)
def test_names_of_several_tokens_are_kept(encoder, scene, players, expected):
    game = VisionLanguageGame(
        encoder, scene.image, "a tricycle, and a Tricycle", text_players=players
    )
    (target,) = quadrant_targets(game, {"tricycle": 0})
    says = [game.text_labels[word] for word in target.text_players]
    assert "".join(says) == expected
    values = some_values(game.n_players, 2)
    inside, outside = np.flatnonzero(target.inside), np.flatnonzero(target.outside)
    places = {49 + word: (inside, outside) for word in target.text_players}
    found = pointing_game(values, game, [target])
    assert (found.recognition, found.sign_share) == pytest.approx(literal(values, places))


def test_a_name_is_a_whole_word(encoder, scene):
    game = VisionLanguageGame(encoder, scene.image, "a cat in a category")
    assert game.text_side.naming("cat") == (1,)
    assert game.text_side.naming("cat in") == (1, 2)
    assert game.text_side.naming("dog") == ()
    fixed = game.with_text("a cat", Fixed())
    assert fixed.text_side.naming("cat") == ()


def test_nothing_at_all_is_no_recognition(game, scene):
    nothing = InteractionValues(
        {(0, 50): 0.0}, index="SII", max_order=2, n_players=game.n_players, min_order=2
    )
    found = pointing_game(nothing, game, quadrant_targets(game, {scene.objects[0].name: 0}))
    assert np.isnan(found.recognition)
    assert found.sign_share == 0


def test_bad_input_is_refused(game, scene):
    name = scene.objects[0].name
    values = some_values(game.n_players, 2)
    targets = quadrant_targets(game, {name: 0})
    refused = [
        (lambda: quadrant_targets(game, {name: 4}), "quadrants must be 0 to 3, got 4 for"),
        (lambda: quadrant_targets(game, {"zebu": 0}), "targets must have names that occur in the"),
        (
            lambda: box_targets(game, {name: (0, 0, SCENE_SIZE + 1, 5)}),
            "boxes must lie inside the image",
        ),
        (lambda: box_targets(game, {name: (5, 0, 5, 5)}), "boxes must have left < right"),
        (lambda: box_targets(game, {name: (0, 0, 3, 3)}), "got none inside"),
        (lambda: box_targets(game, {name: (0, 0, SCENE_SIZE, SCENE_SIZE)}), "got none outside"),
        (lambda: label_targets(game, np.zeros((5, 5)), {name: 1}), "mask must be of shape"),
        (lambda: pointing_game(values, game, []), "targets must be at least one"),
        (lambda: pointing_game(some_values(5, 2), game, targets), "values must be of 5"),
        (lambda: pointing_game(values, game, targets, word_values=1), "word_values must be True"),
        (
            lambda: pointing_game(values, game, targets, resolved=[(0,)]),
            "resolved must be interactions of the highest order",
        ),
        (lambda: pointing_game(values, random_game(4, 3), targets), "game must be a Vision"),
        (
            lambda: pointing_game(some_values(game.n_players, 0), game, targets),
            "values must have interactions",
        ),
    ]
    values_not_finite = some_values(game.n_players, 2)
    values_not_finite.interactions[(3,)] = np.inf
    refused.append(
        (lambda: pointing_game(values_not_finite, game, targets), "values must be finite, got 1")
    )
    for call, message in refused:
        with pytest.raises(InputError, match=message):
            call()


def test_targets_can_be_made_by_hand(game):
    values = some_values(game.n_players, 2)
    inside = np.arange(49) == 3
    target = Target("mine", (1,), inside, np.arange(49) == 9)
    found = pointing_game(values, game, [target])
    row = found.table.loc["mine"]
    signed = [values[(3, 50)], -values[(9, 50)]]
    assert row["correct"] == pytest.approx(sum(max(value, 0) for value in signed))
    assert row["wrong"] == pytest.approx(sum(max(-value, 0) for value in signed))
    assert row["n"] == 2
