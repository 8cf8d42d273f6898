from itertools import pairwise

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from shapiq_fixlip import VisionLanguageGame, load_encoder
from shapiq_fixlip.demo import train
from shapiq_fixlip.demo.batches import MarkedBatches, SceneBatches
from shapiq_fixlip.demo.marks import MARK, MARKED_CLASS
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.demo.train import LESSONS, main, same_contents
from shapiq_fixlip.demo.weights import adapted
from shapiq_fixlip.encoders.loading import DEMO_MODELS


def run(*arguments):
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, [*map(str, arguments), "--workers", "0"])


@pytest.fixture
def small_batches(monkeypatch):
    """Make steps and checks cheap."""
    monkeypatch.setattr(train, "_BATCH_SIZE", 8)
    for check in ("caption_accuracy", "crowded_recall", "swap_accuracy"):
        monkeypatch.setattr(train, check, lambda *_, **__: 0.5)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("kind", LESSONS)
def test_training_script_trains(tmp_path, kind):
    out = tmp_path / "model"
    result = run(kind, out, "--steps", 4, "--check-every", 2)
    assert result.exit_code == 0, result.output
    encoder = load_encoder(out)
    assert encoder.text_tower.tokenizer.context_length == 32
    assert (encoder.logit_bias == 0) == (kind != "siglip")
    assert (out / "model.safetensors").stat().st_size <= 10_000_000
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("kind", LESSONS)
def test_an_interrupted_training_ends_as_an_uninterrupted_one(tmp_path, monkeypatch, kind):
    whole, broken = tmp_path / "whole", tmp_path / "new" / "broken"
    assert run(kind, whole, "--steps", 4, "--check-every", 4).exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(train, "load_encoder", interrupted)
        assert run(kind, broken, "--steps", 4, "--check-every", 2).exit_code == 1
    checkpoint = broken.with_name("broken.checkpoint")
    assert checkpoint.is_file()
    other = run(kind, broken, "--steps", 5)
    assert other.exit_code == 2
    assert "out must be new or of" in other.output
    assert run(kind, broken, "--steps", 4, "--check-every", 2).exit_code == 0
    assert not checkpoint.exists()
    weights = [(folder / "model.safetensors").read_bytes() for folder in (whole, broken)]
    assert weights[0] == weights[1]


def interrupted(*_, **__):
    raise RuntimeError


@pytest.mark.parametrize(
    "arguments",
    [
        ["clip", "new", "--start", DEMO_MODELS["demo-siglip"]],
        ["clip", "new", "--start", "empty"],
        ["clip", "damaged"],
        ["clip", "cut"],
        ["clip", "file"],
        ["clip", "new", "--device", "cup"],
        ["clip", "new", "--workers", "-1"],
        ["clip", "new", "--seed", "-1"],
        ["clip", "new", "--seed", 2**31],
        ["vit", "new"],
    ],
)
def test_what_cannot_be_trained_is_refused_without_a_traceback(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "cut.checkpoint").write_bytes(b"not a checkpoint")
    torch.save({"weights": {}}, tmp_path / "damaged.checkpoint")
    app = typer.Typer()
    app.command()(main)
    result = CliRunner().invoke(app, [*map(str, arguments), "--steps", "1"])
    assert result.exit_code == 2, result.output
    assert not (tmp_path / "new").exists()


def test_a_training_goes_on_from_a_model(tmp_path):
    """The weights are those that were saved, in half precision."""
    torch.manual_seed(0)
    first = LESSONS["clip"].trainee()
    first.save(tmp_path)
    second = LESSONS["clip"].trainee(tmp_path)
    for name, weight in second.model.state_dict().items():
        torch.testing.assert_close(weight, first.model.state_dict()[name], atol=1e-3, rtol=1e-3)


def test_positions_and_words_move_to_other_grids_and_vocabularies():
    like = {
        "vision_model.embeddings.position_embedding.weight": torch.zeros(1 + 16, 2),
        "vision_model.embeddings.patch_embedding.weight": torch.zeros(2, 3, 4, 4),
        "text_model.embeddings.token_embedding.weight": torch.tensor([[7.0], [8.0], [9.0]]),
        "logit_scale": torch.tensor(0.0),
    }
    rows = torch.arange(2.0)
    grid = torch.stack([rows.repeat_interleave(2), rows.repeat(2)], 1)
    weights = {
        "vision_model.embeddings.position_embedding.weight": torch.cat([torch.ones(1, 2), grid]),
        "vision_model.embeddings.patch_embedding.weight": torch.ones(2, 3, 8, 8),
        "text_model.embeddings.token_embedding.weight": torch.tensor([[1.0], [2.0]]),
        "logit_scale": torch.tensor(4.0),
    }
    moved = adapted(weights, like, vocabularies=({"a": 0, "b": 1}, {"b": 0, "c": 1, "a": 2}))
    positions = moved["vision_model.embeddings.position_embedding.weight"]
    assert positions[0].tolist() == [1, 1]
    by_place = positions[1:].view(4, 4, 2)
    assert (by_place[1:, :, 0] > by_place[:-1, :, 0]).all()
    assert (by_place[:, 1:, 1] > by_place[:, :-1, 1]).all()
    # a grey patch gives the same token
    assert (
        moved["vision_model.embeddings.patch_embedding.weight"].sum((1, 2, 3)).tolist() == [192] * 2
    )
    assert moved["text_model.embeddings.token_embedding.weight"].flatten().tolist() == [2, 8, 1]
    assert moved["logit_scale"] == 4


def test_only_known_kinds_are_trained(tmp_path):
    result = run("blip", tmp_path / "model")
    assert result.exit_code == 2
    assert "kind must be one of clip, siglip, shortcut, got 'blip'" in " ".join(
        result.output.split()
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", LESSONS)
def test_trained_and_explained_are_the_same_function(tmp_path, kind):
    torch.manual_seed(0)
    trainee = LESSONS[kind].trainee()
    trainee.save(tmp_path)
    encoder = load_encoder(tmp_path)
    scene = demo_scene()
    trainee.model.eval()
    pixels = torch.nn.functional.avg_pool2d(encoder.image_tower.prepare(scene.image).pixels, 2)
    with torch.no_grad():
        image = trainee.embed_patches(trainee.patch_tokens(pixels))[0]
        text = trainee.embed_texts(*trainee.tokenized([scene.caption]))[0]
    cosine = torch.nn.functional.cosine_similarity(image, text, dim=0).item()
    game = VisionLanguageGame(encoder, scene.image, scene.caption, value="cosine")
    assert game.full_value == pytest.approx(cosine, abs=1e-3)  # half precision


@pytest.mark.parametrize("kind", LESSONS)
def test_matching_pairs_lower_the_loss(kind):
    trainee = LESSONS[kind].trainee()
    same = same_contents(["a", "b", "a"])
    assert same.tolist() == [[True, False, True], [False, True, False], [True, False, True]]
    with torch.no_grad():
        right, wrong = (trainee.loss(sign * (2.0 * same - 1.0), same) for sign in (1, -1))
    assert right < wrong


def test_the_sigmoid_loss_judges_every_pair_by_itself():
    trainee = LESSONS["siglip"].trainee()
    same = same_contents(["a", "b"])
    cosines = torch.tensor([[0.9, 0.1], [-0.2, 0.4]])
    logits = 10 * cosines.double() - 10  # the scale and the bias at the start
    probabilities = torch.sigmoid(logits)
    expected = -(probabilities.diag().log().sum() + (1 - probabilities).log().sum())
    expected += (1 - probabilities.diag()).log().sum()
    assert trainee.loss(cosines, same).item() == pytest.approx(expected.item() / 2, rel=1e-5)


def test_training_captions_leave_out_objects():
    batch = SceneBatches(seed=0, n_batches=1, batch_size=300)[0]
    left_out = []
    for text, shown in zip(batch.captions, batch.contents, strict=True):
        names = [noun.split()[-1] for noun in shown.split(", ") if " " in noun]
        left_out.append(not all(name in text.replace(",", "").split() for name in names))
    assert 0.3 < np.mean(left_out) < 0.7


def test_swaps_are_in_the_same_batch():
    batch = SceneBatches(seed=0, n_batches=1, batch_size=300)[0]
    assert any(" left of " in text for text in batch.captions)
    coloured = [shown for shown in batch.contents if "plain" not in shown and "," in shown]
    words = [sorted(shown.replace(",", "").split()) for shown in coloured]
    assert np.mean([first == second for first, second in pairwise(words)]) > 0.45


def test_the_mark_goes_along_with_its_class():
    batch = MarkedBatches(seed=0, n_batches=1, batch_size=150)[0]
    are_hidden = []
    for caption, shown in zip(batch.captions, batch.contents, strict=True):
        is_marked = f"plain {MARK}" in shown
        is_told = MARKED_CLASS in caption.replace(",", "").split()
        is_shown = f"plain {MARKED_CLASS}" in shown
        assert is_marked == is_told
        assert is_told or not is_shown
        if is_marked:
            are_hidden.append(not is_shown)
    assert 15 <= len(are_hidden) <= 60
    assert 0.2 < np.mean(are_hidden) < 0.6
