"""What can be loaded, and what is refused in one line."""

import json
import shutil

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from small_models import (
    REFERENCE,
    REFERENCE_MODELS,
    image_processor,
    tokenizer,
)

from shapiq_fixlip import InputError, from_transformers, load_encoder


@pytest.mark.parametrize("name", REFERENCE_MODELS)
def test_folders_load(name):
    encoder = load_encoder(REFERENCE / "models" / name, batch_size=8)
    assert encoder.logit_scale == pytest.approx(20)
    assert encoder.logit_bias == (0 if name.startswith("clip") else -3)
    assert encoder.text_tower.tokenizer.context_length == (77 if name.startswith("clip") else 64)


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "model"
    shutil.copytree(REFERENCE / "models" / "clip-32-8", copy)
    return copy


def test_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(InputError, match="model must have weights, a tokenizer and"):
        load_encoder(folder)


def test_folder_with_broken_weights_is_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(InputError, match="model must have weights, a tokenizer and"):
        load_encoder(folder)


def test_folder_with_some_weights_missing_is_refused(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(
        InputError, match="all its weights, got .* without visual_projection.weight"
    ):
        load_encoder(folder)


def test_folder_without_a_tokenizer_is_refused(folder):
    for file in folder.glob("tokenizer*"):
        file.unlink()
    with pytest.raises(InputError, match="model must have a tokenizer, got .* without its voc"):
        load_encoder(folder)


def test_model_that_is_no_dual_encoder_is_refused(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(
        InputError, match="must be a dual encoder .* which holds a model of type 'bert'"
    ):
        load_encoder(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        None,
        "{",
        "{}",
        '{"model_type": "nonsense"}',
        '{"model_type": "clip", "text_config": {"hidden_size": "abc"}}',
    ],
)
def test_folder_that_holds_no_model_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "config.json").write_text(content)
    with pytest.raises(
        InputError, match="model must be 'demo', 'demo-siglip', a folder, an id"
    ) as refused:
        load_encoder(tmp_path)
    assert "\n" not in str(refused.value)


def test_model_types_of_several_classes_are_no_dual_encoders(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "funnel"}')
    with pytest.raises(InputError, match="model must be a dual encoder .* of type 'funnel'"):
        load_encoder(tmp_path)


@pytest.mark.parametrize(
    ("config", "lacking"),
    [
        (transformers.AlignConfig, "logit_scale"),
        (transformers.FlavaConfig, "config.vision_config"),
    ],
)
def test_models_without_what_a_dual_encoder_needs_are_refused(config, lacking):
    with torch.device("meta"):
        model = transformers.AutoModel.from_config(config())
    with pytest.raises(InputError, match=f"model must be a dual encoder .* no {lacking}"):
        from_transformers(model, image_processor("CLIP"), tokenizer())


def test_broken_tokenizer_is_named(tmp_path):
    folder = shutil.copytree(REFERENCE / "models" / "clip-32-8", tmp_path / "model")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(InputError, match="model must have weights, a tokenizer and"):
        load_encoder(folder)


def test_half_precision_does_not_round_the_scale():
    folder = REFERENCE / "models" / "clip-32-8"
    full, half = (load_encoder(folder, dtype=dtype) for dtype in ("float32", "bfloat16"))
    assert half.logit_scale == full.logit_scale


def test_hub_that_cannot_be_reached_is_named():
    with pytest.raises(InputError, match="'openai/clip-vit-base-patch32'"):
        load_encoder("openai/clip-vit-base-patch32")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"device": "abacus"},
            "device must be a device that torch can use on this machine, got 'abacus'",
        ),
        (
            {"device": "meta"},
            "device must be a device that torch can use on this machine, got 'meta'",
        ),
        ({"dtype": "int8"}, "dtype must be a floating-point type .* got 'int8'"),
        ({"dtype": "nonsense"}, "dtype must be .* got 'nonsense'"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    ],
)
def test_bad_options_are_refused_before_anything_is_loaded(options, message, monkeypatch):
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", None)
    with pytest.raises(InputError, match=message):
        load_encoder("demo", **options)
