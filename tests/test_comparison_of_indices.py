"""Several indices of one pair, in Python and on the command line."""

import errno
import json

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import stats
from shapiq import InteractionValues
from small_games import random_game
from small_models import CAPTION, REFERENCE, SCENE

from shapiq_fixlip import (
    Explanation,
    FIxLIP,
    InputError,
    ResourceError,
    __version__,
    compare,
    exact_interactions,
)
from shapiq_fixlip.metrics import p_faithfulness
from shapiq_fixlip.plot import network_plots
from shapiq_fixlip.typing import ExplainedIndex
from shapiq_fixlip.validation import names_of

ALL = ["FWBII p=0.3", "FWBII p=0.5", "FWBII p=0.7", "BV", "SV", "SII", "k-SII", "FSII"]
MODEL = str(REFERENCE / "models" / "clip-32-8")


@pytest.fixture(scope="module")
def game():
    return random_game(4, 3)


@pytest.fixture(scope="module")
def comparison(game):
    return compare(game, random_state=0, settings={"note": "of a test"})


def test_every_index_is_that_of_all_coalitions(game, comparison):
    assert list(comparison.explanations) == ALL
    assert comparison.table["is_exact"].all()
    for label, values in comparison.values.items():
        index, _, p = label.partition(" p=")
        exact = exact_interactions(game, index, p=float(p) if p else None)
        for players, value in exact.interactions.items():
            if players:
                assert values[players] == pytest.approx(value, abs=1e-8)


def test_the_table_says_what_it_took_and_how_good_it_is(game, comparison):
    table = comparison.table
    assert list(table.index) == ALL
    assert (table["passes_image"] == 16).all()
    assert (table["passes_text"] == 8).all()
    assert (table["seconds"] > 0).all()
    for label, values in comparison.values.items():
        for p in (0.3, 0.5, 0.7):
            expected = p_faithfulness(values, game, p)
            assert table.loc[label, f"p_faithfulness_{p}"] == pytest.approx(expected)
    for p in (0.3, 0.5, 0.7):
        assert table[f"p_faithfulness_{p}"].idxmax() == f"FWBII p={p}"


def test_strongest_interactions_are_named(game, comparison):
    for label, values in comparison.values.items():
        order = 1 if label in ("BV", "SV") else 2
        highest = {s: v for s, v in values.interactions.items() if len(s) == order}
        strongest = sorted(highest, key=lambda players: -abs(highest[players]))[:3]
        assert comparison.table.loc[label, "strongest"] == [
            f"{' × '.join(game.player_names[i] for i in players)} {highest[players]:+.3f}"
            for players in strongest
        ]


def test_agreement_is_the_correlation_of_ranks(comparison):
    pairs = comparison.agreement()
    first, second = (
        [comparison.values[label][(i, j)] for i in range(4) for j in range(4, 7)]
        for label in ("FWBII p=0.3", "k-SII")
    )
    expected = stats.spearmanr(first, second).statistic
    assert pairs.loc["FWBII p=0.3", "k-SII"] == pytest.approx(expected)
    assert comparison.table.loc["k-SII", "agreement_pairs"] == pytest.approx(expected)
    assert pairs["SV"].isna().all()

    players = comparison.agreement(1)
    shares = [comparison.values["SV"][(i,)] for i in range(7)]
    aggregated = [
        comparison.values["k-SII"][(i,)]
        + sum(comparison.values["k-SII"][(i, j)] / 2 for j in range(7) if j != i)
        for i in range(7)
    ]
    assert aggregated == pytest.approx(shares)
    assert players.loc["SV", "k-SII"] == pytest.approx(1)
    with pytest.raises(InputError, match="order must be 1 or 2, got 3"):
        comparison.agreement(3)


def test_interactions_are_side_by_side(comparison):
    table = comparison.interactions()
    assert list(table.columns) == ["name", "kind", "players", *ALL]
    row = table.set_index("players").loc[[(0, 4)]].iloc[0]
    assert row["k-SII"] == comparison.values["k-SII"][(0, 4)]
    assert np.isnan(row["SV"])
    assert len(table) == 7 + 21


def test_indices_and_probabilities_are_choices(game):
    comparison = compare(game, ["SV", "FWBII", "SV", "FBII"], [0.9, 0.2, 0.9])
    assert list(comparison.explanations) == ["SV", "FWBII p=0.2", "FWBII p=0.9", "FBII"]
    qualities = [name for name in comparison.table if name.startswith("p_faithfulness")]
    assert qualities == ["p_faithfulness_0.2", "p_faithfulness_0.9"]


def test_passes_are_those_of_each_index():
    game = random_game(9, 4)
    budgets = {"budget_image": 50, "budget_text": 12}
    comparison = compare(game, ["FWBII", "k-SII", "FSII"], [0.4], **budgets, random_state=1)
    taken = comparison.table[["passes_image", "passes_text"]].to_numpy()
    assert taken.tolist() == [[50, 12]] * 3
    assert not comparison.table["is_exact"].any()
    alone = FIxLIP(13, p=0.4, random_state=1).approximate(
        game=game, budget_image=50, budget_text=12
    )
    assert comparison.values["FWBII p=0.4"].interactions == alone.interactions


def test_the_same_seed_gives_the_same_comparison():
    def columns(seed):
        compared = compare(random_game(9, 4), ["FWBII", "SII"], [0.4], random_state=seed)
        return compared.table.drop(columns="seconds")

    pd.testing.assert_frame_equal(columns(5), columns(5))


def test_every_index_that_is_explained_can_be_compared(game):
    indices = list(names_of(ExplainedIndex))
    labels = [index + " p=0.3" if "W" in index else index for index in indices]
    assert list(compare(game, indices, [0.3]).explanations) == labels


@pytest.mark.parametrize("players", [(1, 0), (1, 1), (2, 0), (0, 3)])
def test_tiny_games_can_be_compared(players):
    comparison = compare(random_game(*players))
    assert list(comparison.explanations) == ALL
    assert comparison.table["is_exact"].all()
    if sum(players) > 1:  # shapiq cannot place a name beside a single player
        _, axes = comparison.plot()
        assert [part.get_title() for part in axes] == ALL


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"indices": "FWBII"}, "indices must be a list of FWBII"),
        ({"indices": []}, "indices must be a list of FWBII"),
        ({"indices": 5}, "indices must be a list of .* got 5"),
        ({"indices": ["JointSV"]}, r"indices must be a list of .*got 'JointSV'"),
        ({"ps": [0.5, 1]}, "ps must be a number greater than 0 and less than 1"),
        ({"ps": []}, "ps must have at least one number, got none"),
        ({"random_state": -1}, "random_state must be at least 0"),
        ({"budget_image": 0}, "budget_image must be at least 1"),
    ],
)
def test_bad_input_is_refused_before_any_pass(options, message):
    game = random_game(4, 3)
    before = game.sides[0].n_passes
    with pytest.raises(InputError, match=message):
        compare(game, **options)
    assert game.sides[0].n_passes == before


def test_other_games_are_refused():
    with pytest.raises(InputError, match="game must be a SeparableGame"):
        compare(lambda coalitions: coalitions.sum(axis=1))


def test_it_is_saved_whole_and_read_by_shapiq(comparison, tmp_path):
    comparison.save(tmp_path / "here")
    summary = json.loads((tmp_path / "here" / "comparison.json").read_text())
    assert summary == comparison.summary()
    settings = {"note": "of a test", "ps": [0.3, 0.5, 0.7], "random_state": 0}
    assert (summary["shapiq_fixlip"], summary["settings"]) == (__version__, settings)
    assert summary["indices"]["SV"]["agreement_pairs"] is None
    assert summary["indices"]["SII"]["passes_image"] == 16
    assert summary["agreement_players"]["SV"]["k-SII"] == pytest.approx(1)
    for label, values in comparison.values.items():
        name = label.replace(" p=", "-")
        loaded = InteractionValues.load(tmp_path / "here" / f"{name}.json")
        assert loaded.interactions == values.interactions
    table = pd.read_csv(tmp_path / "here" / "comparison.csv")
    assert list(table.columns) == ["name", "kind", "players", *ALL]


def test_a_place_that_cannot_be_written_is_refused(comparison, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="out must be a writable folder"):
        comparison.save(tmp_path / "file")


def test_picture_has_one_network_for_each_index(comparison):
    figure, axes = network_plots(comparison.explanations, n_players=4)
    assert [part.get_title() for part in axes] == ALL
    assert all(len(part.images) == 1 for part in axes)
    pictures = [part.images[0].get_array() for part in axes]
    assert not np.array_equal(pictures[0], pictures[2])
    assert figure.get_figwidth() > figure.get_figheight() / 2
    with pytest.raises(InputError, match="n_players must be at least 2"):
        comparison.plot(n_players=0)


def test_command_prints_and_writes_it(run, tmp_path):
    more = ("--model", MODEL, "--image-players", "2x2", "--ps", "0.3, 0.6", "--random-state", 4)
    code, out, err = run("compare", SCENE, CAPTION, *more)
    assert code == 0, err
    names = ["FWBII-0.3", "FWBII-0.6", "BV", "SV", "SII", "k-SII", "FSII"]
    files = {
        f"{name}{rest}" for name in names for rest in (".json", "-image.png", "-regions.png")
    } | {
        "comparison.json",
        "comparison.csv",
        "comparison.html",
        "comparison.png",
    }
    assert {file.name for file in (tmp_path / "comparison").iterdir()} == files
    assert all(file in out for file in files)
    summary = json.loads((tmp_path / "comparison" / "comparison.json").read_text())
    facts = summary["indices"]["k-SII"]
    line = next(line for line in out.splitlines() if line.startswith("k-SII"))
    assert line.split()[1:3] == [f"{facts[f'p_faithfulness_{p}']:.2f}" for p in (0.3, 0.6)]
    assert f"k-SII        {facts['strongest'][0]}" in out
    settings = summary["settings"]
    assert (settings["random_state"], settings["image_players"]) == (4, "2x2")
    assert settings["ps"] == [0.3, 0.6]
    loaded = Explanation.load(tmp_path / "comparison" / "k-SII.json")
    assert (loaded.game.text, loaded.values.index) == (CAPTION, "k-SII")
    with Image.open(tmp_path / "comparison" / "comparison.png") as picture:
        assert min(picture.size) > 400


def test_the_command_leaves_no_mixture(run, tmp_path):
    folder = tmp_path / "comparison"
    more = ("--model", MODEL, "--image-players", "2x2", "--text-players", "words", "--ps", "0.3")
    assert run("compare", SCENE, CAPTION, *more, "--indices", "FWBII,SII")[0] == 0
    (folder / "k-SII.json").write_text('{"mine": 1}')
    (folder / "notes.txt").write_text("mine")
    code, out, _ = run("compare", SCENE, CAPTION, *more, "--indices", "SV")
    assert code == 0
    pages = [f"comparison.{suffix}" for suffix in ("csv", "html", "json", "png")]
    assert f"Replaced: {', '.join(pages)}" in out
    parts = ("-image.png", "-regions.png", ".json")
    removed = [f"{name}{part}" for name in ("FWBII-0.3", "SII") for part in parts]
    assert f"Removed (files of an earlier run): {', '.join(removed)}" in out
    found = sorted(path.name for path in folder.iterdir())
    new = [f"SV{part}" for part in parts]
    assert found == sorted([*pages, *new, "k-SII.json", "notes.txt"])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--indices", "FWBII,ELC"), "--indices must be a list of FWBII"),
        (("--indices", ""), "--indices must be a list of FWBII"),
        (("--ps", "0.3,half"), "must be a number, got 'half'"),
        (("--ps", "0.3,1.5"), "--ps must be a number greater than 0 and less than 1"),
        (("--budget-image", 0), "--budget-image must be at least 1"),
        (("--random-state", -1), "--random-state must be at least 0"),
        (("--image-players", "none"), "--image-players must be"),
    ],
)
def test_command_refuses_bad_input_in_one_line(run, tmp_path, more, message):
    code, out, err = run("compare", SCENE, CAPTION, "--model", MODEL, *more)
    assert code == 2
    (error,) = (line for line in err.splitlines() if line.startswith("Error: "))
    assert message in error
    assert "Traceback" not in err
    assert not out
    assert not (tmp_path / "comparison").exists()


def test_full_disks_are_named(comparison, monkeypatch, tmp_path):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(InteractionValues, "to_json_file", full)
    with pytest.raises(ResourceError, match="Writing into .* failed: .*No space"):
        comparison.save(tmp_path / "here")
    assert not any(tmp_path.iterdir())


def test_probabilities_that_are_nearly_equal_have_names_of_their_own():
    comparison = compare(random_game(2, 2), ["FWBII"], [0.3, 0.30000001])
    assert list(comparison.explanations) == ["FWBII p=0.3", "FWBII p=0.30000001"]
    assert comparison.table["is_exact"].all()
