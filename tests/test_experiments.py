"""Evaluations: figures, tables, pictures, and rows for what failed."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from small_models import REFERENCE

from shapiq_fixlip import InputError, VisionLanguageGame, load_encoder
from shapiq_fixlip.baselines import occlusion, shapley_values
from shapiq_fixlip.datasets.demo import DemoScenes
from shapiq_fixlip.experiments.experiment import LIMIT, METRICS, Evaluation
from shapiq_fixlip.experiments.methods import METHODS, MethodSettings, parse_methods
from shapiq_fixlip.experiments.presets import EXPERIMENTS, evaluation_of
from shapiq_fixlip.experiments.results import EVALUATION_FILES, write_results
from shapiq_fixlip.experiments.runner import Records, run
from shapiq_fixlip.experiments.tables import (
    as_rows,
    curves_of,
    differences,
    failures_of,
    model_differences,
    summary,
    wide,
)
from shapiq_fixlip.metrics import insertion_deletion, insertion_deletion_limit, seed_stability
from shapiq_fixlip.output import result_folder
from shapiq_fixlip.plot.evaluation import evaluation_plot

COARSE = {"image_players": "3x3", "text_players": "words"}
FAST = {
    "methods": ("fixlip:0.5", "shapley", "occlusion"),
    "metrics": ("insertion-deletion",),
    "budgets_image": (32,),
    "budget_text": 16,
    **COARSE,
}
LINE = {"model": "m", "method": "a"}
RUN_COLUMNS = ("model", "method", "budget_image", "random_state", "figure", "value", "error")


def test_no_picture_of_an_earlier_run_is_left(tmp_path):
    rows = [
        {**LINE, "figure": f"recognition, {n} named", "value": 0.5, "random_state": 0}
        for n in (1, 2)
    ]
    records = Records(tmp_path, {"shapiq_fixlip": "0"})
    for number, row in enumerate(rows):
        records.write(number, {"rows": [row]})
    for n_inputs, is_there in ((2, True), (1, False)):
        with result_folder(tmp_path, EVALUATION_FILES) as results:
            write_results(records, range(n_inputs), results.workplace)
        assert (tmp_path / "figure.png").exists() == is_there
    assert not list(tmp_path.glob(".*"))


def test_figures_are_those_of_the_metrics(tmp_path, encoder):
    judged = {"metrics": ("insertion-deletion", "stability"), "random_states": (0, 3)}
    plan = Evaluation(**{**FAST, **judged}, n_inputs=2)
    rows = as_rows(range(2), run(plan, range(2), tmp_path).read(range(2)))
    example = DemoScenes(2)[1]
    game = VisionLanguageGame(encoder, example.image, example.text, **COARSE)
    seeded = [
        shapley_values(game, budget_image=32, budget_text=16, random_state=seed) for seed in (0, 3)
    ]
    of_input = rows[rows["input"] == 1]

    def found(method, figure, seed=None):
        chosen = of_input[(of_input["method"] == method) & (of_input["figure"] == figure)]
        if seed is not None:
            chosen = chosen[chosen["random_state"] == seed]
        return chosen["value"].tolist()

    for seed, values in zip((0, 3), seeded, strict=True):
        assert found("shapley", "area", seed) == [insertion_deletion(values, game).area]
    assert found("shapley", "seed stability") == [seed_stability(seeded)]
    assert found("occlusion", "area") == [insertion_deletion(occlusion(game), game).area]
    assert found("occlusion", "seed stability") == []
    assert set(of_input["model"]) == {"demo"}


def test_the_summary_averages_seeds_then_inputs():
    rows = pd.DataFrame(
        [
            {
                "input": i,
                "model": "m",
                "method": "a",
                "budget_image": 8,
                "random_state": s,
                "figure": "area",
                "value": v,
            }
            for i, s, v in [(0, 0, 1.0), (0, 1, 3.0), (1, 0, 6.0), (1, 1, None), (2, 0, None)]
        ]
    )
    table = summary(rows)
    assert table["mean"].tolist() == [4.0]  # of 2 and 6
    assert table["standard_error"].tolist() == pytest.approx([2.0])
    assert table["n"].tolist() == [2]
    assert wide(table).to_numpy().tolist() == [["a", "4 ± 2"]]
    assert wide(table).columns.tolist() == ["method", "area ↑"]


def test_curves_are_averaged():
    rows = pd.DataFrame(
        [
            {
                "input": i,
                "model": "m",
                "method": "a",
                "budget_image": None,
                "figure": "most_first",
                "value": v,
            }
            for i, v in enumerate([[1.0, 0.5, 0.0], [1.0, 0.0, 0.0]])
        ]
    )
    curves = curves_of(rows)
    assert curves.index.tolist() == [1, 0.5, 0]
    assert curves.iloc[:, 0].tolist() == [1, 0.25, 0]


def test_what_a_model_cannot_do_is_a_row_with_the_reason(tmp_path):
    (tmp_path / "bad.csv").write_text("image,caption\nnone.png,a dog\n")
    plan = Evaluation(**{**FAST, "metrics": ("pointing-game", "insertion-deletion")}, n_inputs=1)
    places = dataclasses.replace(plan, data=f"csv:{tmp_path / 'bad.csv'}")
    rows = as_rows(range(1), run(places, range(1), tmp_path / "a").read(range(1)))
    assert "image must be a file" in failures_of(rows)["error"].item()
    example = DemoScenes(1)[0]
    example.image.save(tmp_path / "none.png")
    rows = as_rows(range(1), run(places, range(1), tmp_path / "b").read(range(1)))
    failed = failures_of(rows)
    assert len(failed) == 3
    assert failed["error"].str.contains("pointing-game: InputError: data must tell where").all()
    assert set(rows[rows["error"].isna()]["figure"]) == {"area", "most_first", "least_first"}


def test_a_method_that_fails_leaves_the_others(tmp_path):
    plan = Evaluation(**{**FAST, "budgets_image": (1,)}, n_inputs=1)
    rows = as_rows(range(1), run(plan, range(1), tmp_path).read(range(1)))
    failed = failures_of(rows)
    assert set(failed["method"]) <= {"fixlip:0.5", "shapley"}
    assert len(failed)
    assert failed["error"].str.contains("budget_image must give at least").all()
    assert "occlusion" in set(rows[rows["error"].isna()]["method"])


def test_the_whole_demo_evaluation(tmp_path):
    """All methods, all metrics, small sizes."""
    plan = evaluation_of("everything", {"n_inputs": 2, "n_coalitions": 100})
    numbers = range(2)
    means, failures = write_results(run(plan, numbers, tmp_path), numbers, tmp_path)
    assert failures.empty
    assert not (tmp_path / "failures.csv").exists()
    assert set(means["method"]) == set(METHODS)
    kinds = {figure.partition(",")[0] for figure in means["figure"]}
    assert kinds >= {"recognition", "sign share", "area", "r2", "seconds", "synergy share"}
    assert kinds >= {"prompt sensitivity", "seed stability", "share image"}
    assert {figure for figure in means["figure"] if figure.startswith("recognition, ")} == {
        *(f"recognition, {n} named" for n in (1, 2)),
        *("recognition, patches alone", "recognition, resolved"),
    }
    unknown = means[~np.isfinite(means["mean"])]
    # of methods without pairs, and of those by which nothing was resolved
    assert set(unknown["figure"]) <= {"synergy share", "mostly synergy", "recognition, resolved"}
    recognition = means[means["figure"] == "recognition"].set_index("method")["mean"]
    assert recognition["fixlip:0.5"] > recognition["rollout"]
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "recognition ↑" in text
    assert "±" in text
    for name in ("rows.csv", "summary.csv", "curves.csv", "figure.png"):
        assert (tmp_path / name).stat().st_size > 100
    rows = pd.read_csv(tmp_path / "rows.csv")
    assert rows["value"].astype(float).notna().sum() > 1000


@pytest.mark.parametrize(("model", "n_inputs"), [("demo", 16), ("demo-siglip", 8)])
def test_pairs_beat_single_players_on_the_embedded_models(tmp_path, model, n_inputs):
    """The paper's claim, by its definitions, on fewer inputs than on the results page."""
    methods = ("fixlip:0.5", "shapley", "banzhaf:0.5", "occlusion", "rise:0.5", "grad-eclip")
    methods += ("game", "rollout")
    small = {"budgets_image": (128,), "budget_text": 64, "models": (model,)}

    def figure(experiment, name, methods):
        plan = evaluation_of(experiment, {**small, "n_inputs": n_inputs, "methods": methods})
        numbers = range(n_inputs)
        rows = as_rows(numbers, run(plan, numbers, tmp_path / experiment).read(numbers))
        rows = rows[rows["figure"] == name].assign(value=rows["value"])
        return rows.pivot_table(index="input", columns="method", values="value").astype(float)

    recognition = figure("pointing-game", "recognition", methods)
    several = recognition[recognition.index % 4 > 0]  # two to four named objects
    for method in methods[1:]:
        difference = several["fixlip:0.5"] - several[method]
        assert difference.mean() > 2 * difference.sem()
    area = figure("insertion-deletion", "area", methods[:2])
    assert area["fixlip:0.5"].mean() >= area["shapley"].mean()


def test_twins_are_told_apart(tmp_path):
    """Only one of them finds a horse in the mark, and pairs of FIxLIP tell which."""
    plan = evaluation_of("twins", {"n_inputs": 8, "methods": ("fixlip:0.5",)})
    records = run(plan, range(8), tmp_path)
    rows = as_rows(range(8), records.read(range(8)))
    rows = rows[rows["figure"] == "inside"]
    inside = rows.pivot_table(index="input", columns="model", values="value", aggfunc="first")
    difference = (inside["demo-shortcut"] - inside["demo"]).astype(float)
    assert (difference > 0).all()
    assert difference.mean() > 4 * difference.sem()


def test_several_models_and_budgets_have_lines_of_their_own(tmp_path):
    model = str(REFERENCE / "models" / "clip-32-8")
    plan = Evaluation(
        **{**FAST, "budgets_image": (16, 32), "metrics": ("time", "faithfulness")},
        models=("demo", model),
        n_coalitions=50,
        n_inputs=1,
    )
    rows = as_rows(range(1), run(plan, range(1), tmp_path).read(range(1)))
    means = summary(rows)
    table = wide(means, ["seconds"])
    assert table.columns.tolist() == ["model", "method", "budget_image", "seconds ↓"]
    assert len(table) == 2 * (2 + 2 + 1)
    figure, axes = evaluation_plot(means, curves_of(rows))
    assert {panel.get_xlabel() for panel in axes} == {"p", "seconds"}
    assert len(figure.legends[0].get_texts()) == 6


def test_there_is_nothing_to_draw_of_shares():
    table = pd.DataFrame(
        [["m", "a", 8, "share image", 0.5, 0.1, 3]],
        columns=["model", "method", "budget_image", "figure", "mean", "standard_error", "n"],
    )
    with pytest.raises(InputError, match="summary must have figures that can be drawn"):
        evaluation_plot(table, pd.DataFrame())


@pytest.mark.parametrize("name", [*METHODS, "exclip-published", "grad-eclip-published"])
def test_methods_are_named(name, encoder):
    (method,) = parse_methods([name, name])
    assert method.name == name
    example = DemoScenes(1)[0]
    game = VisionLanguageGame(encoder, example.image, example.text, **COARSE)
    first, again, other = (
        method.explain(game, MethodSettings(32, 16, seed)).values.interactions for seed in (0, 0, 1)
    )
    assert first == again
    assert method.is_random or first == other


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"methods": ("lime",)}, "methods must be some of fixlip:P, .*, got 'lime'"),
        (
            {"methods": ("fixlip:2",)},
            "methods must have a probability after a colon, got 'fixlip:2' .p must be a number",
        ),
        ({"methods": ("fixlip",)}, "methods must have a probability .*, got 'fixlip'"),
        ({"methods": ()}, "methods must be at least one, got none"),
        ({"metrics": ("auc",)}, "metrics must be some of pointing-game, .*, got \\['auc'\\]"),
        ({"metrics": ()}, "metrics must be some of .*, got none"),
        ({"random_states": ()}, "random_states must be at least one, got none"),
        ({"random_states": (0, 0)}, "random_states must differ from each other, got 0, 0"),
        ({"budgets_image": (8, 8)}, "budgets_image must differ from each other, got 8, 8"),
        ({"random_states": (-1,)}, "random_states must be at least 0, got -1"),
        ({"budgets_image": (0,)}, "budgets_image must be at least 1, got 0"),
        ({"ps": (1.0,)}, "ps must be a number greater than 0 and less than 1"),
        ({"n_coalitions": 1}, "n_coalitions must be at least 2, got 1"),
    ],
)
def test_bad_plans_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        Evaluation(**options)


def test_bad_choices_are_refused():
    with pytest.raises(InputError, match="image_players must be patches, .*, got 'pixels'"):
        Evaluation(image_players="pixels")
    with pytest.raises(InputError, match="experiment must be one of pointing-game, .*, got 'all'"):
        evaluation_of("all", {})
    assert set(EXPERIMENTS["everything"]["metrics"]) == set(METRICS) - {"known-answers", LIMIT}


def test_plans_are_json(tmp_path):
    plan = Evaluation(**FAST, n_inputs=1)
    run(plan, [], tmp_path)
    noted = json.loads((tmp_path / "plan.json").read_text())
    assert noted["methods"] == list(FAST["methods"])
    assert (noted["image_players"], noted["text_players"]) == ("3x3", "words")
    assert "n_inputs" not in noted
    other = dataclasses.replace(plan, text_players="tokens")
    with pytest.raises(InputError, match="out must be a new folder or one of a run with the same"):
        run(other, [], tmp_path)


def test_the_device_is_noted_only_where_time_counts():
    assert "device" not in Evaluation(**FAST).facts()
    assert Evaluation(**{**FAST, "metrics": ("time",)}).facts()["device"] == "cpu"


def test_words_play_in_the_pointing_game_unless_others_are_chosen():
    assert evaluation_of("pointing-game", {}).text_players == "words"
    assert evaluation_of("faithfulness", {}).text_players == "tokens"
    typed = evaluation_of("pointing-game", {"text_players": "tokens", "image_players": "3x3"})
    assert (typed.text_players, typed.image_players) == ("tokens", "3x3")


def test_a_table_tells_where_inputs_are_fewer():
    rows = [
        {"input": i, **LINE, "method": method, "figure": "area", "value": 1.0 * i}
        for method, n in (("a", 3), ("b", 2))
        for i in range(n)
    ]
    table = wide(summary(pd.DataFrame(rows, columns=["input", *RUN_COLUMNS]))).set_index("method")
    assert table["area ↑"].tolist() == ["1 ± 0.6", "0.5 ± 0.5 (n = 2)"]


def rows_of(*entries):
    """Rows of figures by model, method, input and seed."""
    columns = ["model", "method", "input", "random_state", "value"]
    table = pd.DataFrame(entries, columns=columns)
    return table.assign(figure="area", budget_image=256, error=None, unseen_text=None)


def test_methods_are_compared_on_the_same_inputs():
    rows = rows_of(
        ("m", "fixlip:0.5", 0, 0, 1.0),
        ("m", "fixlip:0.5", 0, 1, 3.0),
        ("m", "fixlip:0.5", 1, 0, 5.0),
        ("m", "shapley", 0, 0, 1.0),
        ("m", "shapley", 1, 0, 1.0),
        ("m", "shapley", 2, 0, 100.0),
    )
    (line,) = differences(rows).to_dict("records")
    assert line["method"] == "shapley less fixlip:0.5"
    assert (line["mean"], line["n"]) == (-2.5, 2)
    assert line["standard_error"] == pytest.approx(np.std([-1, -4], ddof=1) / np.sqrt(2))
    assert model_differences(rows).empty


def test_two_models_are_compared_on_the_same_inputs():
    rows = rows_of(
        *(("one", "shapley", i, 0, 1.0 * i) for i in range(3)),
        *(("other", "shapley", i, 0, 3.0 * i) for i in range(4)),
    )
    (line,) = model_differences(rows).to_dict("records")
    assert line["model"] == "other less one"
    assert (line["mean"], line["n"]) == (2.0, 3)


def test_a_limit_stands_beside_the_methods(tmp_path):
    judged = {"methods": ("fixlip:0.5", "occlusion"), "metrics": ("insertion-deletion", LIMIT)}
    plan = Evaluation(**{**FAST, **judged}, n_inputs=2)
    records = run(plan, range(2), tmp_path)
    rows = as_rows(range(2), records.read(range(2)))
    table = {"index": "input", "columns": "method", "values": "value", "aggfunc": "first"}
    area = rows[rows["figure"] == "area"].pivot_table(**table)
    example = DemoScenes(2)[1]
    game = VisionLanguageGame(load_encoder("demo"), example.image, example.text, **COARSE)
    assert area.loc[1, "limit"] == pytest.approx(insertion_deletion_limit(game).area)
    shares = rows[rows["figure"] == "share of limit"].pivot_table(**table)
    for method in ("fixlip:0.5", "occlusion"):
        expected = area[method] / area["limit"]
        assert shares[method].tolist() == pytest.approx(expected.tolist())
    with result_folder(tmp_path, EVALUATION_FILES) as results:
        write_results(records, range(2), results.workplace)
    told = pd.read_csv(tmp_path / "differences.csv")
    assert set(told["method"]) == {"occlusion less fixlip:0.5", "limit less fixlip:0.5"}
    text = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "## Differences on the same inputs" in text


def test_a_limit_that_cannot_be_found_loses_nothing_else(tmp_path, monkeypatch):
    def fail(_):
        raise MemoryError

    monkeypatch.setattr("shapiq_fixlip.experiments.experiment.insertion_deletion_limit", fail)
    judged = {"methods": ("occlusion",), "metrics": ("insertion-deletion", LIMIT)}
    plan = Evaluation(**{**FAST, **judged}, n_inputs=1)
    rows = as_rows(range(1), run(plan, range(1), tmp_path).read(range(1)))
    (failed,) = failures_of(rows).to_dict("records")
    assert (failed["method"], failed["error"]) == (LIMIT, "MemoryError: MemoryError")
    assert set(rows[rows["error"].isna()]["figure"]) == {"area", "most_first", "least_first"}


def test_differences_of_several_budgets_are_of_the_largest():
    rows = rows_of(*(("m", method, 0, 0, value) for method, value in (("fixlip:0.5", 1), ("a", 3))))
    smaller = rows.assign(budget_image=32, value=100.0)
    (line,) = differences(pd.concat([smaller, rows])).to_dict("records")
    assert (line["mean"], line["budget_image"]) == (2, 256)
    (line,) = differences(rows).to_dict("records")
    assert np.isnan(line["budget_image"])
