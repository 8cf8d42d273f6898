"""Texts with more tokens than the model takes: what fits is explained, and the rest is named."""

import json

import numpy as np
import pytest
import torch
from small_games import all_coalitions
from small_models import SCENE, encoder_of_grid, random_encoder, random_model

from shapiq_fixlip import (
    ContrastGame,
    Explanation,
    InputError,
    Phrases,
    Template,
    VisionLanguageGame,
    compare_models,
    explain,
    load_encoder,
)

WORDS = [f"dog{'s' * (i % 3)}" for i in range(40)]
LONG = " ".join(WORDS)
FEW = {"image_players": "2x2", "budget_image": 16, "budget_text": 22}


@pytest.fixture(scope="module")
def encoder():
    return encoder_of_grid(3, context_length=20)


def cut(encoder, text=LONG, **options):
    return VisionLanguageGame(encoder, SCENE, text, truncation=True, **options)


def test_long_texts_are_refused_unless_asked_for(encoder):
    with pytest.raises(InputError, match="text must have at most 20 tokens"):
        VisionLanguageGame(encoder, SCENE, LONG)


def test_the_cut_is_after_the_last_whole_word_that_fits(encoder):
    game = cut(encoder)
    assert f"{game.text} {game.unseen_text}" == LONG
    assert encoder.text_tower.tokenizer.fits(game.text)
    assert not encoder.text_tower.tokenizer.fits(f"{game.text} {game.unseen_text.split()[0]}")
    alone = VisionLanguageGame(encoder, SCENE, game.text)
    assert game.full_value == alone.full_value
    assert game.player_names == alone.player_names


@pytest.mark.parametrize("removal", ["attention", "remove", "replace"])
def test_no_coalition_sees_what_was_cut(encoder, removal):
    game = cut(encoder, text_removal=removal, text_players="words")
    alone = VisionLanguageGame(
        encoder, SCENE, game.text, text_removal=removal, text_players="words"
    )
    players = torch.rand(8, game.n_players, generator=torch.manual_seed(0)).numpy() < 0.5
    assert (game(players) == alone(players)).all()


def test_texts_that_fit_are_left_alone(encoder):
    game = cut(encoder, "a black dog")
    assert (game.text, game.unseen_text) == ("a black dog", "")


def test_padded_models_are_cut_too():
    game = cut(random_encoder("SigLIP"), " ".join(WORDS * 2))
    assert game.unseen_text
    assert game.text_side.prepared.ids.shape == (
        1,
        random_model("SigLIP").config.text_config.max_position_embeddings,
    )


def test_chinese_is_cut_between_letters(encoder):
    text = "一只黑色的狗在黄色的消防栓旁边"
    game = cut(encoder, text)
    assert game.text + game.unseen_text == text
    assert game.text


def test_players_must_be_in_what_is_seen(encoder):
    assert cut(encoder, "a dog " + LONG, text_players=Phrases(["a dog"])).n_players_text == 1
    with pytest.raises(InputError, match="text_players must be in the part .* got 'cat' after"):
        cut(encoder, f"{LONG} cat", text_players=Phrases(["cat"]))
    with pytest.raises(InputError, match="text_players must be in the part .* got 'cat' after"):
        cut(encoder, f"{LONG} {{cat}}", text_players=Template())
    seen = cut(encoder, f"a {{dog}} {LONG}", text_players=Template())
    assert seen.text_labels == ("dog",)


def test_a_first_word_that_does_not_fit_is_refused(encoder):
    with pytest.raises(InputError, match="text must begin with a word of at most 20 tokens"):
        cut(encoder, "qzx" * 40)


def test_a_contrast_names_what_is_cut_of_both(encoder):
    game = cut(encoder, text_players="words")
    other = game.with_text(f"{LONG} cat")
    contrast = ContrastGame(game, other)
    assert contrast.unseen_text == f"{game.unseen_text} | {other.unseen_text}"


def test_every_surface_says_what_was_not_seen(run, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "shapiq_fixlip.games.loading.load_encoder",
        lambda *_, **__: encoder_of_grid(3, context_length=20),
    )
    few = ("--image-players", "2x2", "--text-players", "words", "--budget", "400", "-q")
    code, out, _ = run("explain", SCENE, LONG, *few, "--truncation")
    explanation = Explanation.load("explanation")
    unseen = explanation.game.unseen_text
    assert code == 0
    assert f"Not seen     {unseen}\n" in out
    assert "its end not seen" in repr(explanation)
    assert explanation.settings["truncation"] is True
    assert f'"unseen_text":"{unseen}"' in (tmp_path / "explanation/explanation.html").read_text(
        encoding="utf-8"
    )
    _, axes = explanation.plot()
    assert any(text.get_text().startswith("not seen: dog") for text in axes.texts)
    _, out, _ = run("explain", SCENE, LONG, *few, "--truncation", "--json")
    assert json.loads(out)["unseen_text"] == unseen
    code, _, err = run("explain", SCENE, LONG, *few)
    assert code == 2
    assert err.startswith("Error: text must have at most 32 tokens, got 40 words; with truncation")


def test_a_table_of_many_inputs_says_what_was_not_seen(run, tmp_path):
    pd = pytest.importorskip("pandas")
    pd.DataFrame({"image": [str(SCENE)] * 2, "caption": ["a dog", " ".join(WORDS * 3)]}).to_csv(
        tmp_path / "pairs.csv", index=False
    )
    few = ("--image-players", "2x2", "--text-players", "words", "--truncation", "-q")
    assert run("batch", "--data", "csv:pairs.csv", *few)[0] == 0
    table = pd.read_parquet(tmp_path / "batch" / "explanations.parquet")
    assert table["unseen_text"].map(bool).tolist() == [False, True]
    fast = ("--methods", "occlusion", "--metrics", "insertion-deletion")
    data = ("--data", "csv:pairs.csv")
    assert run("evaluate", "insertion-deletion", *data, *few, *fast)[0] == 0
    rows = pd.read_csv(tmp_path / "evaluation" / "rows.csv")
    assert rows.groupby("input")["unseen_text"].first().notna().tolist() == [False, True]


def test_explain_takes_it():
    text = " ".join(WORDS * 3)
    explanation = explain(SCENE, text, model=load_encoder("demo"), truncation=True, **FEW)
    assert explanation.game.unseen_text
    assert explanation.settings["truncation"] is True


def test_what_grows_without_its_parts_is_cut_with_a_warning():
    encoder = encoder_of_grid(3, context_length=7)
    removal = {"text_removal": "remove", "image_players": "1x1"}
    game = VisionLanguageGame(encoder, SCENE, "nhywcirl", **removal)
    everyone = np.ones((1, game.n_players), dtype=bool)
    assert game.value_function(everyone)[0] == pytest.approx(game.full_value)
    longer = [
        row
        for row in all_coalitions(game.n_players_text)
        if not encoder.text_tower.tokenizer.fits(game.text_side.shown(row))
    ]
    assert longer
    with pytest.warns(RuntimeWarning, match="more tokens than the model takes"):
        assert np.isfinite(game.text_side.embed(np.array(longer))).all()


def test_models_that_cut_at_different_words_are_not_compared():
    models = {
        "short": encoder_of_grid(3, context_length=15),
        "long": encoder_of_grid(3, context_length=20),
    }
    with pytest.raises(InputError, match="truncation must cut the text at the same word for all"):
        compare_models(SCENE, LONG, models=models, truncation=True, image_players="3x3")


@pytest.mark.parametrize("truncation", ["no", 1, None])
def test_truncation_is_yes_or_no(encoder, truncation):
    with pytest.raises(InputError, match="truncation must be True or False, got"):
        VisionLanguageGame(encoder, SCENE, "a dog", truncation=truncation)
