"""Shares of an explanation, stability over seeds and sensitivity to the prompt."""

import numpy as np
import pytest
from shapiq import InteractionValues
from small_games import random_game

from shapiq_fixlip import FIxLIP, InputError, VisionLanguageGame, exact_interactions
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.metrics import modality_shares, prompt_sensitivity, seed_stability, synergy_share


def made(interactions, n=7):
    order = max(map(len, interactions))
    return InteractionValues(interactions, index="SII", max_order=order, n_players=n, min_order=0)


@pytest.fixture(scope="module")
def game():
    return random_game(4, 3)


def test_shares_are_those_of_the_absolute_sums(game):
    values = exact_interactions(game, "FWBII", 3, p=0.4)
    image, text, cross_modal = modality_shares(values, game)
    total = sum(abs(value) for players, value in values.interactions.items() if players)
    of_image = sum(
        abs(value)
        for players, value in values.interactions.items()
        if players and set(players) <= {0, 1, 2, 3}
    )
    assert image == pytest.approx(of_image / total)
    assert image + text + cross_modal == pytest.approx(1)
    assert min(image, text, cross_modal) > 0


def test_single_players_have_no_cross_modal_share(game):
    shares = modality_shares(made({(0,): 3.0, (6,): -1.0, (): 9.0}), game)
    assert shares == (0.75, 0.25, 0)


def test_synergy_is_what_is_positive_between_the_sides(game):
    values = made({(0, 1): -9.0, (0, 4): 3.0, (3, 6): -1.0, (0, 1, 5): 4.0, (5,): -7.0})
    assert synergy_share(values, game) == pytest.approx(7 / 8)


def test_nothing_has_no_shares(game):
    nothing = made({(0,): 0.0, (0, 1): 5.0, (2, 5): 0.0})
    assert np.isnan(synergy_share(nothing, game))
    assert np.isnan(modality_shares(made({(0,): 0.0}), game)).all()


def test_stability_is_the_mean_correlation():
    explanations = [
        made({(): 7.0, (0,): 1.0, (1,): 2.0, (0, 4): 5.0}),
        made({(): 1.0, (0,): 2.0, (1,): 1.0, (0, 4): 4.0}),
        made({(): 2.0, (0,): 1.0, (1,): 2.0, (0, 5): 5.0}),
    ]
    rows = np.array([[1, 2, 5, 0], [2, 1, 4, 0], [1, 2, 0, 5]])
    correlations = np.corrcoef(rows)[np.triu_indices(3, 1)]
    assert seed_stability(explanations) == pytest.approx(correlations.mean())
    assert seed_stability([explanations[0]] * 2) == pytest.approx(1)
    assert np.isnan(seed_stability([explanations[0], made({(0,): 0.0})]))


def test_more_passes_are_more_stable(encoder):
    scene = demo_scene()
    game = VisionLanguageGame(encoder, scene.image, "a lion and a tent")

    def stability(passes):
        return seed_stability(
            [
                FIxLIP(game.n_players, random_state=seed).approximate(
                    game=game, budget_image=passes
                )
                for seed in range(3)
            ]
        )

    assert stability(32) < stability(256) < 1


def test_sensitivity_is_what_other_maps_do_not_explain(encoder):
    scene = demo_scene()
    game = VisionLanguageGame(encoder, scene.image, "a lion")
    rng = np.random.default_rng(0)
    own, other = (
        made({(i,): rng.normal() for i in range(49)} | {(0, 50): 1.0}, n=n) for n in (51, 53)
    )
    maps = []
    for values in (own, other):
        map_ = np.array([values[(i,)] for i in range(49)])
        map_[0] += 0.5
        maps.append(map_)
    expected = 1 - np.corrcoef(maps)[0, 1] ** 2
    assert prompt_sensitivity(own, [other], game) == pytest.approx(expected)
    assert prompt_sensitivity(own, [own, other], game) == pytest.approx(expected / 2)
    flat = made({(i,): 2.0 for i in range(49)}, n=51)
    assert prompt_sensitivity(own, [flat], game) == 1
    assert np.isnan(prompt_sensitivity(flat, [own], game))


def test_bad_input_is_refused(game):
    values, bad = made({(0,): 1.0}), made({(0,): np.nan})
    refused = [
        (lambda: modality_shares(bad, game), "values must be finite, got 1"),
        (lambda: modality_shares(made({(): 1.0}), game), "values must have interactions"),
        (lambda: modality_shares(values, 3), "game must be a SeparableGame, got 3"),
        (lambda: synergy_share(values, 3), "game must be a SeparableGame, got 3"),
        (lambda: synergy_share(made({(0,): 1.0}, n=5), game), "values must be of 7 players"),
        (lambda: seed_stability([values]), "explanations must be at least 2, got 1"),
        (lambda: seed_stability([values, bad]), "explanations must be finite"),
        (lambda: seed_stability([values, made({(0,): 1.0}, n=5)]), "got \\[5, 7\\] players"),
    ]
    for call, message in refused:
        with pytest.raises(InputError, match=message):
            call()


def test_bad_input_of_sensitivity_is_refused(encoder):
    game = VisionLanguageGame(encoder, demo_scene().image, "a lion")
    values = made({(0,): 1.0}, n=51)
    refused = [
        (lambda: prompt_sensitivity(values, [], game), "others must be at least one"),
        (lambda: prompt_sensitivity(values, [values], 3), "game must be of an image and a text"),
        (lambda: prompt_sensitivity(values, [made({(0,): 1.0}, n=7)], game), "others must be of"),
        (lambda: prompt_sensitivity(values, [made({(0,): np.inf}, n=51)], game), "others must be"),
        (lambda: prompt_sensitivity(made({(0,): 1.0}), [values], game), "values must be of 51"),
    ]
    for call, message in refused:
        with pytest.raises(InputError, match=message):
            call()
