"""Why a model gives an image one of several classes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special
from small_games import all_coalitions
from small_models import SCENE, random_encoder

from shapiq_fixlip import (
    ContrastGame,
    Explanation,
    FIxLIP,
    InputError,
    VisionLanguageExplainer,
    VisionLanguageGame,
    exact_interactions,
    explain,
)
from shapiq_fixlip.games import ProbabilityGame, zero_shot_game
from shapiq_fixlip.typing import ClassValue

CLASSES = ["dog", "cat", "bird", "hydrant"]


@pytest.fixture(scope="module", params=["CLIP", "SigLIP"])
def family(request):
    return request.param


@pytest.fixture(scope="module")
def encoder(family):
    encoder = random_encoder(family)  # its scale is 1, its bias 0
    return replace(encoder, logit_scale=10.0, logit_bias=-2.0 if family == "SigLIP" else 0.0)


def games_of(encoder, classes=CLASSES, **choices):
    return [
        VisionLanguageGame(encoder, SCENE, f"a photo of a {name}.", **choices) for name in classes
    ]


def best_first(encoder):
    logits = [game.full_value for game in games_of(encoder)]
    return [CLASSES[place] for place in np.argsort(logits)[::-1]]


def test_the_class_is_the_one_of_the_highest_logit(encoder):
    best, second, *_ = best_first(encoder)
    game = zero_shot_game(encoder, SCENE, CLASSES)
    assert isinstance(game, ContrastGame)
    assert game.text == f"a photo of a {best}. | a photo of a {second}."
    logits = sorted(part.full_value for part in games_of(encoder))
    assert game.full_value == pytest.approx(logits[-1] - logits[-2], abs=1e-4)


@pytest.mark.parametrize("text", [None, "cat"])
def test_every_value_is_that_of_its_definition(encoder, family, text):
    choices = {"image_players": "2x2", "text_players": "fixed"}
    games = dict(zip(CLASSES, games_of(encoder, **choices), strict=True))
    explained = text or best_first(encoder)[0]
    coalitions = all_coalitions(4)
    logits = {name: game.value_function(coalitions) for name, game in games.items()}
    others = [logits[name] for name in CLASSES if name != explained]
    best_other = max(others, key=lambda values: values[-1])
    all_logits = np.column_stack([logits[name] for name in CLASSES])
    is_sigmoid = family == "SigLIP"
    probabilities = special.expit(all_logits) if is_sigmoid else special.softmax(all_logits, axis=1)
    expected = {
        "logit": logits[explained],
        "margin": logits[explained] - best_other,
        "mean-margin": logits[explained] - np.mean(others, axis=0),
        "probability": probabilities[:, CLASSES.index(explained)],
    }
    assert expected.keys() == set(ClassValue.__value__.__args__)
    for class_value, values in expected.items():
        game = zero_shot_game(
            encoder, SCENE, CLASSES, text=text, class_value=class_value, **choices
        )
        assert game.value_function(coalitions) == pytest.approx(values, abs=1e-4)
        assert game.text.startswith(f"a photo of a {explained}.")


def test_probabilities_are_explained_as_any_value(encoder, tmp_path):
    game = zero_shot_game(encoder, SCENE, CLASSES, class_value="probability")
    assert isinstance(game, ProbabilityGame)
    assert (game.n_players_image, game.n_players_text) == (16, 0)
    assert game.full_value == pytest.approx(game.probabilities.max(), abs=1e-6)
    values = FIxLIP(16, random_state=0).approximate(game=game, budget_image=64)
    assert values.n_players == 16
    small = zero_shot_game(encoder, SCENE, CLASSES, class_value="probability", image_players="2x2")
    shapley = exact_interactions(small, "SV")
    assert sum(shapley.values) == pytest.approx(small.full_value - small.empty_value, abs=1e-6)
    explanation = Explanation(small, exact_interactions(small))
    explanation.plot()
    explanation.save(tmp_path / "saved")
    assert Explanation.load(tmp_path / "saved").game.value_name == "probability"
    assert "probability" in repr(small)
    assert "Why this class" in explanation.page().html


@pytest.mark.parametrize("class_value", ClassValue.__value__.__args__)
def test_every_pair_of_an_explainer_is_of_a_class(encoder, class_value):
    explainer = VisionLanguageExplainer(
        encoder, class_names=CLASSES, class_value=class_value, image_players="2x2", budget=64
    )
    texts = [None, "cat", "bird", "cat"]
    explainer.explain_X([(SCENE, text) for text in texts])
    found = [explanation.game for explanation in explainer.explanations]
    for text, game in zip(texts, found, strict=True):
        alone = zero_shot_game(
            encoder, SCENE, CLASSES, text=text, class_value=class_value, image_players="2x2"
        )
        assert game.text == alone.text
        assert game.full_value == pytest.approx(alone.full_value, abs=1e-6)
    with pytest.raises(InputError, match="text must be one of the class names, or left out"):
        explainer.explain_X([SCENE, (SCENE, "zebra")])


def test_only_the_name_plays_with_a_template(encoder):
    game = zero_shot_game(
        encoder, SCENE, ["dog", "black cat"], class_value="logit", text_players="template"
    )
    assert game.n_players_text == 1
    assert game.text_labels[0] in {"dog", "black cat"}


def test_functions_and_explainers_take_class_names(encoder):
    best = best_first(encoder)[0]
    found = explain(SCENE, class_names=CLASSES, model=encoder, class_value="logit", budget=400)
    assert found.game.text == f"a photo of a {best}."
    assert found.settings["class_names"] == CLASSES
    assert found.settings["class_value"] == "logit"
    named = explain(SCENE, "cat", class_names=CLASSES, model=encoder, budget=400)
    assert named.game.text.startswith("a photo of a cat. |")
    explainer = VisionLanguageExplainer(
        encoder, class_names=CLASSES, prompt_template="one {}", budget=400
    )
    explainer.explain(SCENE)
    assert explainer.explanation.game.text.startswith("one ")
    explainer.explain_X([SCENE, (SCENE, "cat")])
    assert explainer.explanation.game.text.startswith("one cat |")
    assert explainer.predict([SCENE, {"image": SCENE, "text": "cat"}]).shape == (2,)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"class_names": "dog"}, "class_names must be a list of names, got 'dog'"),
        ({"class_names": ["dog", 3]}, "class_names must be a list of names"),
        ({"class_names": ["dog", " "]}, "class_names must be a list of names"),
        ({"class_names": ["dog"]}, "class_names must be at least 2 different names"),
        ({"class_names": ["dog", "dog"]}, "class_names must be at least 2 different names"),
        ({"text": "a dog"}, "text must be one of the class names, or left out, got 'a dog'"),
        ({"class_value": "odds"}, "class_value must be one of margin, .* got 'odds'"),
        ({"class_value": "probability", "value": "cosine"}, "value must be logit for the prob"),
        ({"prompt_template": "a photo"}, "prompt_template must be a text with {} in the place"),
        ({"prompt_template": 3}, "prompt_template must be a text with {}"),
        ({"against": "a cat"}, "against must be left out with class names, got 'a cat'"),
        ({"class_names": ["dog", "cat " * 100]}, "class_names must"),
        ({"class_names": ["dog", "Dog"]}, "class_names must be different for the model, got 'dog"),
        ({"class_names": None, "text": "a", "class_value": "logit"}, "class_value must be left ou"),
        ({"class_names": None, "text": "a", "prompt_template": "a {}"}, "prompt_template must be"),
        ({"class_names": None}, "text must be given unless there are class names"),
    ],
)
def test_bad_classes_are_refused_before_the_model_is_loaded(options, message):
    with pytest.raises(InputError, match=message):
        explain(SCENE, **{"class_names": CLASSES, **options}, model="demo")


def test_class_names_may_be_an_array_and_prompts_may_be_cut(encoder):
    found = explain(SCENE, class_names=np.array(CLASSES), model=encoder, budget=400)
    assert found.settings["class_names"] == CLASSES
    long = [name + " and a dog" * 30 for name in CLASSES]
    cut = explain(SCENE, class_names=long, model=encoder, truncation=True, budget=400)
    assert cut.game.unseen_text
