"""Our games, exact values and approximators in shapiq's benchmark."""

import json
import shutil

import numpy as np
import pytest
import shapiq
from PIL import Image
from shapiq_benchmark import Benchmark, BruteForceComputer, UnsupportedComputationError, run
from shapiq_benchmark.setups import SETUPS, setup_from_dict
from shapiq_games import ImageTextSimilarity
from shapiq_games.vision import _image_text_model
from small_games import random_game
from small_models import REFERENCE, SCENE

from shapiq_fixlip import ContrastGame, FIxLIP, InputError, VisionLanguageGame, load_encoder
from shapiq_fixlip.benchmarking import (
    SeparableComputer,
    VisionLanguageSetup,
    computer_at,
    runner_class,
)

MODELS = ("demo", "demo-siglip", "demo-shortcut", str(REFERENCE / "models" / "clip-32-8"))


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("SHAPIQ_DATA_DIR", str(tmp_path / "cache"))


@pytest.mark.parametrize("model", MODELS)
def test_setups_make_games_of_any_model(model):
    setup = VisionLanguageSetup(model=model, text="a lion", image_players="2x2")
    game = setup.build()
    assert isinstance(game, VisionLanguageGame)
    assert game.n_players_image == 4
    for made in (setup, VisionLanguageSetup(class_names=["lion", "cup"], truncation=True)):
        assert setup_from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert SETUPS["vision_language"] is VisionLanguageSetup


def test_setups_know_scenes_contrasts_and_classes():
    first, second = (VisionLanguageSetup(scene=seed, image_players="2x2") for seed in (0, 1))
    assert first.build().text != second.build().text
    assert first.key != second.key
    contrast = VisionLanguageSetup(text="a lion", against="a cup", image_players="2x2").build()
    assert isinstance(contrast, ContrastGame)
    named = VisionLanguageSetup(class_names=["lion", "cup"], class_value="probability")
    assert named.build().value_name == "probability"


def test_the_content_of_an_image_is_part_of_the_key(tmp_path):
    image = tmp_path / "scene.png"
    image.write_bytes(SCENE.read_bytes())
    setup = VisionLanguageSetup(image=str(image), text="a dog", device="cpu")
    before = setup.key
    assert VisionLanguageSetup(image=str(image), text="a dog", device="cuda").key == before
    image.write_bytes(SCENE.read_bytes() + b"more")
    assert setup.key != before
    with pytest.raises(InputError, match="text must be given along with an image"):
        VisionLanguageSetup(image=str(image)).build()
    with pytest.raises(InputError, match="scene must be at least 0, got -1"):
        VisionLanguageSetup(scene=-1).build()


def test_the_content_of_a_model_is_part_of_the_key(tmp_path):
    shutil.copytree(REFERENCE / "models" / "clip-32-8", tmp_path / "model")
    setup = VisionLanguageSetup(model=str(tmp_path / "model"), text="a dog")
    before = setup.key
    (tmp_path / "model" / "config.json").write_text("{}")
    assert setup.key != before


@pytest.mark.parametrize("index", ["SV", "k-SII", "FSII", "STII", "FBII", "BII", "kADD-SHAP"])
def test_ground_truth_equals_brute_force(index):
    game, order = random_game(4, 3), 1 if index == "SV" else 2
    ours = SeparableComputer(game).exact_values(index, order)
    theirs = BruteForceComputer(game).exact_values(index, order)
    assert ours.interactions.keys() == theirs.interactions.keys()
    for players, value in theirs.interactions.items():
        assert ours[players] == pytest.approx(value, abs=1e-7)
    assert ours.baseline_value == pytest.approx(theirs.baseline_value)
    assert ours.index == theirs.index


def test_a_computer_has_its_own_p():
    game = random_game(4, 3)
    at = {p: computer_at(p)(game).exact_values("FWBII", 2) for p in (0.3, 0.7)}
    for p, values in at.items():
        exact = FIxLIP(7, p=p).approximate(game=game)
        assert values[(0, 5)] == pytest.approx(exact[(0, 5)])
    assert computer_at(0.3).name != computer_at(0.5).name == SeparableComputer.name
    with pytest.raises(InputError, match="p must be"):
        computer_at(1.5)


def test_approximators_of_another_p_are_not_judged():
    game = random_game(4, 3)
    for p, computer in ((0.3, SeparableComputer), (0.5, computer_at(0.3))):
        index = "FWBII" if p == 0.5 else "FBII"
        benchmark = Benchmark(game, computer(game))
        results = run(benchmark, [runner_class("fixlip", p=p)], [16], index=index, order=2)
        assert results["status"].tolist() == ["unsupported"]


def test_classes_have_names_of_their_own():
    kinds = [
        runner_class(method, budget_unit=unit, **options)
        for method, options in (("fixlip", {}), ("fixlip", {"p": 0.3}), ("shapley", {}))
        for unit in ("pass", "value")
    ]
    assert len({kind.__name__ for kind in kinds}) == len(kinds)


def test_what_cannot_be_computed_is_refused():
    with pytest.raises(UnsupportedComputationError):
        SeparableComputer(shapiq.Game(3, normalize=False))
    with pytest.raises(UnsupportedComputationError):
        SeparableComputer(random_game(3, 2)).exact_values("SII", 5)
    with pytest.raises(UnsupportedComputationError):
        SeparableComputer(random_game(3, 2)).exact_values("ELC", 1)


@pytest.mark.parametrize(
    ("kind", "computer", "index"),
    [
        (runner_class("fixlip"), SeparableComputer, "FBII"),
        (runner_class("fixlip"), SeparableComputer, "BII"),
        (runner_class("fixlip", p=0.3), computer_at(0.3), "FWBII"),
        (runner_class("fixlip", p=0.3, budget_unit="value"), computer_at(0.3), "WBII"),
        (runner_class("shapley"), SeparableComputer, "k-SII"),
        (runner_class("shapley", budget_unit="value"), SeparableComputer, "STII"),
        (FIxLIP, SeparableComputer, "FBII"),
    ],
)
def test_our_approximators_run_in_the_runner(kind, computer, index):
    game = random_game(6, 3)
    benchmark = Benchmark(game, computer(game))
    results = run(benchmark, [kind], [20 * 8, 512], index=index, order=2, seeds=[0, 1])
    assert results["status"].tolist() == ["ok"] * 4
    assert results[results["budget"] == 512]["nmse"].max() < 1e-9  # all coalitions


def test_budgets_count_passes_or_values():
    game = random_game(8, 6)
    for unit, passes in (("pass", (40, 40)), ("value", (8, 5))):
        approximator = runner_class("shapley", budget_unit=unit)(14, random_state=0)
        if unit == "pass":
            approximator.approximate(budget=40, game=game)
            assert approximator.last_run.passes == passes
        else:
            approximator.approximate(budget=160, game=game)
            assert np.prod(approximator.last_run.passes) <= 160


def test_ours_are_ahead_of_shapiqs_at_equal_passes():
    setup = VisionLanguageSetup(image_players="3x3", text_players="words")
    benchmark = Benchmark.from_setup(setup, SeparableComputer)
    kinds = [shapiq.KernelSHAPIQ, shapiq.SVARMIQ, runner_class("shapley")]
    results = run(benchmark, kinds, [256], index="k-SII", order=2, seeds=[0, 1])
    errors = results.groupby("approximator")["nmse"].median()
    assert errors["CrossModalShapley"] < 0.1 * errors.drop("CrossModalShapley").min()
    again = Benchmark.from_setup(setup, SeparableComputer)
    assert again.exact_values("k-SII", 2).interactions  # from the cache


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("lime",), {}, "method must be 'fixlip' or 'shapley', got 'lime'"),
        (("shapley",), {"p": 0.3}, "p must be left out for 'shapley', got 0.3"),
        (("fixlip",), {"p": 0}, "p must be"),
        ((["fixlip"],), {}, "method must be 'fixlip' or 'shapley', got"),
        (("fixlip",), {"budget_unit": "hour"}, "budget_unit must be 'pass' or 'value', got 'hour'"),
    ],
)
def test_bad_classes_are_refused(arguments, options, message):
    with pytest.raises(InputError, match=message):
        runner_class(*arguments, **options)


@pytest.mark.parametrize("size", [2, 4])
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"mask_strategy": "remove"}, "drop"),
        ({"mask_strategy": "mask"}, "zero"),
        ({"fill": "gray"}, "gray"),
        ({"fill": "mean"}, "mean"),
        ({"fill": "black"}, "black"),
    ],
)
def test_shapiqs_game_of_image_and_text_is_one_of_ours(monkeypatch, size, theirs, ours):
    folder = str(REFERENCE / "models" / "clip-32-8")  # of four by four patches
    monkeypatch.setitem(_image_text_model.IMAGE_TEXT_MODEL_IDS, "clip_vit_b16", folder)
    image = np.asarray(Image.open(SCENE).convert("RGB"))
    text = "a photo of a dog"
    game = ImageTextSimilarity(image, text, grid=(size, size), **theirs)
    same = VisionLanguageGame(
        load_encoder(folder),
        image,
        text,
        image_players=f"{size}x{size}",
        text_players="fixed",
        image_removal=ours,
        value="cosine",
    )
    assert (game.regions == same.image_side.regions).all()
    coalitions = np.random.default_rng(0).random((30, size**2)) < 0.5
    found, expected = (part.value_function(coalitions) for part in (same, game))
    assert found == pytest.approx(expected, abs=3e-3)  # other code resizes pixels, and rounds fills
