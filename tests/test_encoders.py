"""The contract of encoders, on a tiny random model of every family.

1. Embeddings have unit length in float32.
2. The empty and the full coalition are the plain model on the hidden and on the untouched input.
3. Patches given as tokens and patches given as pixels are the same.
"""

import numpy as np
import pytest
import sentencepiece
import torch
import transformers
from PIL import Image
from small_models import (
    CAPTION,
    FAMILIES,
    REFERENCE,
    SCENE,
    image_processor,
    random_encoder,
    random_model,
    tokenizer,
)

from shapiq_fixlip import InputError, VisionLanguageGame, load_encoder
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.encoders.huggingface import TransformersPixelTower, from_transformers
from shapiq_fixlip.sides import TextSide
from shapiq_fixlip.sides.image_players import Patches
from shapiq_fixlip.sides.image_removal import ReplacedPatches, ReplacedPixels
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.view import View

TOLERANCE = 2e-6


def plain_logit(family, *, hide_image, hide_text):
    """The logit of a model called as its documentation says."""
    model, image = random_model(family), load_image(SCENE)
    inputs = dict(image_processor(family)(images=image, return_tensors="pt"))
    if hide_image:
        inputs["pixel_values"] = torch.zeros_like(inputs["pixel_values"])
    is_padded = family.startswith("SigLIP")
    encoded = tokenizer()(
        CAPTION,
        padding="max_length" if is_padded else False,
        max_length=40 if is_padded else None,
        return_special_tokens_mask=True,
        return_tensors="pt",
    )
    special = encoded["special_tokens_mask"]
    mask = special if hide_text else torch.ones_like(special)
    if family == "SigLIP 2 NaFlex":
        inputs["spatial_shapes"] = torch.as_tensor(inputs["spatial_shapes"])
    with torch.no_grad():
        outputs = model(input_ids=encoded["input_ids"], attention_mask=mask, **inputs)
    return outputs.logits_per_image.item()


@pytest.mark.parametrize("family", FAMILIES)
def test_bounds_are_the_plain_model(family):
    game = VisionLanguageGame(random_encoder(family), SCENE, CAPTION)
    assert game.full_value == pytest.approx(
        plain_logit(family, hide_image=False, hide_text=False), abs=2e-5
    )
    assert game.empty_value == pytest.approx(
        plain_logit(family, hide_image=True, hide_text=True), abs=2e-5
    )


@pytest.mark.parametrize("family", FAMILIES)
def test_players_are_patches_and_tokens(family):
    game = VisionLanguageGame(random_encoder(family), SCENE, CAPTION)
    rows, columns = game.image_side.grid
    assert (rows, columns) == ((3, 4) if family == "SigLIP 2 NaFlex" else (4, 4))
    patches = tuple(f"patch ({row},{column})" for row in range(rows) for column in range(columns))
    words = ("black", "dog", "next", "to", "a", "yellow", "hydr", "ant")
    assert game.player_names == (*patches, *words)
    assert (game.n_players_image, game.n_players_text) == (len(patches), len(words))


@pytest.mark.parametrize("family", FAMILIES)
def test_embeddings_have_unit_length_in_single_precision(family):
    game = VisionLanguageGame(random_encoder(family), SCENE, CAPTION)
    for side in game.sides:
        coalitions = np.random.default_rng(0).random((5, side.n_players)) < 0.5
        embedded = side.embed(coalitions)
        assert embedded.dtype == np.float32
        assert np.linalg.norm(embedded, axis=1) == pytest.approx(np.ones(5), abs=1e-6)


PATCH_FAMILIES = [family for family in FAMILIES if family != "CLIPSeg"]


def assert_paths_agree(tower):
    assert isinstance(tower, PatchTower)
    view = View(tower, load_image(SCENE))
    regions, names = Patches().regions(view)
    coalitions = np.random.default_rng(0).random((7, len(names))) < 0.5
    background = torch.zeros_like(view.prepared.pixels)
    with torch.inference_mode():
        by_tokens, by_pixels = (
            removal(tower, view.prepared, regions, background).embed(coalitions)
            for removal in (ReplacedPatches, ReplacedPixels)
        )
    assert by_tokens.numpy() == pytest.approx(by_pixels.numpy(), abs=TOLERANCE)


@pytest.mark.parametrize("family", PATCH_FAMILIES)
def test_tokens_and_pixels_are_the_same(family):
    assert_paths_agree(random_encoder(family).image_tower)


def test_unknown_towers_are_used_by_their_pixels():
    tower = random_encoder("CLIPSeg").image_tower
    assert type(tower) is TransformersPixelTower


def test_naflex_grid_follows_the_shape_of_the_image():
    encoder = random_encoder("SigLIP 2 NaFlex")
    wide = Image.new("RGB", (200, 50), "red")
    game = VisionLanguageGame(encoder, wide, CAPTION)
    rows, columns = game.image_side.grid
    assert rows < columns
    assert rows * columns <= 16
    assert game.image_side.image.shape == (rows * 8, columns * 8, 3)


@pytest.mark.parametrize("resolution", [40, 44, 46])
def test_other_resolutions_interpolate_the_positions(resolution):
    """44 pixels hold five and a half patches of 8; the rest is not seen, as in the model."""
    processor = image_processor("CLIP").__class__(
        size={"shortest_edge": resolution}, crop_size={"height": resolution, "width": resolution}
    )
    model = random_model("CLIP")
    encoder = from_transformers(model, processor, tokenizer())
    assert_paths_agree(encoder.image_tower)
    game = VisionLanguageGame(encoder, SCENE, CAPTION)
    assert game.image_side.grid == (5, 5)
    assert game.image_side.image.shape == (40, 40, 3)
    pixels = processor(images=load_image(SCENE), return_tensors="pt")["pixel_values"]
    encoded = tokenizer()(CAPTION, return_tensors="pt")
    with torch.no_grad():
        outputs = model(**encoded, pixel_values=pixels, interpolate_pos_encoding=True)
    assert game.full_value == pytest.approx(outputs.logits_per_image.item(), abs=2e-5)


def test_shown_image_is_what_the_model_sees():
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    game = VisionLanguageGame(random_encoder(), pixels, CAPTION)
    assert (game.image_side.image == pixels).all()


def test_half_precision_is_close_and_embeds_in_single_precision():
    encoder = load_encoder(REFERENCE / "models" / "clip-32-8", dtype="bfloat16")
    exact = VisionLanguageGame(load_encoder(REFERENCE / "models" / "clip-32-8"), SCENE, CAPTION)
    game = VisionLanguageGame(encoder, SCENE, CAPTION)
    assert game.image_side.embed(np.ones((1, 16), dtype=bool)).dtype == np.float32
    assert game.full_value == pytest.approx(exact.full_value, abs=0.3)
    assert game.full_value != exact.full_value


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_gpu_gives_the_same_values():
    games = [
        VisionLanguageGame(
            load_encoder(REFERENCE / "models" / "clip-32-8", device=device), SCENE, CAPTION
        )
        for device in ("cpu", "cuda")
    ]
    coalitions = np.random.default_rng(0).random((50, 24)) < 0.5
    assert games[0](coalitions) == pytest.approx(games[1](coalitions), abs=1e-3)


def test_siglip_attends_to_its_padding():
    tower = load_encoder(REFERENCE / "models" / "siglip2-32-8").text_tower
    text = tower.prepare(CAPTION)
    assert text.ids.shape == text.attention_mask.shape == (1, 64)
    assert text.attention_mask.all()
    assert text.is_special.sum() == 64 - 8


def test_sentencepiece_tokenizers_know_their_special_tokens(tmp_path):
    """SigLIP's tokenizer is slow: it knows no offsets, and words may begin with a lone mark."""
    with (tmp_path / "spiece.model").open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(["black dog", "a yellow hydrant", "next to a cat"] * 20),
            model_writer=file,
            vocab_size=25,
            hard_vocab_limit=False,
            pad_id=-1,
            bos_id=-1,
            eos_id=1,
            unk_id=2,
            minloglevel=2,
        )
    slow = transformers.SiglipTokenizer(str(tmp_path / "spiece.model"), model_max_length=40)
    assert not slow.is_fast
    model = random_model("SigLIP")
    encoder = from_transformers(model, image_processor("SigLIP"), slow)
    side = TextSide(encoder.text_tower, "Black dog!")
    assert "".join(side.text_labels).replace("▁", "") == "Blackdog!"
    assert all(side.text_labels)
    text = encoder.text_tower.prepare("Black dog!")
    assert text.ids.shape == (1, 40)
    assert text.is_special[side.n_players :].all()


def test_too_long_texts_are_refused_with_both_numbers():
    with pytest.raises(InputError, match=r"text must have at most 40 tokens, .* got 52"):
        VisionLanguageGame(random_encoder(), SCENE, "dog " * 50)


def test_special_tokens_written_in_the_text_are_no_players():
    prepared = random_encoder("CLIP").text_tower.prepare("black <|endoftext|> dog")
    words = [t for t, s in zip(prepared.tokens, prepared.is_special, strict=True) if not s]
    assert words == ["black", "dog"]
