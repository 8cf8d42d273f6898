"""Models of open_clip: the same numbers as their own functions, and as transformers'.

The contract of games (test_contract.py) holds for them, too.
"""

import copy
import json
import os
import pickle
import resource
import shutil

import numpy as np
import open_clip
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from open_clip.tokenizer import HFTokenizer, SimpleTokenizer
from open_clip.transform import PreprocessCfg, image_transform_v2
from open_clip.transformer import QuickGELU
from safetensors.torch import save_file
from small_models import CAPTION, REFERENCE, SCENE, image_processor, tokenizer
from small_open_clip import (
    OPEN_CLIP_FAMILIES,
    as_clip_model,
    as_siglip_model,
    open_clip_tokenizer,
    own_similarity,
    random_open_clip,
    random_open_clip_encoder,
    transform,
)
from torchvision.transforms import CenterCrop, Compose, Normalize, ToTensor

from shapiq_fixlip import (
    InputError,
    ResourceError,
    VisionLanguageGame,
    Words,
    from_open_clip,
    from_transformers,
    load_encoder,
)
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.encoders.loading import model_identity, read_outline
from shapiq_fixlip.encoders.open_clip_configuration import CONFIGURATION
from shapiq_fixlip.encoders.open_clip_names import OwnModel
from shapiq_fixlip.files import file_digest
from shapiq_fixlip.progress import LOGGER
from shapiq_fixlip.sides.images import load_image

WEIGHTS = "open_clip_model.safetensors"
MAX_MEMORY = 2 * 2**30


@pytest.mark.parametrize("family", OPEN_CLIP_FAMILIES)
def test_full_coalition_is_the_plain_model(family):
    model = random_open_clip(family)
    game = VisionLanguageGame(random_open_clip_encoder(family), SCENE, CAPTION)
    pixels = transform(model)(load_image(SCENE))[None]
    expected = own_similarity(model, pixels, open_clip_tokenizer()([CAPTION]))
    assert game.full_value == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("family", OPEN_CLIP_FAMILIES)
def test_zeroed_images_are_those_of_the_plain_model(family):
    model = random_open_clip(family)
    game = VisionLanguageGame(random_open_clip_encoder(family), SCENE, CAPTION)
    coalition = game.grand_coalition.copy()
    coalition[: game.n_players_image] = False
    pixels = torch.zeros_like(transform(model)(load_image(SCENE))[None])
    expected = own_similarity(model, pixels, open_clip_tokenizer()([CAPTION]))
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
    expected = own_similarity(model, pixels, open_clip_tokenizer()([CAPTION]))
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


@pytest.fixture
def checkpoint(folder, monkeypatch):
    """Name a checkpoint of an architecture "tiny", with those settings of published weights."""
    config = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", config)

    def _checkpoint(*published, file="open_clip_model.safetensors", query=""):
        tags = {f"tag{i}": open_clip.pretrained._pcfg(**one) for i, one in enumerate(published)}
        monkeypatch.setitem(open_clip.pretrained._PRETRAINED, "tiny", tags)
        return f"open_clip:tiny/{folder / file}{query}"

    return _checkpoint


HALF = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}
SQUASHED = {**HALF, "resize_mode": "squash", "interpolation": "bilinear"}
AS_SQUASHED = "?mean=0.5,0.5,0.5&std=0.5,0.5,0.5&resize_mode=squash&interpolation=bilinear"


@pytest.mark.parametrize(
    ("published", "query", "settings"),
    [
        ([{}, {}], "", {}),
        ([SQUASHED, SQUASHED], "", SQUASHED),
        ([SQUASHED, {}], AS_SQUASHED, SQUASHED),
        ([], AS_SQUASHED + "&quick_gelu=false", SQUASHED),
        ([{}], "?resize_mode=squash", {"resize_mode": "squash"}),
        ([HALF, {**HALF, "resize_mode": "longest"}], "?resize_mode=shortest", HALF),
    ],
)
def test_checkpoint_files_have_the_preprocessing_of_published_weights(
    folder, checkpoint, published, query, settings
):
    name = checkpoint(*published, query=query)
    game = VisionLanguageGame(load_encoder(name), SCENE, CAPTION)
    preprocess = image_transform_v2(PreprocessCfg(size=32, **settings), is_train=False)
    model = random_open_clip("OpenCLIP ViT")
    expected = from_open_clip(model, open_clip_tokenizer(), preprocess=preprocess)
    image = load_image(SCENE)
    pixels = load_encoder(name).image_tower.prepare(image).pixels
    assert torch.equal(pixels, expected.image_tower.prepare(image).pixels)
    expected_game = VisionLanguageGame(expected, SCENE, CAPTION)
    assert game.full_value == pytest.approx(expected_game.full_value, abs=1e-5)
    assert model_identity(name)["weights"] == file_digest(folder / WEIGHTS)


@pytest.mark.parametrize(
    ("published", "query", "is_quick"),
    [
        ([{"quick_gelu": True}], "", True),
        ([{}, {"quick_gelu": False}], "", False),
        ([{}, {"quick_gelu": True}], "?quick_gelu=true", True),
        ([{"quick_gelu": True}], "?quick_gelu=false", False),
    ],
)
def test_checkpoint_files_have_the_activation_of_published_weights(
    checkpoint, published, query, is_quick, caplog, monkeypatch
):
    monkeypatch.setattr(LOGGER, "propagate", True)
    caplog.set_level("INFO", LOGGER.name)
    encoder = load_encoder(checkpoint(*published, query=query))
    blocks = [*encoder.image_tower.blocks, *encoder.text_tower.blocks]
    assert {isinstance(block.mlp.gelu, QuickGELU) for block in blocks} == {is_quick}
    records = [record for record in caplog.records if record.name == LOGGER.name]
    ((level, said),) = {(record.levelname, record.getMessage()) for record in records}
    assert level == "INFO"
    assert f"activation {'QuickGELU' if is_quick else 'GELU'}," in said
    assert "interpolation bicubic, resize_mode shortest" in said
    assert "\n" not in said


def test_checkpoint_files_without_published_weights_have_the_default_and_a_warning(checkpoint):
    with pytest.warns(RuntimeWarning, match="read with mean 0.48.* GELU: no weights of tiny"):
        encoder = load_encoder(checkpoint())
    game = VisionLanguageGame(encoder, SCENE, CAPTION)
    expected = VisionLanguageGame(random_open_clip_encoder(), SCENE, CAPTION)
    assert game.full_value == pytest.approx(expected.full_value, abs=1e-5)


@pytest.mark.parametrize(
    ("published", "query", "message"),
    [
        ([{}, HALF], "", "add \\? and mean=0.48145466,.* or mean=0.5,0.5,0.5, and std=0.2686"),
        (
            [{}, HALF],
            "?mean=0.5,0.5,0.5",
            "add \\? and std=0.26862954,.* or std=0.5,0.5,0.5, joined",
        ),
        ([{}, SQUASHED], "", "interpolation=bicubic or interpolation=bilinear"),
        ([{}, SQUASHED], "", "resize_mode=shortest or resize_mode=squash"),
        ([{}, {"quick_gelu": True}], "", "quick_gelu=false or quick_gelu=true"),
        ([], "?means=1,1,1", "must have settings as in FILE\\?mean=0.5"),
        ([], "?mean", "must have settings as in"),
        ([], "?mean=1,1,1&mean=1,1,1", "each at most once"),
        ([], "?mean=a,b,c", "must have settings as in"),
        ([], "?mean=1,1", "must have three numbers .one for each channel"),
        ([], "?std=1,1,0", "must have three positive numbers"),
        ([], "?std=nan,1,1", "must have three positive numbers"),
        ([], "?mean=inf,1,1", "must have three numbers .one for each channel"),
        ([], "?resize_mode=crop", "must have one of shortest, longest, squash"),
        ([], "?interpolation=nearest", "must have one of bicubic, bilinear"),
        ([], "?quick_gelu=yes", "must have settings as in"),
        ([], "?" + "x" * 5000, "must have settings as in"),
    ],
)
def test_settings_of_checkpoint_files_that_are_unknown_or_open_are_refused(
    checkpoint, published, query, message
):
    name = checkpoint(*published, query=query)
    for load in (load_encoder, read_outline, model_identity):
        with pytest.raises(InputError, match=f"model .*{message}") as raised:
            load(name)
        assert "\n" not in str(raised.value)


def test_question_marks_may_be_part_of_a_file_name(folder, checkpoint):
    file = "a?b=c.safetensors"
    shutil.copy(folder / WEIGHTS, folder / file)
    try:
        load_encoder(checkpoint({}, file=file))
        encoder = load_encoder(checkpoint({}, file=file, query="?mean=0,0,0"))
    finally:
        (folder / file).unlink()
    assert encoder.image_tower.prepare(load_image(SCENE)).mean == (0, 0, 0)


@pytest.mark.parametrize("name", open_clip.list_models())
def test_files_of_all_architectures_are_read_as_each_of_their_published_weights(name, tmp_path):
    """Or they are refused, exactly if these differ."""
    file = tmp_path / "weights.bin"
    file.touch()
    published = []
    for tag in open_clip.list_pretrained_tags_by_model(name) or [""]:
        config = {**vars(PreprocessCfg()), **open_clip.get_pretrained_cfg(name, tag)}
        is_quick = config.get("quick_gelu") or open_clip.get_model_config(name).get("quick_gelu")
        settings = {key: config[key] for key in ("mean", "std", "interpolation", "resize_mode")}
        published.append((settings, bool(is_quick)))
    if any(one != published[0] for one in published):
        with pytest.raises(InputError, match=f"published weights of {name} differ"):
            OwnModel.of(f"open_clip:{name}/{file}")
    else:
        model = OwnModel.of(f"open_clip:{name}/{file}")
        assert (model.preprocessing, model.quick_gelu) == published[0]


@pytest.fixture
def broken(folder, tmp_path):
    """Copy the folder with some entries changed, or with other weights."""

    def _broken(entries=(), weights=None):
        changed = tmp_path / "broken"
        shutil.rmtree(changed, ignore_errors=True)
        shutil.copytree(folder, changed)
        config = json.loads((changed / CONFIGURATION).read_text())
        config.setdefault("preprocess_cfg", {})
        for path, value in dict(entries).items():
            *places, last = path.split(".")
            part = config
            for place in places:
                part = part[place]
            part[last] = value
        (changed / CONFIGURATION).write_text(json.dumps(config))
        if weights is not None:
            save_file(random_open_clip("OpenCLIP ViT").state_dict() | weights, changed / WEIGHTS)
        return changed

    return _broken


VISION, TEXT = "model_cfg.vision_cfg", "model_cfg.text_cfg"
SIZES = (
    "model_cfg.embed_dim",
    *(f"{VISION}.{size}" for size in ("layers", "width", "head_width", "patch_size", "image_size")),
    *(f"{TEXT}.{size}" for size in ("layers", "width", "heads", "context_length", "vocab_size")),
)


def refused(name, message):
    with pytest.raises(InputError, match=message) as raised:
        load_encoder(name)
    assert raised.value.argument == "model"
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1000


@pytest.mark.parametrize("entry", SIZES)
def test_sizes_that_are_none_are_refused_with_their_file_and_entry(broken, entry):
    place = entry.removeprefix("model_cfg.")
    for size in (-1, 0, 2.5, "8", None, True, [], 10**9, 10**300, float("nan")):
        folder = broken({entry: size})
        refused(folder, f"model must have a whole number .* as {place}, got .*{CONFIGURATION}")


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"model_cfg.embed_dim": 16}, r"text_projection of shape \(32, 16\), .* got \(32, 24\) in"),
        ({f"{VISION}.width": 16}, r"of shape \(16,\), .* got \(32,\) in .*model.safetensors"),
        ({f"{VISION}.width": 8}, "head_width of at most its width, 8, got 16"),
        ({f"{VISION}.layers": 3}, "Missing key"),
        ({f"{VISION}.layers": 1}, "Unexpected key"),
        ({f"{VISION}.layers": [1, 1, 1, 1]}, "parts that fit together|bytes|shape"),
        ({f"{VISION}.image_size": 4}, "patches of at most its image_size, 4, got 8"),
        ({f"{VISION}.image_size": 64}, r"positional_embedding of shape \(65, 32\), .* \(17, 32\)"),
        ({f"{VISION}.image_size": 4096, f"{VISION}.patch_size": 1}, "larger patches, got 1 with"),
        ({f"{VISION}.patch_size": 4}, r"of shape \(65, 32\), .* got \(17, 32\)"),
        ({f"{TEXT}.context_length": 77}, r"positional_embedding of shape \(77, 32\)"),
        ({f"{TEXT}.heads": 5}, "fit together, .* divisible"),
        ({f"{TEXT}.eos_id": 3}, "must end texts with the model's eos_id, 3, got"),
        ({f"{TEXT}.pool_type": "none"}, "vectors of one length"),
        ({f"{TEXT}.pool_type": "mean"}, "one of first, last, argmax, eos, none as text_cfg.pool"),
        ({f"{TEXT}.no_causal_mask": "false"}, "true or false as text_cfg.no_causal_mask"),
        ({f"{TEXT}.layers": 50, f"{TEXT}.width": 16384}, "[0-9]{12,} weights, got only"),
        ({f"{VISION}.timm_model_name": "vit_nonsense"}, "image tower that timm knows"),
        ({f"{VISION}.timm_model_name": "vit_tiny_patch16_224"}, "fit together, .* doesn't match"),
        ({f"{VISION}.timm_model_name": "test_convnext"}, "Missing key.*visual.trunk.stem"),
        ({"model_cfg.nonsense": 1}, "fit together, .* unexpected keyword argument 'nonsense'"),
        ({"model_cfg.vision_cfg": None}, "an object as vision_cfg, got None"),
        ({"model_cfg.init_logit_bias": -10}, "all its weights, got .* without logit_bias"),
        ({"model_cfg": []}, "an object as model_cfg"),
        ({"preprocess_cfg": [1]}, "an object as preprocess_cfg"),
        ({"preprocess_cfg.mean": [0.5]}, "three numbers .one for each channel"),
        ({"preprocess_cfg.mean": "grey"}, "three numbers .one for each channel"),
        ({"preprocess_cfg.mean": [0, 0, float("nan")]}, "three numbers .one for each channel"),
        ({"preprocess_cfg.std": [1, 1, 0]}, "three positive numbers"),
        ({"preprocess_cfg.std": [1, 1, 1, 1]}, "three positive numbers"),
        ({"preprocess_cfg.interpolation": "nearest"}, "one of bicubic, bilinear"),
        ({"preprocess_cfg.resize_mode": ["squash"]}, "one of shortest, longest, squash"),
        ({"preprocess_cfg.fill_color": -1}, "a whole number from 0 to 255"),
    ],
)
def test_entries_that_do_not_fit_are_refused(broken, entries, message):
    refused(broken(entries), f"model must .*{message}")


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (
            {"logit_scale": torch.tensor(1000.0)},
            "logarithm of a factor, from -20 to 20, got 1000",
        ),
        ({"logit_scale": torch.tensor(-torch.inf)}, "finite weights, got .* with others in logit"),
        ({"logit_scale": torch.ones(3)}, "weights and a tokenizer that load"),
        ({"visual.proj": torch.full((32, 24), torch.nan)}, "finite weights, .* visual.proj"),
        ({"visual.proj": torch.ones(32, 25)}, r"shape \(32, 24\), .* got \(32, 25\) in"),
        ({"visual.more": torch.ones(2)}, "Unexpected key.*visual.more"),
    ],
)
def test_weights_that_do_not_fit_are_refused(broken, weights, message):
    refused(broken(weights=weights), f"model must .*{message}")


def test_a_vocabulary_smaller_than_the_tokenizer_is_refused(broken):
    weights = {"token_embedding.weight": torch.ones(600, 32)}
    refused(broken({f"{TEXT}.vocab_size": 600}, weights), "embeddings, 600 in all, got 658")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "[" * 100_000, '{"model_cfg": {}}'])
def test_configurations_that_are_none_are_refused(broken, text):
    folder = broken()
    (folder / CONFIGURATION).write_text(text)
    refused(folder, "model must have .*open_clip_config.json")


def test_pipes_are_refused_and_not_read(broken):
    for name in (CONFIGURATION, "more.safetensors", "tokenizer.json"):
        folder = broken()
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)
        refused(f"local-dir:{folder}", f"nothing but files and folders, got .* with '{name}'")


ENTRIES = [
    *SIZES,
    *(
        f"{VISION}.{name}"
        for name in ("pool_type", "mlp_ratio", "attentional_pool", "patch_dropout")
    ),
    *(
        f"{VISION}.{name}"
        for name in ("ls_init_value", "output_tokens", "timm_model_name", "qk_norm")
    ),
    *(f"{TEXT}.{name}" for name in ("pool_type", "embed_cls", "pad_id", "eos_id", "proj_bias")),
    *(f"{TEXT}.{name}" for name in ("tokenizer_kwargs", "tokenizer_mode", "no_causal_mask")),
    *(f"preprocess_cfg.{name}" for name in ("mean", "std", "size", "mode", "resize_mode")),
    *("model_cfg.quick_gelu", "model_cfg.custom_text", "model_cfg.init_logit_scale"),
]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-4, 70),
    st.integers(2**12, 2**70),
    st.floats(),
    st.sampled_from(["", "avg", "tok", "none", "linear", "clips", "squash", "test_vit", "\n\0"]),
    st.lists(st.integers(-1, 40), max_size=4),
    st.dictionaries(st.sampled_from(["clean", "language", "eps"]), st.integers(0, 2)),
)


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(entries=st.dictionaries(st.sampled_from(ENTRIES), VALUES, min_size=1, max_size=2))
def test_any_entries_load_or_are_refused_in_one_line(broken, entries):
    folder = broken(entries)
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        game = VisionLanguageGame(load_encoder(folder), SCENE, CAPTION)
    except InputError as error:
        said = str(error)
    else:
        said = str(game.full_value)
        assert np.isfinite(game.full_value)
    assert "\n" not in said
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - largest < MAX_MEMORY / 1024


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
        ("open_clip:" + "x" * 5000, "model must be one of open_clip"),
        ("open_clip:ViT-B-32\n/openai", "model must be one of open_clip"),
        ("open_clip:ViT-B-32/\0", "model must name weights as in open_clip:ViT-B-32/TAG"),
        ("open_clip:ViT-B-32/" + "x" * 5000, "model must name weights as in"),
        ("open_clip:ViT-B-32/openai?quick_gelu=true", "model must name weights as in"),
        ("open_clip:ViT-B-32/.", "model must name weights as in"),
        ("local-dir:" + "x" * 300, "model must name an existing folder"),
    ],
)
def test_unknown_names_are_refused_with_those_that_are_known(name, message):
    with pytest.raises(InputError, match=message) as raised:
        read_outline(name)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1000
    with pytest.raises(InputError, match=message) as raised:
        load_encoder(name)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1000


def test_a_hub_that_cannot_be_reached_is_named():
    with pytest.raises(ResourceError, match="hub cannot be reached.*'hf-hub:nobody/nothing'"):
        read_outline("hf-hub:nobody/nothing")


@pytest.mark.parametrize("content", [b"", b"no weights", pickle.dumps([1, 2]), pickle.dumps({})])
@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".bin", ".npz", ""])
def test_files_that_are_no_checkpoints_are_refused(checkpoint, tmp_path, content, suffix):
    file = tmp_path / f"weights{suffix}"
    file.write_bytes(content)
    refused(checkpoint(file=file), "model must have .*weights.*, got .*/weights")
    file.write_bytes(content + b"\0" * 10**6)
    refused(checkpoint(file=file), "model must have weights .*, got 'open_clip:tiny/.*weights")


def test_pipes_are_no_checkpoints(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(f"open_clip:ViT-B-32/{tmp_path / 'pipe'}", "or a checkpoint file, got")


def test_weights_that_cannot_be_fetched_are_said():
    with pytest.raises(ResourceError, match="hub cannot be reached.*the model must have weights"):
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


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            [CenterCrop(32), ToTensor(), Normalize([0.5], [0.5])],
            "each of three channels, got 1 and 1",
        ),
        ([CenterCrop(32), ToTensor(), Normalize([0] * 3, [np.nan] * 3)], "finite numbers, got NaN"),
        ([CenterCrop(4), ToTensor(), Normalize([0] * 3, [1] * 3)], r"crop .* got \(4, 4\)"),
        ([CenterCrop(8), ToTensor(), Normalize([0] * 3, [1] * 3)], r"crop .* got \(8, 8\)"),
        ([CenterCrop(64), ToTensor(), Normalize([0] * 3, [1] * 3)], "pixels that the model takes"),
        ([CenterCrop(32), Normalize([0] * 3, [1] * 3)], "pixels that the model takes"),
    ],
)
def test_transforms_that_do_not_fit_are_refused(steps, message):
    model = random_open_clip("OpenCLIP ViT")
    with pytest.raises(InputError, match=f"preprocess must .*{message}") as raised:
        from_open_clip(model, open_clip_tokenizer(), preprocess=Compose(steps))
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"context_length": 2}, "split a text for the model, got an error .*at most 2 tokens"),
        ({"pad_token": None}, "split a text for the model, got an error .*padding token"),
    ],
)
def test_tokenizers_that_do_not_fit_are_refused(change, message):
    other = HFTokenizer(str(REFERENCE / "models" / "clip-32-8"), context_length=40)
    for name, value in change.items():
        setattr(other.tokenizer if "token" in name else other, name, value)
    model = random_open_clip("OpenCLIP ViT")
    with pytest.raises(InputError, match=f"tokenizer must .*{message}"):
        from_open_clip(model, other, preprocess=transform(model))


def test_tokens_without_embeddings_are_refused():
    tokenizer_ = HFTokenizer(str(REFERENCE / "models" / "clip-32-8"), context_length=40)
    tokenizer_.tokenizer.add_tokens(["<place>"])
    model = random_open_clip("OpenCLIP ViT")
    encoder = from_open_clip(model, tokenizer_, preprocess=transform(model))
    VisionLanguageGame(encoder, SCENE, CAPTION)
    with pytest.raises(InputError, match="text must have tokens of .* embeddings, got '<place>'"):
        VisionLanguageGame(encoder, SCENE, f"{CAPTION} <place>")


@pytest.mark.parametrize("scale", [1000.0, 89.0, float("nan"), float("-inf"), [1.0, 2.0]])
def test_logit_scales_that_are_no_number_are_refused(scale):
    model = copy.deepcopy(random_open_clip("OpenCLIP ViT"))
    model.logit_scale = torch.nn.Parameter(torch.tensor(scale))
    with pytest.raises(InputError, match="model must have .*logit_scale"):
        from_open_clip(model, open_clip_tokenizer(), preprocess=transform(model))
