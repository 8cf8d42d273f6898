"""Equality with the paper's own code, on the values that it gave for three small models."""

import numpy as np
import pytest
from small_games import named_interactions
from small_models import REFERENCE, REFERENCE_MODELS, SCENE

from shapiq_fixlip import VisionLanguageGame, load_encoder
from shapiq_fixlip.coalitions.sampling import Sample
from shapiq_fixlip.solver.derivative_index import faithful_index
from shapiq_fixlip.solver.least_squares import LeastSquaresFit
from shapiq_fixlip.solver.terms import Terms

VALUE_TOLERANCE = 1e-4  # single precision
INTERACTION_TOLERANCE = 1e-8


@pytest.fixture(scope="module", params=REFERENCE_MODELS)
def reference(request):
    with np.load(REFERENCE / "values" / f"{request.param}.npz") as values:
        return request.param, dict(values)


@pytest.fixture(scope="module")
def game(reference):
    name, values = reference
    return VisionLanguageGame(load_encoder(REFERENCE / "models" / name), SCENE, str(values["text"]))


def test_values(reference, game):
    _, values = reference
    assert game.n_players_image == values["n_players_image"]
    assert game.n_players_text == values["n_players_text"]
    found = game.value_function(values["coalitions"])
    assert np.abs(found - values["values"]).max() <= VALUE_TOLERANCE
    assert game.empty_value == pytest.approx(values["empty_value"], abs=VALUE_TOLERANCE)
    assert game.full_value == pytest.approx(values["full_value"], abs=VALUE_TOLERANCE)


@pytest.mark.parametrize("p", ["p3", "p5", "p7"])
def test_grids(reference, game, p):
    _, values = reference
    image = game.image_side.embed(values[f"{p}_coalitions_image"])
    text = game.text_side.embed(values[f"{p}_coalitions_text"])
    grid = game.scale * image @ text.T + game.bias
    assert np.abs(grid - values[f"{p}_grid"]).max() <= VALUE_TOLERANCE


@pytest.mark.parametrize("p", ["p3", "p5", "p7"])
def test_interactions(reference, p):
    _, values = reference
    # the paper's code centres the grid in single precision; any grid is a product of two sides
    centred = (values[f"{p}_grid"] - np.float32(values["empty_value"])).astype(np.float64)
    left, sizes, right = np.linalg.svd(centred, full_matrices=False)
    fits = [
        LeastSquaresFit(
            Sample(values[f"{p}_coalitions_{side}"], values[f"{p}_weights_{side}"], is_exact=False),
            vectors,
            faithful_index(int(p[1]) / 10),
            2,
        )
        for side, vectors in (("image", left * sizes), ("text", right.T))
    ]
    found = named_interactions(*fits, Terms(2, (2, 2)))
    expected = {
        tuple(sorted(int(player) for player in players if player >= 0)): value
        for players, value in zip(
            values[f"{p}_interactions"], values[f"{p}_interaction_values"], strict=True
        )
    }
    assert found.keys() == expected.keys()
    worst = max(abs(found[players] - value) for players, value in expected.items())
    assert worst <= INTERACTION_TOLERANCE
