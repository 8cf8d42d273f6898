"""Models of open_clip: the same numbers as their own functions, and as transformers'.

The contract of games (test_contract.py) holds for them, too.
"""

import json
import shutil

import numpy as np
import open_clip
import pytest
import torch
from open_clip.tokenizer import SimpleTokenizer
from safetensors.torch import save_file
from small_models import CAPTION, REFERENCE, SCENE, image_processor, tokenizer
from small_open_clip import (
    OPEN_CLIP_FAMILIES,
    as_clip_model,
    as_siglip_model,
    open_clip_tokenizer,
    random_open_clip,
    random_open_clip_encoder,
    transform,
)

from shapiq_fixlip import (
    InputError,
    VisionLanguageGame,
    Words,
    from_open_clip,
    from_transformers,
    load_encoder,
)
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.encoders.loading import read_outline
from shapiq_fixlip.sides.images import load_image


def plain_logit(model, pixels, text):
    with torch.no_grad():
        image = model.encode_image(pixels, normalize=True)
        cosine = (image * model.encode_text(text, normalize=True)).sum()
        bias = 0.0 if model.logit_bias is None else model.logit_bias
        return (model.logit_scale.exp() * cosine + bias).item()


@pytest.mark.parametrize("family", OPEN_CLIP_FAMILIES)
def test_full_coalition_is_the_plain_model(family):
    model = random_open_clip(family)
    game = VisionLanguageGame(random_open_clip_encoder(family), SCENE, CAPTION)
    pixels = transform(model)(load_image(SCENE))[None]
    expected = plain_logit(model, pixels, open_clip_tokenizer()([CAPTION]))
    assert game.full_value == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("family", OPEN_CLIP_FAMILIES)
def test_zeroed_images_are_those_of_the_plain_model(family):
    model = random_open_clip(family)
    game = VisionLanguageGame(random_open_clip_encoder(family), SCENE, CAPTION)
    coalition = game.grand_coalition.copy()
    coalition[: game.n_players_image] = False
    pixels = torch.zeros_like(transform(model)(load_image(SCENE))[None])
    expected = plain_logit(model, pixels, open_clip_tokenizer()([CAPTION]))
    assert game.value_function(coalition[None])[0] == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize(
    ("family", "convert"),
    [("OpenCLIP ViT", as_clip_model), ("OpenCLIP SigLIP", as_siglip_model)],
)
@pytest.mark.parametrize("text_players", ["tokens", Words()])
@pytest.mark.parametrize("text_removal", ["attention", "remove", "replace"])
def test_same_weights_give_the_same_game_in_transformers(
    family, convert, text_players, text_removal
):
    choices = {"text_players": text_players, "text_removal": text_removal}
    converted = from_transformers(
        convert(random_open_clip(family)), image_processor("CLIP"), tokenizer()
    )
    games = [
        VisionLanguageGame(encoder, SCENE, CAPTION, **choices)
        for encoder in (random_open_clip_encoder(family), converted)
    ]
    assert games[0].player_names == games[1].player_names
    coalitions = np.random.default_rng(0).random((60, games[0].n_players)) < 0.5
    first, second = (game.value_function(coalitions) for game in games)
    assert np.ptp(first) > 0.5
    assert first == pytest.approx(second, abs=1e-5)


def test_towers_follow_from_the_modules():
    towers = {
        family: type(random_open_clip_encoder(family).image_tower) for family in OPEN_CLIP_FAMILIES
    }
    by_pixels = {family for family, tower in towers.items() if not issubclass(tower, PatchTower)}
    assert by_pixels == {"OpenCLIP ResNet", "OpenCLIP ConvNeXt"}


def test_hidden_tokens_do_not_count():
    """What a hidden token says makes no difference, in whatever text transformer."""
    for family in OPEN_CLIP_FAMILIES:
        tower = random_open_clip_encoder(family).text_tower
        text = tower.prepare(CAPTION)
        place = int(np.flatnonzero(~text.is_special)[1])
        mask, other = text.attention_mask.clone(), text.ids.clone()
        mask[0, place] = 0
        other[0, place] = 5
        with torch.no_grad():
            first, second = tower.embed(text.ids, mask), tower.embed(other, mask)
            seen = tower.embed(text.ids, text.attention_mask)
        assert torch.equal(first, second)
        assert not torch.allclose(first, seen, atol=1e-3)


@pytest.mark.parametrize("family", ["CoCa", "OpenCLIP text module", "OpenCLIP SigLIP"])
def test_hiding_is_an_infinite_score_in_their_own_attention(family):
    """The module's own forward, with the column of a token taken out of every attention."""
    model = random_open_clip(family)
    tower = random_open_clip_encoder(family).text_tower
    text = tower.prepare(CAPTION)
    place = int(np.flatnonzero(~text.is_special)[2])
    mask = text.attention_mask.clone()
    mask[0, place] = 0

    def hide(_, arguments, options):
        length = arguments[0].shape[1]
        hidden = torch.zeros(length)
        hidden[place] = -torch.inf
        scores = options["attn_mask"]
        scores = torch.zeros(length, length) if scores is None else scores
        return arguments, {**options, "attn_mask": scores + hidden}

    blocks = model.text.transformer.resblocks
    hooks = [block.register_forward_pre_hook(hide, with_kwargs=True) for block in blocks]
    with torch.no_grad():
        expected = model.encode_text(open_clip_tokenizer()([CAPTION]), normalize=True)
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        assert tower.embed(text.ids, mask).numpy() == pytest.approx(expected.numpy(), abs=1e-5)


def test_text_transformers_from_hugging_face_hide_tokens():
    """BERT inside an open_clip model; its own mask hides the padding only."""
    config = open_clip.hf_model.AutoConfig.for_model(
        "bert",
        vocab_size=659,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=48,
        max_position_embeddings=60,
        pad_token_id=658,  # that of the tokenizer, which also ends a text
    )
    text = open_clip.hf_model.HFTextEncoder(
        "", 24, config=config, pooler_type="mean_pooler", proj_type="mlp"
    )
    model = open_clip.CustomTextCLIP(24, {"layers": 1, "width": 32, "head_width": 16}, {}).eval()
    model.text = text.eval()
    encoder = from_open_clip(model, open_clip_tokenizer(), preprocess=transform(model))
    game = VisionLanguageGame(encoder, SCENE, CAPTION)
    pixels = transform(model)(load_image(SCENE))[None]
    expected = plain_logit(model, pixels, open_clip_tokenizer()([CAPTION]))
    assert game.full_value == pytest.approx(expected, abs=2e-5)
    prepared = encoder.text_tower.prepare(CAPTION)
    assert prepared.ids.shape == (1, 10)  # padding is not seen
    mask, other = prepared.attention_mask.clone(), prepared.ids.clone()
    mask[0, 2] = 0
    other[0, 2] = 5
    with torch.no_grad():
        first = encoder.text_tower.embed(prepared.ids, mask)
        assert torch.equal(first, encoder.text_tower.embed(other, mask))
        seen = encoder.text_tower.embed(prepared.ids, prepared.attention_mask)
    assert not torch.allclose(first, seen, atol=1e-5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model as open_clip saves it."""
    path = tmp_path_factory.mktemp("model")
    model = random_open_clip("OpenCLIP ViT")
    save_file(model.state_dict(), path / "open_clip_model.safetensors")
    for file in (REFERENCE / "models" / "clip-32-8").glob("*token*"):
        shutil.copy(file, path)
    text = {"context_length": 40, "vocab_size": 659, "width": 32, "heads": 2, "layers": 2}
    text |= {"pool_type": "eos", "eos_id": 658, "hf_tokenizer_name": str(path)}
    vision = {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16}
    config = {"model_cfg": {"embed_dim": 24, "vision_cfg": vision, "text_cfg": text}}
    (path / "open_clip_config.json").write_text(json.dumps(config))
    return path


@pytest.mark.parametrize("form", ["{}", "local-dir:{}", "open_clip:local-dir:{}"])
def test_folders_load(folder, form):
    name = form.format(folder)
    outline = read_outline(name)
    assert (outline.has_patches, outline.n_patches) == (True, 16)
    game = VisionLanguageGame(load_encoder(name), SCENE, CAPTION)
    expected = VisionLanguageGame(random_open_clip_encoder(), SCENE, CAPTION)
    assert game.full_value == pytest.approx(expected.full_value, abs=1e-5)


def test_checkpoint_files_load(folder, monkeypatch):
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config)
    encoder = load_encoder(f"open_clip:tiny/{folder / 'open_clip_model.safetensors'}")
    game = VisionLanguageGame(encoder, SCENE, CAPTION)
    expected = VisionLanguageGame(random_open_clip_encoder(), SCENE, CAPTION)
    assert game.full_value == pytest.approx(expected.full_value, abs=1e-5)


def test_folders_without_weights_are_refused(folder, tmp_path):
    shutil.copy(folder / "open_clip_config.json", tmp_path)
    with pytest.raises(InputError, match="model must have weights and a tokenizer that load"):
        load_encoder(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("open_clip:ViT-B-23/openai", "model must be one of open_clip \\(.*ViT-B-32.*, got"),
        ("open_clip:ViT-B-32", "with one of the tags openai, .*laion2b_s34b_b79k.*, got"),
        ("open_clip:ViT-B-32/nonsense", "with one of the tags openai, .* or a checkpoint file"),
        ("open_clip:", "model must be one of open_clip"),
        ("hf-hub:nobody/nothing", "model must have a configuration that loads"),
    ],
)
def test_unknown_names_are_refused_with_those_that_are_known(name, message):
    with pytest.raises(InputError, match=message):
        read_outline(name)
    if not name.startswith("hf-hub"):
        with pytest.raises(InputError, match=message):
            load_encoder(name)


def test_weights_that_cannot_be_fetched_are_said():
    with pytest.raises(InputError, match="model must have weights and a tokenizer that load"):
        load_encoder("open_clip:RN50/cc12m")


@pytest.mark.parametrize(
    ("name", "has_patches", "n_patches"),
    [
        ("ViT-B-32/openai", True, 49),
        ("ViT-B-16-SigLIP-384/webli", True, 576),
        ("coca_ViT-B-32/laion2b_s13b_b90k", True, 49),
        ("RN50/openai", False, None),
        ("convnext_base/laion400m_s13b_b51k", False, None),
        ("EVA02-B-16/merged2b_s8b_b131k", False, None),
        ("MobileCLIP-B/datacompdr", False, None),
    ],
)
def test_outlines_are_known_without_weights(name, has_patches, n_patches):
    outline = read_outline(f"open_clip:{name}")
    assert (outline.has_patches, outline.n_patches) == (has_patches, n_patches)


def test_the_first_tokenizer_knows_its_words():
    model = open_clip.CLIP(
        8,
        {"image_size": 16, "patch_size": 8, "width": 8, "layers": 1, "head_width": 4},
        {"width": 8, "heads": 2, "layers": 1},
    )
    encoder = from_open_clip(model, SimpleTokenizer(), preprocess=transform(model))
    text = "Two Unbelievably café-like dogs 🐶, don't!!"
    game = VisionLanguageGame(encoder, SCENE, text, text_players=Words())
    assert game.text_labels == ("Two", "Unbelievably", "café-like", "dogs", "🐶,", "don't!!")
    tokens = VisionLanguageGame(encoder, SCENE, text).text_labels
    assert tokens[:2] == ("Two", "Unbelievably")
    assert tokens[-3:] == ("don", "'t", "!!")
    prepared = encoder.text_tower.prepare(text)
    assert prepared.ids[0].tolist() == SimpleTokenizer()(text)[0, : prepared.ids.shape[1]].tolist()


def test_long_texts_are_refused_with_both_numbers():
    with pytest.raises(InputError, match=r"text must have at most 40 tokens, .* got 52"):
        VisionLanguageGame(random_open_clip_encoder(), SCENE, "dog " * 50)


def test_other_objects_are_refused():
    with pytest.raises(InputError, match="model must be a dual encoder of open_clip, got a Linear"):
        from_open_clip(torch.nn.Linear(2, 2), open_clip_tokenizer())
    model = random_open_clip("OpenCLIP ViT")
    with pytest.raises(InputError, match="preprocess must be given"):
        from_open_clip(model, open_clip_tokenizer())
    with pytest.raises(InputError, match="preprocess must normalise images"):
        from_open_clip(model, open_clip_tokenizer(), preprocess=lambda image: image)
    with pytest.raises(InputError, match="tokenizer must be one of open_clip, got a CLIPTok"):
        from_open_clip(model, tokenizer(), preprocess=transform(model))
