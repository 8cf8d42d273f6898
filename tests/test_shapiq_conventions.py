"""What people know from shapiq works here: every public method of its classes, every plot.

New methods of a newer shapiq make a test fail that says which.
"""

import inspect
import re
import warnings
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapiq
from shapiq import Game, InteractionValues
from shapiq.explainer.base import Explainer
from small_games import all_coalitions
from small_models import SCENE, random_encoder

from shapiq_fixlip import FIxLIP, VisionLanguageExplainer, exact_interactions

PAGE = Path(__file__).parent.parent / "docs" / "how-to" / "with-shapiq.md"
TEXT = "a dog"
PAIR = {"image": SCENE, "text": TEXT}


@pytest.fixture(scope="module")
def encoder():
    return random_encoder()


@pytest.fixture
def explainer(encoder):
    return VisionLanguageExplainer(
        encoder, index="k-SII", image_players="2x3", text_players="words", random_state=0
    )


@pytest.fixture
def game(explainer):
    return explainer.game(SCENE, TEXT)


@pytest.fixture(scope="module")
def values(encoder):
    game = VisionLanguageExplainer(encoder, image_players="2x3", text_players="words").game(
        SCENE, TEXT
    )
    return exact_interactions(game, "k-SII")


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def explains(explainer):
    found = explainer.explain(SCENE, TEXT, budget=64, random_state=1)
    again = explainer.explain(x=PAIR, budget=64, random_state=1)
    assert found.interactions == again.interactions
    assert found.estimated
    assert not explainer.explain((SCENE, TEXT)).estimated


def explains_many(explainer):
    pairs = [PAIR, (SCENE, "a cat"), {"image": SCENE, "text": "two dogs"}]
    alone = [explainer.explain(x=pair, random_state=2) for pair in pairs]
    for options in ({}, {"n_jobs": 2}, {"n_jobs": -1, "verbose": True}):
        found = explainer.explain_X(pairs, random_state=2, **options)
        assert [one.interactions for one in found] == [one.interactions for one in alone]
    assert len(explainer.explanations) == 3


def predicts(explainer):
    value = explainer.game(SCENE, TEXT).full_value
    assert explainer.predict(PAIR) == pytest.approx([value])
    assert explainer.predict([(SCENE, TEXT), PAIR]) == pytest.approx([value, value])


def sets_seed(explainer):
    explainer.set_random_state(None)
    explainer.set_random_state(3)
    approximator = explainer.approximator_for(explainer.game(SCENE, TEXT))
    assert approximator._random_state == 3


def has_approximator(explainer):
    explainer.explain(SCENE, TEXT)
    assert explainer.approximator.index == "k-SII"


def has_none(name):
    def asks(explainer):
        with pytest.raises(NotImplementedError):
            getattr(explainer, name)

    return asks


EXPLAINER = {
    "approximator": has_approximator,
    "exact_computer": has_none("exact_computer"),  # as shapiq's explainers of games
    "explain": explains,
    "explain_X": explains_many,
    "explain_function": lambda explainer: explainer.explain_function(PAIR, budget=64),
    "imputer": has_none("imputer"),
    "index": lambda explainer: explainer.index == "k-SII",
    "max_order": lambda explainer: explainer.max_order == 2,
    "predict": predicts,
    "set_random_state": sets_seed,
}


def test_every_method_of_an_explainer_is_tested():
    assert EXPLAINER.keys() == public(Explainer)


@pytest.mark.parametrize("name", EXPLAINER)
def test_methods_of_explainers(explainer, name):
    assert EXPLAINER[name](explainer) is not False


def evaluates_all(game, _folder):
    values = game.value_function(all_coalitions(game.n_players))
    assert (game(all_coalitions(game.n_players)) == values - game.normalization_value).all()


def precomputes(game, _folder):
    game.precompute()
    assert game.precomputed
    assert game.n_values_stored == 2**game.n_players
    coalition = np.isin(np.arange(8), [0, 3])
    assert game[(0, 3)] == pytest.approx(game.value_function(coalition[None])[0])


def saves_values(game, folder):
    before = game(all_coalitions(8))
    game.precompute()
    for name in ("values.npz", "values.json"):
        game.save_values(folder / name)
        game.load_values(folder / name)
        assert game(all_coalitions(8)) == pytest.approx(before)


def saves(game, folder):
    game.save(folder / "game.json")
    assert type(game).load(folder / "game.json").player_names == game.player_names
    game.to_json_file(folder / "other.json", desc="a test", created_from=game)
    assert type(game).from_json_file(folder / "other.json").text == game.text


def is_exact(game, _folder):
    found = game.exact_values("k-SII", 2)
    ours = exact_interactions(game, "k-SII", 2)
    assert all(found[s] == pytest.approx(ours[s], abs=1e-9) for s in ours.interactions)


GAME = {
    "compute": lambda game, _: game.compute(all_coalitions(8))[0].shape == (256,),
    "empty_coalition_value": lambda game, _: game.empty_coalition_value == 0,
    "exact_values": is_exact,
    "from_json_file": saves,
    "game_name": lambda game, _: "VisionLanguageGame" in game.game_name,
    "get_game_name": lambda game, _: "VisionLanguageGame" in game.get_game_name(),
    "grand_coalition_value": lambda game, _: (
        game.grand_coalition_value == game.original_model_output - game.empty_value
    ),
    "is_normalized": lambda game, _: bool(np.all(game.is_normalized)),
    "load": saves,
    "load_values": saves_values,
    "n_values_stored": lambda game, _: game.n_values_stored == 0,
    "normalize": lambda game, _: game.normalize,
    "precompute": precomputes,
    "precomputed": lambda game, _: not game.precomputed,
    "save": saves,
    "save_values": saves_values,
    "to_json_file": saves,
    "value_function": evaluates_all,
}


def test_every_method_of_a_game_is_tested():
    assert GAME.keys() == public(Game)


@pytest.mark.parametrize("name", GAME)
def test_methods_of_games(game, tmp_path, name):
    assert GAME[name](game, tmp_path) is not False


def round_trip(values, folder):
    for name in ("save", "to_json_file"):
        getattr(values, name)(folder / "values.json")
        for loaded in (
            InteractionValues.load(folder / "values.json"),
            InteractionValues.from_json_file(folder / "values.json"),
            InteractionValues.from_dict(values.to_dict()),
        ):
            assert loaded.interactions == values.interactions
            assert loaded.index == values.index


def first_orders(values, _folder):
    array = values.get_n_order_values(1)
    single = InteractionValues.from_first_order_array(array, index="SV")
    assert single[(2,)] == values[(2,)]
    assert single.to_first_order_array().tolist() == array.tolist()


def subset(values, _folder):
    kept = values.get_subset([0, 1, 6])
    assert kept[(0, 6)] == values[(0, 6)]
    assert kept[(0, 2)] == 0


def sparser(values, _folder):
    copied = InteractionValues.from_dict(values.to_dict())
    copied.sparsify(0.01)
    assert 0 < len(copied.interactions) <= len(values.interactions)


VALUES = {
    "aggregate": lambda values, _: values.aggregate([values])[(0,)] == values[(0,)],
    "dict_values": lambda values, _: values.dict_values == values.interactions,
    "from_dict": round_trip,
    "from_first_order_array": first_orders,
    "from_json_file": round_trip,
    "get_n_order": lambda values, _: (
        {len(s) for s in values.get_n_order(2).interactions if s} == {2}
    ),
    "get_n_order_values": lambda values, _: values.get_n_order_values(2).shape == (8, 8),
    "get_subset": subset,
    "get_top_k": lambda values, _: len(values.get_top_k(3).interactions) >= 3,
    "get_top_k_interactions": lambda values, _: values.get_top_k_interactions(3) is not None,
    "interaction_lookup": lambda values, _: len(values.interaction_lookup) == len(values),
    "load": round_trip,
    "plot_force": lambda values, _: values.plot_force(show=False),
    "plot_network": lambda values, _: values.plot_network(show=False),
    "plot_sentence": lambda values, _: values.plot_sentence(list("abcdefgh"), show=False),
    "plot_si_graph": lambda values, _: values.plot_si_graph(show=False),
    "plot_stacked_bar": lambda values, _: values.plot_stacked_bar(show=False),
    "plot_upset": lambda values, _: values.plot_upset(show=False),
    "plot_waterfall": lambda values, _: values.plot_waterfall(show=False),
    "save": round_trip,
    "sparsify": sparser,
    "to_dict": round_trip,
    "to_first_order_array": first_orders,
    "to_json_file": round_trip,
    "values": lambda values, _: values.values.tolist() == list(values.interactions.values()),
}


def test_every_method_of_values_is_tested():
    attributes = {"interactions"}  # an annotation that is also an attribute
    assert VALUES.keys() == public(InteractionValues) - attributes


@pytest.mark.parametrize("name", VALUES)
def test_methods_of_values(values, tmp_path, name):
    plt.close("all")
    assert VALUES[name](values, tmp_path) is not False
    if name.startswith("plot"):
        assert plt.get_fignums()


NAMES = [*(f"cell {i}" for i in range(6)), "a", "dog"]
MANY = np.random.default_rng(0).normal(size=(3, 8))

PLOTS = {
    "abbreviate_feature_names": lambda _: shapiq.plot.abbreviate_feature_names(NAMES),
    "bar_plot": lambda values: shapiq.plot.bar_plot([values], feature_names=NAMES),
    "beeswarm_plot": lambda values: shapiq.plot.beeswarm_plot(
        [values] * 3, MANY, feature_names=NAMES, show=False
    ),
    "force_plot": lambda values: shapiq.plot.force_plot(values, feature_names=NAMES),
    "network_plot": lambda values: shapiq.plot.network_plot(values, feature_names=NAMES),
    "scatter_plot": lambda values: shapiq.plot.scatter_plot(
        [values] * 3, MANY, (0, 6), feature_names=NAMES, show=False
    ),
    "sentence_plot": lambda values: shapiq.plot.sentence_plot(values, NAMES),
    "si_graph_plot": lambda values: shapiq.plot.si_graph_plot(values, feature_names=NAMES),
    "stacked_bar_plot": lambda values: shapiq.plot.stacked_bar_plot(values, feature_names=NAMES),
    "upset_plot": lambda values: shapiq.plot.upset_plot(values, feature_names=NAMES),
    "waterfall_plot": lambda values: shapiq.plot.waterfall_plot(values, feature_names=NAMES),
}


def test_every_plot_is_tested():
    functions = {
        name for name in shapiq.plot.__all__ if inspect.isfunction(getattr(shapiq.plot, name))
    }
    assert PLOTS.keys() == functions


@pytest.mark.parametrize("name", PLOTS)
def test_plots(values, name):
    plt.close("all")
    assert PLOTS[name](values) is not None
    plt.close("all")


@pytest.mark.parametrize(
    ("approximator", "index"),
    [
        ("regression", "k-SII"),
        ("regression", "kADD-SHAP"),
        ("permutation", "SII"),
        ("montecarlo", "BII"),
        ("svarm", "STII"),
        (shapiq.KernelSHAPIQ(8, max_order=3, index="k-SII"), None),
        (shapiq.PermutationSamplingSV(8), None),
    ],
)
def test_approximators_of_shapiq_are_taken_by_name_and_as_objects(encoder, approximator, index):
    explainer = VisionLanguageExplainer(
        encoder,
        approximator=approximator,
        **({} if index is None else {"index": index}),
        image_players="2x3",
        text_players="words",
        random_state=0,
    )
    found = explainer.explain(SCENE, TEXT, budget=200)
    assert found.index == (index or approximator.index) == explainer.index
    assert found.max_order == explainer.max_order
    run = explainer.explanation.run
    assert 0 < run.passes[0] <= 64
    assert 0 < run.passes[1] <= 4
    assert run.seconds_solver > 0
    assert explainer.explanation.settings["approximator"]
    assert found.interactions == explainer.explain(SCENE, TEXT, budget=200).interactions
    explainer.explanation.plot()
    explainer.explanation.page()
    assert not explainer.explanation.table().empty


@pytest.mark.parametrize("index", ["Moebius", "Co-Moebius"])
def test_what_nothing_approximates_is_exact(encoder, index):
    explainer = VisionLanguageExplainer(
        encoder, index=index, image_players="2x2", text_players="words"
    )
    found = explainer.explain(SCENE, TEXT)
    assert (found.index, found.estimated) == (index, False)
    exact = exact_interactions(explainer.game(SCENE, TEXT), index)
    assert found.interactions == exact.interactions


@pytest.mark.parametrize("options", [{}, {"random_state": 0}, {"n_jobs": 2}])
@pytest.mark.parametrize("classes", [None, ["dog", "cat", "bird"]])
def test_passes_of_equal_images_and_texts_are_shared(encoder, options, classes):
    explainer = VisionLanguageExplainer(encoder, budget=40 * 4, class_names=classes)
    texts = ["dog", "cat", "dog", "bird"]
    explainer.explain_X([(SCENE, text) for text in texts], **options)
    games = [explanation.game for explanation in explainer.explanations]
    assert len({id(game.image_side) for game in games}) == 1
    drawn = {explanation.run.passes[0] for explanation in explainer.explanations}
    assert games[0].image_side.n_passes <= max(drawn) + 2  # the empty and the full coalition
    if classes is None:
        assert games[0].text_side is games[2].text_side is not games[1].text_side


def test_pairs_come_in_many_forms(encoder):
    explainer = VisionLanguageExplainer(encoder, image_players="2x2", text_players="words")
    pairs = [(str(SCENE), "a dog"), (str(SCENE), "a cat")]
    table = pd.DataFrame(pairs, columns=["image", "text"])
    forms = (pairs, [list(pair) for pair in pairs], table, np.array(pairs, dtype=object))
    found = [[one.interactions for one in explainer.explain_X(form)] for form in forms]
    assert found[0] == found[1] == found[2] == found[3]


def test_threads_leave_warnings_alone(encoder):
    explainer = VisionLanguageExplainer(
        encoder, approximator="regression", index="SV", image_players="2x2"
    )
    before = list(warnings.filters)
    explainer.explain_X([(SCENE, "a dog"), (SCENE, "a cat")], n_jobs=2, budget=4000)
    assert warnings.filters == before


def test_an_approximator_without_a_seed_is_random(encoder):
    given = shapiq.PermutationSamplingSII(8, max_order=2, index="SII")
    explainer = VisionLanguageExplainer(
        encoder, approximator=given, image_players="2x3", text_players="words"
    )
    first, second = (explainer.explain(SCENE, TEXT, budget=100) for _ in range(2))
    assert first.interactions != second.interactions
    seeded = [explainer.explain(SCENE, TEXT, budget=100, random_state=1) for _ in range(2)]
    assert seeded[0].interactions == seeded[1].interactions


def test_an_approximator_of_ours_may_be_given(encoder):
    explainer = VisionLanguageExplainer(
        encoder,
        approximator=FIxLIP(8, p=0.3, random_state=0),
        budget="auto",
        image_players="2x3",
        text_players="words",
    )
    found = explainer.explain(SCENE, TEXT)
    assert (explainer.p, found.index, explainer.explanation.run.is_exact) == (0.3, "FWBII", True)


def test_explanations_tell_how_they_came_about(encoder):
    explainer = VisionLanguageExplainer(
        encoder, index="Moebius", class_names=["dog", "cat"], image_players="2x2"
    )
    explainer.explain(SCENE)
    told = explainer.explanation.settings
    assert told["class_names"] == ["dog", "cat"]
    assert told["image_players"] == "2x2"
    assert told["model"]
    assert explainer.explanation.run.is_exact


def test_what_shapiq_calls_exact_is_not(encoder):
    explainer = VisionLanguageExplainer(
        encoder, approximator="svarm", index="FSII", image_players="2x2", text_players="words"
    )
    assert explainer.explain(SCENE, TEXT, budget=64).estimated
    assert not explainer.explanation.run.is_exact
    assert explainer.explanation.settings["only_order"] == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"approximator": "lime"}, "approximator must be auto, .* or an approximator, got 'lime'"),
        ({"approximator": 3}, "approximator must be auto, .* got 3"),
        ({"approximator": "regression", "index": "STII"}, "index must be one of SII, .* got STII"),
        (
            {"approximator": "regression", "p": 0.3},
            "p must be left out for FWBII by regression",
        ),
        ({"approximator": "regression", "index": "SV", "max_order": 2}, "max_order must be at mos"),
        ({"approximator": "regression", "budget": "auto"}, "budget must be a whole number"),
        ({"index": "Moebius", "budget": 99}, "budget must be left out for Moebius, which is exact"),
        ({"approximator": ["regression"]}, "approximator must be auto, .* got ..regression"),
        (
            {"approximator": "svarm", "index": "CHII"},
            "approximator must be left out for CHII",
        ),
        ({"approximator": "spex", "index": "FBII"}, "approximator must be one that is installed"),
        ({"approximator": shapiq.KernelSHAP(6), "p": 0.3}, "p must be that of the approximator"),
        ({"approximator": shapiq.KernelSHAP(6), "max_order": 2}, "max_order must be that of the"),
        ({"approximator": shapiq.KernelSHAP(6), "index": "SII"}, "index must be SV, that of the"),
        ({"index": "SV", "p": 0.5}, "p must be left out for SV"),
        ({"index": "SV", "p": 0.5, "approximator": "regression"}, "p must be left out for SV"),
        ({"index": "Moebius", "max_order": 9}, "max_order must be at most 4 for Moebius, got 9"),
        ({"image_players": "many"}, "image_players must be"),
        ({"value": "odds"}, "value must be 'logit' or 'cosine', got 'odds'"),
        ({"text_removal": "burn"}, "text_removal must be"),
        ({"imageplayers": "2x2"}, "choices must be one of image_players, .* got imageplayers"),
        ({"class_value": "logit"}, "class_value must be left out without class names, got 'logit'"),
    ],
)
def test_bad_choices_are_refused_before_the_model_is_loaded(options, message):
    with pytest.raises(ValueError, match=message):
        VisionLanguageExplainer("no/such-model", **options)


@pytest.mark.parametrize(("name", "index"), [("regression", "SII"), ("permutation", "STII")])
@pytest.mark.filterwarnings("ignore:The budget 1 is too small")
def test_budgets_that_are_too_small_for_shapiq_are_refused_by_name(encoder, name, index):
    choices = {"image_players": "2x2", "text_players": "words"}
    explainer = VisionLanguageExplainer(encoder, approximator=name, index=index, **choices)
    with pytest.raises(ValueError, match=r"budget must suit \w+ of shapiq, got 1: "):
        explainer.explain(SCENE, TEXT, budget=1)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((), {}, "image must be given, or x in its place"),
        ((SCENE, TEXT), {"x": PAIR}, "image must be given, or x in its place"),
        ((SCENE,), {}, "text must be given unless there are class names"),
        (({"image": SCENE, "caption": TEXT},), {}, "x must have an image and a text, got"),
        (((SCENE, TEXT, TEXT),), {}, "x must be an image and a text, got 3 entries"),
        ((SCENE, TEXT), {"budget": 0}, "budget must be at least 1"),
        ((SCENE, TEXT), {"random_state": -1}, "random_state must be at least 0"),
        (((SCENE, TEXT), "a cat"), {}, "text must be given once, got 'a cat' beside a pair"),
        ((None, "a cat"), {"x": PAIR}, "text must be given once, got 'a cat' beside a pair"),
        ((SCENE, 3), {}, "text must be a text, got 3"),
    ],
)
def test_bad_pairs_are_refused(explainer, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        explainer.explain(*arguments, **options)


@pytest.mark.parametrize("pairs", [[], "a dog", 3, PAIR, (SCENE, TEXT), iter([PAIR])])
def test_lists_without_pairs_are_refused(explainer, pairs):
    with pytest.raises(ValueError, match="X must be a list of pairs, such as"):
        explainer.explain_X(pairs)


def test_an_approximator_for_other_players_is_refused(encoder):
    explainer = VisionLanguageExplainer(encoder, approximator=shapiq.KernelSHAP(5))
    with pytest.raises(ValueError, match="approximator must be for 18 players, .* for 5"):
        explainer.explain(SCENE, TEXT)


def calls():
    """The calls in the table of the documentation, row by row, left and right."""
    for row in re.findall(r"^\| (`.*`) \| (`.*`) \|$", PAGE.read_text("utf-8"), re.MULTILINE):
        yield tuple(cell.strip("`") for cell in row)


def test_the_table_of_calls_is_true(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL):
        exec(block, names)
    done = 0
    for row in calls():
        for call in row:
            exec(call, names)
            plt.close("all")
            done += 1
    assert done >= 2 * 13
