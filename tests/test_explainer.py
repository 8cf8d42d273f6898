"""One object from a model to explanations, in the manner of shapiq's explainers."""

from functools import partial

import pytest
import transformers
from shapiq import AgnosticExplainer
from shapiq.explainer.base import Explainer
from small_models import CAPTION, REFERENCE, SCENE, random_encoder, random_model

from shapiq_fixlip import (
    FIxLIP,
    Grid,
    InputError,
    VisionLanguageExplainer,
    VisionLanguageGame,
    Words,
    exact_interactions,
    explain,
)

TEXT = "a dog"


@pytest.fixture(scope="module")
def encoder():
    return random_encoder()


@pytest.fixture(scope="module")
def small_game(encoder):
    """Make games of few players."""
    return partial(VisionLanguageGame, encoder, image_players=Grid(2, 3), text_players=Words())


def test_it_explains_as_its_parts_do(encoder):
    explainer = VisionLanguageExplainer(encoder, p=0.3, random_state=3)
    values = explainer.explain(SCENE, TEXT)
    game = VisionLanguageGame(encoder, SCENE, TEXT)
    fixlip = FIxLIP(game.n_players, 2, p=0.3, random_state=3)
    assert values.interactions == fixlip.approximate(game=game).interactions
    assert explainer.explanation.values is values
    assert explainer.explanation.run.passes == fixlip.last_run.passes
    assert isinstance(explainer, Explainer)
    assert (explainer.index, explainer.max_order, explainer.p) == ("FWBII", 2, 0.3)


@pytest.mark.parametrize(
    ("index", "order"),
    [
        *(("FWBII", 2), ("FWBII", 3), ("FBII", 2), ("WBII", 3), ("BII", 2), ("BV", 1)),
        *(("Fourier", 3), ("SV", 1), ("SII", 2), ("k-SII", 2), ("FSII", 2), ("STII", 2)),
        *(("CHII", 2), ("kADD-SHAP", 2)),
    ],
)
def test_every_index_is_that_of_all_coalitions(small_game, index, order):
    explainer = VisionLanguageExplainer(small_game, index=index, max_order=order)
    values = explainer.explain(SCENE, TEXT)
    exact = exact_interactions(small_game(SCENE, TEXT), index, order)
    assert values.index == exact.index == index.replace("W", "")
    assert explainer.explanation.run.is_exact
    for players, value in exact.interactions.items():
        if players:
            assert values[players] == pytest.approx(value, abs=1e-8)


@pytest.mark.parametrize("index", ["SV", "BV"])
def test_values_of_single_players_have_order_one(small_game, index):
    explainer = VisionLanguageExplainer(small_game, index=index)
    assert explainer.max_order == 1
    assert explainer.explain(SCENE, TEXT).max_order == 1


def test_budget_is_used(small_game, encoder):
    explainer = VisionLanguageExplainer(encoder, budget=1000, random_state=0)
    values = explainer.explain(SCENE, TEXT)
    assert values.estimation_budget <= 1000
    automatic = VisionLanguageExplainer(small_game, budget="auto")
    automatic.explain(SCENE, TEXT)
    assert automatic.explanation.run.is_exact


def test_names_are_loaded():
    explainer = VisionLanguageExplainer("demo", index="SV", budget=64, random_state=0)
    assert explainer.game(SCENE, TEXT).n_players_image == 49


@pytest.mark.parametrize(("index", "order"), [("FBII", 2), ("k-SII", 2), ("SV", 1)])
def test_its_parts_work_in_the_agnostic_explainer(small_game, index, order):
    explainer = VisionLanguageExplainer(small_game, index=index, random_state=0)
    game = explainer.game(SCENE, TEXT)
    agnostic = AgnosticExplainer(
        game, index=index, max_order=order, approximator=explainer.approximator_for(game)
    )
    found = agnostic.explain(budget=10**6)
    assert found.interactions == explainer.explain(SCENE, TEXT).interactions


def test_methods_of_shapiq_explainers_work(small_game):
    explainer = VisionLanguageExplainer(small_game, random_state=0)
    explainer.explain(SCENE, TEXT)
    assert isinstance(explainer.approximator, FIxLIP)
    assert explainer.explain_function((SCENE, TEXT)).index == "FBII"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": "ELC"}, "index must be one of FWBII, FBII, .*, Co-Moebius, got 'ELC'"),
        (
            {"index": "SII", "p": 0.5},
            "p must be left out for SII, as it is only for FWBII and WBII, got 0.5",
        ),
        ({"p": 1.5}, "p must be a number greater than 0 and less than 1, got 1.5"),
        ({"index": "SV", "max_order": 2}, "max_order must be at most 1 for SV, got 2"),
        ({"index": "SII", "max_order": 3}, "max_order must be at most 2 for SII, got 3"),
        ({"max_order": 1.5}, "max_order must be a whole number, got 1.5"),
        ({"max_order": 0}, "max_order must be at least 1, got 0"),
        ({"budget": "soon"}, "budget must be a whole number, got 'soon'"),
        ({"budget": 0}, "budget must be at least 1, got 0"),
        ({"index": "SII", "budget": "auto"}, "budget must be a number for SII, got 'auto'"),
        ({"random_state": -1}, "random_state must be at least 0, got -1"),
        ({"model": 3}, "model must be an encoder, its name, or a function .* got 3"),
    ],
)
def test_bad_options_are_refused(encoder, options, message):
    with pytest.raises(InputError, match=message):
        VisionLanguageExplainer(**{"model": encoder, **options})


def test_there_is_no_explanation_before_the_first_call(small_game):
    with pytest.raises(RuntimeError, match="no explanation before the first call of explain"):
        _ = VisionLanguageExplainer(small_game).explanation


def test_models_in_memory_find_their_processor():
    folder = str(REFERENCE / "models" / "clip-32-8")
    reference_model = transformers.CLIPModel.from_pretrained(folder)
    explainer = VisionLanguageExplainer(reference_model, budget=400, random_state=0)
    values = explainer.explain(SCENE, CAPTION)
    named = VisionLanguageExplainer(folder, budget=400, random_state=0).explain(SCENE, CAPTION)
    assert values.interactions == named.interactions
    explanation = explain(SCENE, CAPTION, model=reference_model, budget=400)
    assert explanation.values.interactions == named.interactions
    assert explanation.settings["model"] == "CLIPModel"


def test_models_without_a_processor_and_classes_are_refused():
    with pytest.raises(InputError, match=r"use from_transformers\(model, processor\)"):
        VisionLanguageExplainer(random_model("CLIP"))
    with pytest.raises(InputError, match=r"use from_transformers\(model, processor\)"):
        explain(SCENE, CAPTION, model=random_model("CLIP"))
    for make in (VisionLanguageExplainer, lambda model: explain(SCENE, CAPTION, model=model)):
        with pytest.raises(InputError, match="model must be .* got the class CLIPModel"):
            make(transformers.CLIPModel)


def test_functions_to_something_else_are_refused():
    explainer = VisionLanguageExplainer(lambda _image, _text: None)
    with pytest.raises(InputError, match="to a game, got one that returns None"):
        explainer.explain(SCENE, TEXT)


def test_revisions_are_of_models_on_the_hub(encoder):
    with pytest.raises(InputError, match="revision must be of a model on the hub, got 'v1' for an"):
        explain(SCENE, TEXT, model=encoder, revision="v1")


def test_an_encoder_keeps_its_type(encoder):
    with pytest.raises(InputError, match="dtype must be left out for a model .*, got 'float16'"):
        explain(SCENE, TEXT, model=encoder, dtype="float16")
