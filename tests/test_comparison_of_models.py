"""The same image and text under several models."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pictures import links_of, titles_of
from PIL import Image
from scipy import stats
from shapiq import InteractionValues
from small_games import all_coalitions, explained
from small_models import CAPTION, REFERENCE, SCENE, random_encoder

from shapiq_fixlip import (
    Boxes,
    Explanation,
    Grid,
    InputError,
    Patches,
    ResourceError,
    Tokens,
    Words,
    __version__,
    compare_models,
)
from shapiq_fixlip.metrics import agreement
from shapiq_fixlip.plot import image_text_plots
from shapiq_fixlip.results.views import explained_spread

MODELS = {
    "CLIP": random_encoder("CLIP"),
    "SigLIP": random_encoder("SigLIP"),
    "SigLIP 2 NaFlex": random_encoder("SigLIP 2 NaFlex"),
}
FOLDERS = [str(REFERENCE / "models" / name) for name in ("clip-32-8", "siglip-32-8")]


@pytest.fixture(scope="module")
def comparison():
    return compare_models(
        SCENE,
        CAPTION,
        models=MODELS,
        image_players=Grid(2, 3),
        p=0.3,
        budget_image=64,
        random_state=0,
    )


def image_sides(comparison):
    return [explanation.game.image_side for explanation in comparison.explanations.values()]


def files_of_models(n):
    """Return the names of the files that models have of their own."""
    parts = (".json", "-image.png", "-regions.png")
    return {f"model-{number}{part}" for number in range(1, n + 1) for part in parts}


def pairs(values):
    return np.array([values[(i, j)] for i in range(6) for j in range(6, 13)])


def test_all_models_have_the_same_players_and_coalitions(comparison):
    assert list(comparison.explanations) == list(MODELS)
    found = comparison.explanations.values()
    assert len({explanation.game.player_names for explanation in found}) == 1
    assert {explanation.run.passes for explanation in found} == {(64, 128)}
    assert {explanation.values.index for explanation in found} == {"FWBII"}


@pytest.mark.parametrize("p", [0.2, 0.5])
def test_spread_is_the_deviation_of_what_is_predicted(p):
    rng = np.random.default_rng(0)
    found = {(): 3.0, (0,): 1.0, (2,): -2.0, (0, 1): 0.5, (1, 3): 4.0, (0, 1, 2): -1.5}
    found = {players: value * rng.normal() for players, value in found.items()}
    values = InteractionValues(found, index="FBII", max_order=3, min_order=0, n_players=4)
    coalitions = all_coalitions(4)
    sizes = coalitions.sum(axis=1)
    weights = p**sizes * (1 - p) ** (4 - sizes)
    predicted = explained(values, coalitions)
    mean = weights @ predicted
    expected = np.sqrt(weights @ (predicted - mean) ** 2)
    assert explained_spread(values, p) == pytest.approx(expected)


def test_models_are_compared_in_units_of_their_spread(comparison):
    for name, normalized in comparison.normalized.items():
        first, spread = comparison.explanations[name], comparison.spreads[name]
        assert explained_spread(normalized.values, 0.3) == pytest.approx(1)
        assert spread == explained_spread(first.values, 0.3)
        assert pairs(normalized.values) * spread == pytest.approx(pairs(first.values))
        errors = (normalized.standard_errors, first.standard_errors)
        assert pairs(errors[0]) * spread == pytest.approx(pairs(errors[1]))


def test_table_has_what_each_model_finds(comparison):
    table = comparison.table
    for name, explanation in comparison.explanations.items():
        assert table.loc[name, "full_value"] == explanation.game.full_value
        assert table.loc[name, "empty_value"] == explanation.game.empty_value
        assert table.loc[name, "r2"] == explanation.run.r2
    assert (table["passes_image"] == 64).all()


def test_agreement_is_of_each_two_models(comparison):
    agreement = comparison.agreement
    assert list(agreement.index) == [
        ("CLIP", "SigLIP"),
        ("CLIP", "SigLIP 2 NaFlex"),
        ("SigLIP", "SigLIP 2 NaFlex"),
    ]
    for (one, other), row in agreement.iterrows():
        a, b = (pairs(comparison.explanations[name].values) for name in (one, other))
        assert row["pairs"] == pytest.approx(stats.spearmanr(a, b).statistic)
        assert row["pairs_linear"] == pytest.approx(np.corrcoef(a, b)[0, 1])
        top, other_top = (
            set(sorted(range(42), key=lambda i, x=x: -abs(x[i]))[:10]) for x in (a, b)
        )
        assert row["pairs_top"] == len(top & other_top) / 10
        either = top | other_top
        assert row["pairs_sign"] == pytest.approx(np.mean([a[i] * b[i] > 0 for i in either]))


def test_a_model_agrees_with_itself():
    twice = {"a": MODELS["CLIP"], "b": MODELS["CLIP"]}
    comparison = compare_models(
        SCENE, CAPTION, models=twice, image_players=Grid(2, 2), budget_image=16
    )
    assert comparison.agreement.to_numpy() == pytest.approx(np.ones((1, 5)))


def test_pairs_of_zero_are_not_among_the_strongest():
    def values(*pairs):
        found = dict.fromkeys(pairs, 1.0) | {(0,): 0.5, (1,): 0.2}
        return InteractionValues(found, index="FBII", max_order=2, min_order=1, n_players=8)

    alike = agreement(values((0, 4), (1, 5)), values((0, 4), (2, 6), (3, 7)), 4)
    assert alike["pairs_top"] == pytest.approx(1 / 3)
    assert alike["pairs_sign"] == pytest.approx(1 / 4)
    assert np.isnan(agreement(values(), values(), 4)["pairs_top"])


def test_nothing_to_agree_about_is_not_a_number():
    twice = {"a": MODELS["CLIP"], "b": MODELS["CLIP"]}
    comparison = compare_models(SCENE, "dog", models=twice, image_players=Grid(1, 1))
    assert comparison.agreement["pairs"].isna().all()
    _, axes = comparison.plot()
    assert [titles_of(one)[0] for one in axes] == ["a", "b"]


def test_pictures_are_side_by_side_on_one_scale(comparison):
    _, axes = comparison.plot(top_k=5)
    assert [titles_of(one)[0] for one in axes] == list(MODELS)
    strongest = max(
        (abs(pairs(explanation.values)).max(), name)
        for name, explanation in comparison.normalized.items()
    )
    widths = {
        name: max(link.get_linewidth() for link in links_of(one))
        for name, one in zip(MODELS, axes, strict=True)
    }
    assert max(widths, key=widths.get) == strongest[1]
    _figure, axes = image_text_plots(comparison.normalized, condition_on="dog")
    assert not any(map(links_of, axes))


def test_files_hold_everything(comparison, tmp_path):
    comparison.save(tmp_path / "out")
    written = {file.name for file in (tmp_path / "out").iterdir()}
    assert written == {"models.json", "models.csv", *files_of_models(3)}
    summary = json.loads((tmp_path / "out" / "models.json").read_text())
    assert [row["model"] for row in summary["models"]] == list(MODELS)
    assert len(summary["agreement"]) == 3
    assert summary == comparison.summary()
    assert summary["shapiq_fixlip"] == __version__
    assert summary["settings"]["models"] == list(MODELS)
    assert (summary["settings"]["p"], summary["settings"]["random_state"]) == (0.3, 0)
    second = comparison.explanations["SigLIP"]
    loaded = InteractionValues.load(tmp_path / "out" / "model-2.json")
    assert dict(loaded.interactions) == dict(second.values.interactions)
    whole = Explanation.load(tmp_path / "out" / "model-2.json")
    assert (whole.run, whole.settings) == (second.run, second.settings)
    assert whole.settings["model"] == "SigLIP"
    table = pd.read_csv(tmp_path / "out" / "models.csv")
    assert list(table.columns) == ["name", "kind", "players", *MODELS]


def test_page_has_all_models_in_units_of_spread(comparison, tmp_path):
    page = comparison.page(tmp_path / "models.html")
    assert (tmp_path / "models.html").read_text(encoding="utf-8") == page.html
    start = page.html.index('id="data">') + len('id="data">')
    data = json.loads(page.html[start : page.html.index("</script>", start)])
    assert [one["label"] for one in data["explanations"]] == list(MODELS)
    assert len(data["sets"]) == 1
    assert dict(data["explanations"][0]["facts"])["p"] == "0.3"


def test_command_compares_models(run, tmp_path):
    code, out, _ = run(
        "compare-models",
        SCENE,
        CAPTION,
        *("--models", FOLDERS[0], "--models", FOLDERS[1]),
        *("--image-players", "2x2", "--out", "here"),
    )
    assert code == 0
    assert "in units of spread" in out
    assert {file.name for file in (tmp_path / "here").iterdir()} == {
        "models.json",
        "models.csv",
        "models.html",
        "models.png",
        *files_of_models(2),
    }
    with Image.open(tmp_path / "here" / "models.png") as picture:
        assert picture.width > 1.5 * picture.height


def test_command_compares_the_embedded_models_by_default(run):
    code, out, _ = run("compare-models", "--image-players", "3x3")
    assert code == 0
    assert "demo and demo-siglip" in out


def test_saved_comparisons_leave_no_model_of_another(tmp_path):
    options = {"image_players": Grid(2, 2), "budget_image": 8, "budget_text": 8, "random_state": 0}
    three = [*FOLDERS, str(REFERENCE / "models" / "siglip2-32-8")]
    for names in (three, FOLDERS):
        compare_models(SCENE, CAPTION, models=names, **options).save(tmp_path)
        files = {"models.csv", "models.json", *files_of_models(len(names))}
        assert {path.name for path in tmp_path.iterdir()} == files


def test_models_that_crop_and_models_that_squeeze_see_the_same_square():
    """The scene is 320 x 240 pixels, of which the first model sees the middle 240 x 240."""
    options = {"image_players": Grid(2, 2), "budget_image": 8, "random_state": 0}
    comparison = compare_models(SCENE, CAPTION, models=FOLDERS, **options)
    seen = [side.image.astype(float) for side in image_sides(comparison)]
    assert np.abs(seen[0] - seen[1]).mean() < 3
    with pytest.raises(InputError, match="models must have the image players in the same places"):
        compare_models(SCENE, CAPTION, models=FOLDERS, crop=False, **options)


def test_marked_regions_stay_where_they_are():
    boxes = Boxes([(100, 60, 180, 140), (180, 100, 260, 220)])
    comparison = compare_models(SCENE, CAPTION, models=FOLDERS, image_players=boxes, budget_text=8)
    sizes = [side.image_size for side in image_sides(comparison)]
    assert sizes == [(320, 240), (320, 240)]


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        (["demo"], {}, r"models must be two or more different models, got \['demo'\]"),
        (["demo", "demo"], {}, "models must be two or more different models"),
        ("demo", {}, "models must be names of models, or encoders by names, got 'demo'"),
        ([["a"], ["b"]], {}, "models must be names of models"),
        ({1: 1, 2: 2}, {}, "models must be names of models, or encoders by names, got 1"),
        (["demo", 3], {}, "models must be names of models, or encoders by names, got 3"),
        ({"a": 1, "b": 2}, {}, "models must be names of models, or encoders"),
        (FOLDERS, {"p": 2}, "p must be a number greater than 0 and less than 1, got 2"),
        (FOLDERS, {"image_players": 3}, "image_players must be Patches"),
        (
            [FOLDERS[0], "no/model"],
            {"image_players": Grid(2, 2)},
            "model must be 'demo'.* got 'no/model'",
        ),
        (FOLDERS, {"image_players": Grid(9, 9)}, "image_players must be at most 16"),
        (
            [FOLDERS[0], "demo"],
            {"image_players": Patches()},
            "models must have the same image players",
        ),
    ],
)
def test_bad_input_is_refused(models, options, message):
    with pytest.raises((InputError, ResourceError), match=message):
        compare_models(SCENE, CAPTION, models=models, **options)
    assert not plt.get_fignums()


def test_players_of_the_text_must_be_the_same(encoder):
    models = {"demo": encoder, "random": random_encoder()}  # which splits "lion"
    options = {"models": models, "image_players": Grid(2, 2)}
    comparison = compare_models(SCENE, "a lion", text_players=Words(), budget_image=8, **options)
    labels = [explanation.game.text_labels for explanation in comparison.explanations.values()]
    assert labels == [("a", "lion")] * 2
    with pytest.raises(InputError, match="text_players must give all models the same players"):
        compare_models(SCENE, "a lion", text_players=Tokens(), **options)
