"""Every architecture of open_clip, by its name: small with random weights, and large by outline."""

import functools
import re

import open_clip
import pytest
import timm
from small_models import CAPTION, SCENE
from small_open_clip import kind, own_similarity, small_architecture, transform

from shapiq_fixlip import VisionLanguageGame, from_open_clip
from shapiq_fixlip.encoders.base import PatchTower
from shapiq_fixlip.encoders.loading import read_outline
from shapiq_fixlip.sides.images import load_image

NAMES = open_clip.list_models()
ONE_OF_EACH_KIND = sorted({kind(name): name for name in reversed(NAMES)}.values())

BY_PIXELS = re.compile(
    "convnext|EVA|RN|PE-Core|MobileCLIP-|MobileCLIP2-[BS]|swin|vit_relpos|ViTamin", re.NOFLAG
)
"""Names of image towers without tokens for patches of the image."""


@pytest.mark.parametrize("name", ONE_OF_EACH_KIND)
def test_full_coalition_is_the_plain_model(name):
    model, tokenizer = small_architecture(name)
    encoder = from_open_clip(model, tokenizer, preprocess=transform(model))
    game = VisionLanguageGame(encoder, SCENE, CAPTION)
    pixels = transform(model)(load_image(SCENE))[None]
    expected = own_similarity(model, pixels, tokenizer([CAPTION]))
    assert game.full_value == pytest.approx(expected, abs=2e-5)
    assert isinstance(encoder.image_tower, PatchTower) is not bool(BY_PIXELS.match(name))


@pytest.fixture(scope="module")
def built_once():
    """Models of timm without weights, which several architectures share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timm, "create_model", functools.cache(timm.create_model))
        yield


def weights_of(name, folder):
    """A tag, or a file if nothing is published; what is in it does not matter for an outline."""
    tags = open_clip.list_pretrained_tags_by_model(name)
    file = folder / "weights.bin"
    file.touch()
    return tags[0] if tags else file


@pytest.mark.usefixtures("built_once")
@pytest.mark.parametrize("name", NAMES)
def test_outlines_of_all_architectures_are_known_without_weights(name, tmp_path, monkeypatch):
    config = open_clip.get_model_config(name)
    vision, text = config["vision_cfg"], config["text_cfg"]
    if text.pop("hf_model_name", None):  # the configuration of its text tower is on the hub
        monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, name, config)
    outline = read_outline(f"open_clip:{name}/{weights_of(name, tmp_path)}")
    has_patches = not BY_PIXELS.match(name)
    patch, size = vision.get("patch_size", 16), vision["image_size"]
    if has_patches and "timm_model_name" in vision:
        patch, size = map(int, re.findall(r"\d+", vision["timm_model_name"])[-2:])
    assert outline.has_patches is has_patches
    assert outline.n_patches == ((size // patch) ** 2 if has_patches else None)
    assert outline.context_length == text.get("context_length", 77)
