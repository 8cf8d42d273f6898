"""Every dual encoder that the installed transformers has, and models that are unusual.

1. A class gives the model's own similarity, or is refused with a reason.
2. An embedding does not depend on the batch, or the model is used in a way in which it does not.
"""

import copy
import importlib
import shutil
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from small_models import (
    CAPTION,
    FAMILIES,
    REFERENCE,
    SCENE,
    image_processor,
    random_model,
    tokenizer,
)
from tokenizers import Tokenizer, models, pre_tokenizers

from shapiq_fixlip import InputError, VisionLanguageGame, from_transformers, load_encoder
from shapiq_fixlip.encoders.huggingface_towers import context_length
from shapiq_fixlip.encoders.loading import read_outline
from shapiq_fixlip.sides import TextSide

sys.path.append(str(Path(__file__).parent.parent / "benchmarks"))
every = importlib.import_module("models_transformers")

SUPPORTED = {
    "AltCLIPModel",
    "Aimv2Model",
    "BlipModel",
    "CLIPModel",
    "CLIPSegModel",
    "ChineseCLIPModel",
    "GroupViTModel",
    "MetaClip2Model",
    "OwlViTModel",
    "Owlv2Model",
    "Siglip2Model",
    "SiglipModel",
    "VisionTextDualEncoderModel",
}
CLASSES = every.dual_encoder_classes()


def test_every_supported_class_is_found():
    assert {model_class.__name__ for model_class in CLASSES} >= SUPPORTED


@pytest.mark.filterwarnings("ignore:.*drop_path:UserWarning")
@pytest.mark.parametrize("model_class", CLASSES, ids=lambda model_class: model_class.__name__)
def test_every_dual_encoder_is_its_model_or_is_refused(model_class):
    """If a new class fails, the benchmark's tables of sizes lack something that it needs."""
    row = every.row_of(model_class)
    if row.model in SUPPORTED:
        assert row.difference <= 1e-5
        assert bool(row.note) == (row.model == "Aimv2Model")
    elif np.isnan(row.difference):
        assert row.note.startswith("must be a dual encoder such as CLIP or SigLIP, got ")
        assert "which has no" in row.note
    else:
        assert row.difference <= 1e-4


@pytest.mark.parametrize(
    "model_class",
    [model_class for model_class in CLASSES if model_class.__name__ not in SUPPORTED],
    ids=lambda model_class: model_class.__name__,
)
def test_others_are_refused_by_their_configuration_alone(model_class, tmp_path):
    model_class.config_class().save_pretrained(tmp_path)
    for use in (load_encoder, read_outline):
        with pytest.raises(InputError, match="model must be a dual encoder such as CLIP"):
            use(tmp_path)


@pytest.fixture
def aimv2():
    return every.random_model(transformers.Aimv2Model)


def test_attention_that_depends_on_the_batch_is_replaced(aimv2):
    """AIMv2's text tower looks ahead unless something in the batch is hidden."""
    assert aimv2.config._attn_implementation == "sdpa"
    with pytest.warns(RuntimeWarning, match="a text .* in a batch.*'eager'") as warned:
        encoder = from_transformers(aimv2, image_processor("CLIP"), tokenizer(), batch_size=8)
    assert len(warned) == 1
    assert encoder.text_tower.batch_size == 8
    side = TextSide(encoder.text_tower, CAPTION)
    everything = np.ones((1, side.n_players), dtype=bool)
    others = np.random.default_rng(0).random((7, side.n_players)) < 0.5
    alone = TextSide(encoder.text_tower, CAPTION).embed(everything)
    assert side.embed(np.vstack([everything, others]))[:1] == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize("family", ["CLIP", "SigLIP"])
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_dynamic_quantization_is_used_one_input_at_a_time(family):
    linear = {torch.nn.Linear}
    model = copy.deepcopy(random_model(family))
    model = torch.ao.quantization.quantize_dynamic(model, linear, dtype=torch.qint8)
    with pytest.warns(RuntimeWarning, match="one at a time") as warned:
        encoder = from_transformers(model, image_processor(family), tokenizer())
    assert sum(w.category is RuntimeWarning for w in warned) == 1
    assert encoder.image_tower.batch_size == encoder.text_tower.batch_size == 1
    assert model.config._attn_implementation == "sdpa"
    game = VisionLanguageGame(encoder, SCENE, CAPTION)
    coalitions = np.random.default_rng(0).random((5, game.n_players)) < 0.5
    again = VisionLanguageGame(encoder, SCENE, CAPTION)
    assert game(coalitions)[2] == again(coalitions[2:3])[0]


class Mixing(torch.nn.Module):
    """A projection whose rows depend on something else."""

    def __init__(self, inner, mix):
        super().__init__()
        self.inner, self.mix = inner, mix

    def forward(self, rows):
        return self.mix(self.inner(rows))


def mixed(mix, part="visual_projection"):
    model = copy.deepcopy(random_model("CLIP"))
    setattr(model, part, Mixing(getattr(model, part), mix))
    return model


def test_rows_that_depend_on_others_are_embedded_alone():
    model = mixed(lambda rows: rows + rows.mean(dim=0))
    with pytest.warns(RuntimeWarning, match="an image another embedding .* one at a time"):
        encoder = from_transformers(model, image_processor("CLIP"), tokenizer())
    assert encoder.image_tower.batch_size == 1


@pytest.mark.parametrize("part", ["visual_projection", "text_projection"])
def test_embeddings_of_chance_are_refused(part):
    model = mixed(lambda rows: rows + torch.randn(rows.shape), part)
    with (
        torch.random.fork_rng(),
        pytest.raises(InputError, match="model must give an input the same values .* CLIPModel"),
    ):
        from_transformers(model, image_processor("CLIP"), tokenizer(), batch_size=4)


def test_models_that_raise_are_refused_in_one_line():
    def fail(_):
        message = "first line\nsecond line"
        raise RuntimeError(message)

    with pytest.raises(InputError, match=r"embed an image and a text \(first line second line\)"):
        from_transformers(mixed(fail), image_processor("CLIP"), tokenizer())


def test_too_little_memory_is_no_fault_of_the_model():
    def fail(_):
        raise torch.OutOfMemoryError

    with pytest.raises(torch.OutOfMemoryError):
        from_transformers(mixed(fail), image_processor("CLIP"), tokenizer())


def test_another_similarity_than_the_models_own_is_refused(monkeypatch):
    monkeypatch.setattr("shapiq_fixlip.encoders.huggingface.scale_and_bias", lambda _: (3.0, 1.0))
    with pytest.raises(InputError, match="another similarity than its embeddings and its scale"):
        from_transformers(random_model("CLIP"), image_processor("CLIP"), tokenizer())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
@pytest.mark.parametrize("family", FAMILIES)
def test_rounding_is_no_difference(family, dtype):
    model = copy.deepcopy(random_model(family)).to(dtype)
    state = torch.get_rng_state()
    encoder = from_transformers(model, image_processor(family), tokenizer(), batch_size=5)
    assert encoder.image_tower.batch_size == encoder.text_tower.batch_size == 5
    assert model.config._attn_implementation == "sdpa"
    assert torch.equal(torch.get_rng_state(), state)


def test_the_check_costs_a_few_passes(monkeypatch):
    model, rows = copy.deepcopy(random_model("CLIP")), []
    model.vision_model.register_forward_pre_hook(
        lambda *hooked: rows.append(len(hooked[2]["pixel_values"])), with_kwargs=True
    )
    embed = model.vision_model.encoder.forward
    monkeypatch.setattr(
        model.vision_model.encoder,
        "forward",
        lambda inputs_embeds, **others: (
            rows.append(len(inputs_embeds)) or embed(inputs_embeds=inputs_embeds, **others)
        ),
    )
    started = time.perf_counter()
    from_transformers(model, image_processor("CLIP"), tokenizer())
    assert sum(rows) <= 4
    assert time.perf_counter() - started < 5


def cased_tokenizer():
    """As that of SigLIP 2's files at a fixed resolution: Gemma's, which keeps capitals."""
    tokens = {"pad_token": "<pad>", "eos_token": "<eos>", "unk_token": "<unk>"}
    words = [*tokens.values(), "a", "A", "dog", "Dog"]
    vocabulary = {word: number for number, word in enumerate(words)}
    inner = Tokenizer(models.WordLevel(vocabulary, tokens["unk_token"]))
    inner.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=inner, **tokens)


@pytest.mark.parametrize("family", ["SigLIP", "SigLIP 2 NaFlex"])
def test_capitals_are_told_to_a_siglip_that_keeps_them(family):
    encoder = from_transformers(random_model(family), image_processor(family), cased_tokenizer())
    with pytest.warns(UserWarning, match="trained on texts in lower case.* got 'A dog'"):
        text = encoder.text_tower.prepare("A dog")
    assert text.ids[0, 0] == 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        encoder.text_tower.prepare("Dog")  # it is said once
        others = from_transformers(random_model(family), image_processor(family), cased_tokenizer())
        others.text_tower.prepare("a dog")


@pytest.mark.parametrize("family", ["CLIP", "SigLIP"])
def test_capitals_are_no_matter_to_tokenizers_of_lower_case(family):
    encoder = from_transformers(random_model(family), image_processor(family), tokenizer())
    encoder.text_tower.prepare("A Dog")


LETTERS = {letter: 5 + place for place, letter in enumerate("▁aAdDoOgG")}
GEMMA = {"<pad>": 0, "<eos>": 1, "<bos>": 2, "<unk>": 3, "<mask>": 4, **LETTERS}


def test_files_of_siglip_2_at_a_fixed_resolution_keep_capitals(tmp_path):
    """Their type is SigLIP's and their tokenizer Gemma's, which transformers takes as it is."""
    folder = shutil.copytree(REFERENCE / "models" / "siglip2-32-8", tmp_path / "model")
    transformers.GemmaTokenizer(GEMMA, [], model_max_length=64).save_pretrained(folder)
    loaded = transformers.AutoTokenizer.from_pretrained(folder)
    assert type(loaded) is transformers.GemmaTokenizer
    assert loaded("A")["input_ids"] != loaded("a")["input_ids"]
    with pytest.warns(UserWarning, match="in lower case"):
        load_encoder(folder).text_tower.prepare("A dog")


def test_the_tokenizer_of_siglip_2_with_naflex_lowers_capitals():
    lowering = transformers.Siglip2Tokenizer(GEMMA, [], model_max_length=40)
    family = "SigLIP 2 NaFlex"
    tower = from_transformers(random_model(family), image_processor(family), lowering).text_tower
    assert torch.equal(tower.prepare("A DOG").ids, tower.prepare("a dog").ids)


def test_tokens_without_an_embedding_are_refused():
    larger = copy.deepcopy(tokenizer())
    larger.add_tokens(["hydrangea"])
    encoder = from_transformers(random_model("CLIP"), image_processor("CLIP"), larger)
    with pytest.raises(InputError, match="got 659 embeddings and a token with the id 659"):
        VisionLanguageGame(encoder, SCENE, "a hydrangea").full_value  # noqa: B018 - it embeds


def test_positions_that_begin_late_leave_less_room():
    """XLM-RoBERTa's first position follows the number of its padding."""
    encoder = from_transformers(
        random_model("AltCLIP"), image_processor("AltCLIP"), tokenizer(), batch_size=4
    )
    assert context_length(random_model("AltCLIP").config.text_config) == 39
    assert VisionLanguageGame(encoder, SCENE, "dog " * 37).n_players_text == 37
    with pytest.raises(InputError, match=r"text must have at most 39 tokens, .* got 40"):
        VisionLanguageGame(encoder, SCENE, "dog " * 38)


@pytest.mark.parametrize(
    ("options", "mean", "std"),
    [
        ({}, (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)),
        ({"do_normalize": False}, (0, 0, 0), (1, 1, 1)),
        ({"do_normalize": False, "do_rescale": False}, (0, 0, 0), (1 / 255,) * 3),
        ({"rescale_factor": 1 / 127.5, "image_mean": [1] * 3, "image_std": [1] * 3}, 0.5, 0.5),
    ],
)
def test_pictures_are_shown_as_they_were(options, mean, std):
    """What is shown is computed back from what the processor does."""
    size = {"height": 32, "width": 32}
    processor = type(image_processor("CLIP"))(size=size, crop_size=size, **options)
    encoder = from_transformers(random_model("CLIP"), processor, tokenizer())
    pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    game = VisionLanguageGame(encoder, pixels, CAPTION)
    assert (game.image_side.image == pixels).all()
    prepared = game.image_side.prepared
    assert np.array(prepared.mean) == pytest.approx(np.broadcast_to(mean, 3))
    assert np.array(prepared.std) == pytest.approx(np.broadcast_to(std, 3))
