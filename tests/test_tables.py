import numpy as np
import pandas as pd
import pytest
from pictures import assert_apart_and_inside, links_of, words_of
from small_models import CAPTION, SCENE, random_encoder

from shapiq_fixlip import FIxLIP, InputError, VisionLanguageGame, image_text_plot, interaction_table
from shapiq_fixlip.results import image_interactions, text_interactions
from shapiq_fixlip.results.resolved import resolved_counts, resolved_sentence
from shapiq_fixlip.results.tables import strongest_interactions
from shapiq_fixlip.results.views import shared_values


@pytest.fixture(scope="module")
def game():
    return VisionLanguageGame(random_encoder(), SCENE, CAPTION)


@pytest.fixture(scope="module")
def values(game):
    return FIxLIP(game.n_players, random_state=0).approximate(game=game, budget_image=64)


def test_table_names_every_interaction(values, game):
    table = interaction_table(values, game)
    assert len(table) == len(values.interactions) - 1  # all but the empty one
    assert table["value"].abs().is_monotonic_decreasing
    row = table[table["players"] == (6, 17)].iloc[0]
    assert (row["name"], row["kind"]) == ("patch (1,2) × dog", "patch × word")
    assert row["value"] == values[(6, 17)]
    assert set(table["kind"]) == {
        "patch",
        "word",
        "patch × word",
        "patch × patch",
        "word × word",
    }


def test_strongest_of_every_kind_are_kept(values, game):
    kept = strongest_interactions(interaction_table(values, game), 3)
    counts = kept["kind"].value_counts().to_dict()
    assert counts == {
        "patch × word": 6,
        "patch": 3,
        "word": 3,
        "patch × patch": 3,
        "word × word": 3,
    }
    assert kept["kind"].iloc[0] == "patch × word"
    cross_modal = [
        abs(value) for s, value in values.interactions.items() if len(s) == 2 and s[0] < 16 <= s[1]
    ]
    assert kept["value"].abs().head(6).tolist() == sorted(cross_modal, reverse=True)[:6]


def test_shares_add_up_to_the_explained_similarity(values):
    total = sum(value for players, value in values.interactions.items() if players)
    assert shared_values(values).sum() == pytest.approx(total)


def test_shares_split_every_interaction_equally(values):
    expected = np.zeros(values.n_players)
    for i in range(values.n_players):
        expected[i] = sum(v / len(s) for s, v in values.interactions.items() if i in s)
    assert shared_values(values) == pytest.approx(expected)


def test_plot_shows_every_word_and_the_strongest_links(values, game):
    figure, axes = image_text_plot(values, game, top_k=5)
    assert [word.get_text() for word in words_of(axes)] == list(game.text_side.text_labels)
    links = links_of(axes)
    assert len(links) == 5
    pairs = interaction_table(values, game).query("kind == 'patch × word'").head(5)
    reds = sum(link.get_edgecolor()[0] > 0.5 for link in links)
    assert reds == (pairs["value"] > 0).sum()
    assert max(links, key=lambda link: link.get_linewidth()) is links[-1]
    figure.canvas.draw()


def test_links_that_may_be_chance_are_pale_or_left_out(values, game):
    pairs = interaction_table(values, game).query("kind == 'patch × word'")["players"].head(6)
    resolved = frozenset(pairs[::2])
    _, axes = image_text_plot(values, game, top_k=6, resolved=resolved)
    assert [link.get_alpha() for link in links_of(axes)[::-1]] == [0.9, 0.35] * 3
    ends = [line for line in axes.lines if line.get_marker() == "o"][::-1]
    assert [line.get_markerfacecolor() == "white" for line in ends] == [False, True] * 3
    _, axes = image_text_plot(values, game, top_k=6, resolved=resolved, only_resolved=True)
    assert len(links_of(axes)) == 3
    _, axes = image_text_plot(values, game, top_k=6, resolved=frozenset(), only_resolved=True)
    assert not links_of(axes)


def test_what_is_resolved_must_fit_the_values(values, game):
    for options in ({}, {"condition_on": 0}, {"first_order": True}):
        resolved = {"resolved": frozenset()} if options else {}
        with pytest.raises(InputError, match="only_resolved must be False unless pairs are shown"):
            image_text_plot(values, game, only_resolved=True, **options, **resolved)
    triples = FIxLIP(game.n_players, 3, max_order_image=1).approximate(game=game, budget_image=40)
    with pytest.raises(InputError, match="only_resolved must be False unless pairs are shown"):
        image_text_plot(triples, game, only_resolved=True, resolved=frozenset())
    for view in (image_text_plot, interaction_table):
        with pytest.raises(InputError, match=r"resolved must be interactions of .* order, 2, got"):
            view(values, game, resolved=[(0,), (0, 1)])
        for wrong in (3, [[0, 1]], "all"):
            with pytest.raises(InputError, match="resolved must be tuples of players, such as"):
                view(values, game, resolved=wrong)


def test_table_tells_what_is_resolved(values, game):
    table = interaction_table(values, game, resolved=[(0, 1), (6, 17)])
    told = dict(zip(table["players"], table["resolved"], strict=True))
    assert (told[0, 1], told[6, 17], told[0, 2]) == (True, True, False)
    assert told[0,] is pd.NA
    n_text = game.n_players_text
    assert resolved_sentence(table) == (
        f"1 of 120 patch × patch, 1 of {16 * n_text} patch × word, "
        f"0 of {n_text * (n_text - 1) // 2} word × word"
    )
    assert resolved_counts(table)["patch × word"] == (1, (table["kind"] == "patch × word").sum())
    assert resolved_counts(interaction_table(values, game)) == {}
    assert resolved_sentence(interaction_table(values, game)) == ""
    first_order = FIxLIP(game.n_players, 1, random_state=0)
    singles = first_order.approximate(game=game, budget_image=64)
    assert resolved_sentence(interaction_table(singles, game, resolved=[(0,)])).startswith(
        "1 of 16 patch, "
    )


def test_words_stay_within_the_picture_and_apart():
    text = "a photo of a yellow hydrant and a black dog next to the hydrant and to the dog"
    game = VisionLanguageGame(random_encoder(), SCENE, text)
    values = FIxLIP(game.n_players, random_state=0).approximate(game=game, budget_image=16)
    figure, axes = image_text_plot(values, game)
    assert len(words_of(axes)) == len(game.text_labels) > 17
    assert_apart_and_inside(figure)


def test_plot_of_nothing_but_zeros(values, game):
    _, axes = image_text_plot(values * 0, game)
    assert not links_of(axes)


def test_plot_changes_no_value(values, game):
    before = dict(values.interactions)
    image_text_plot(values, game)
    assert values.interactions == before


def test_plot_of_an_explanation_without_links(game):
    values = FIxLIP(game.n_players, 1, random_state=0).approximate(game=game, budget_image=64)
    _, axes = image_text_plot(values, game)
    assert not links_of(axes)


def test_values_of_another_game_are_refused(game):
    other = FIxLIP(5, random_state=0).approximate(32, lambda coalitions: coalitions.sum(axis=1))
    for view in (image_text_plot, interaction_table, image_interactions, text_interactions):
        with pytest.raises(InputError, match="values must be of 24 players as the game, got 5"):
            view(other, game)
