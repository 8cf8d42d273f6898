"""What can be loaded, and what is refused in one line."""

import errno
import json
import math
import shutil
from types import SimpleNamespace

import numpy as np
import open_clip
import pytest
import torch
import transformers
from huggingface_hub import errors
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from small_models import (
    CAPTION,
    REFERENCE,
    REFERENCE_MODELS,
    SCENE,
    image_processor,
    random_model,
    tokenizer,
)

from shapiq_fixlip import (
    InputError,
    ResourceError,
    VisionLanguageGame,
    from_transformers,
    load_encoder,
)
from shapiq_fixlip.encoders.loading import model_identity, read_outline


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
        InputError, match="model must be 'demo', 'demo-siglip', 'demo-shortcut', a folder, an id"
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
    with pytest.raises(
        ResourceError,
        match="The Hugging Face hub cannot be reached.*'openai/clip-vit-base-patch32'",
    ):
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
        ({"compile": "yes"}, "compile must be True or False, got 'yes'"),
        ({"dtype": "int8"}, "dtype must be one of float32, .* got 'int8'"),
        ({"dtype": "float8_e5m2"}, "dtype must be one of float32, .* got 'float8_e5m2'"),
        (
            {"dtype": torch.float8_e4m3fn},
            "dtype must be one of float32, .* got torch.float8_e4m3fn",
        ),
        ({"dtype": "nonsense"}, "dtype must be .* got 'nonsense'"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    ],
)
def test_bad_options_are_refused_before_anything_is_loaded(options, message, monkeypatch):
    monkeypatch.setattr(transformers.AutoConfig, "from_pretrained", None)
    with pytest.raises(InputError, match=message):
        load_encoder("demo", **options)


NAN, INFINITY = math.nan, math.inf
MODEL, IMAGES, TOKENS = "config.json", "processor_config.json", "tokenizer_config.json"


def amend(file, path, value):
    """Set an entry of a JSON file; dots lead into it."""
    content = json.loads(file.read_text())
    *parents, name = path.split(".")
    entries = content
    for parent in parents:
        entries = entries[parent]
    entries[name] = value
    file.write_text(json.dumps(content))


def assert_refused_in_one_line(use, *arguments):
    with pytest.raises(InputError) as refused:
        use(*arguments)
    assert refused.value.argument == "model"
    assert "\n" not in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize(
    ("file", "entry", "value", "named"),
    [
        (
            MODEL,
            "vision_config.patch_size",
            0,
            "vision_config.patch_size in its",
        ),
        (MODEL, "vision_config.patch_size", -8, "from 1 to 4096"),
        (MODEL, "vision_config.patch_size", [8, 8], "[8, 8]"),
        (MODEL, "vision_config.image_size", 0, "image_size in its"),
        (MODEL, "vision_config.image_size", 200_000, "image_size in its"),
        (MODEL, "vision_config.image_size", 32.5, "32.5"),
        (MODEL, "vision_config.image_size", "32", "'32'"),
        (
            MODEL,
            "vision_config.num_hidden_layers",
            0,
            "num_hidden_layers in its",
        ),
        (MODEL, "text_config.num_hidden_layers", 10**9, "from 1 to 1000"),
        (MODEL, "text_config.hidden_size", "abc", "'abc'"),
        (MODEL, "text_config.hidden_size", 10**9, "hidden_size in its"),
        (MODEL, "text_config.hidden_size", True, "hidden_size"),
        (MODEL, "text_config.hidden_size", NAN, "nan"),
        (MODEL, "text_config.num_attention_heads", 3, "multiple of the number of attention heads"),
        (MODEL, "text_config.vocab_size", 2**30, "vocab_size in its"),
        (MODEL, "text_config.layer_norm_eps", NAN, "layer_norm_eps in its"),
        (
            MODEL,
            "vision_config.num_channels",
            1,
            "have 3 as vision_config.num_channels in its config.json, got 1",
        ),
        (MODEL, "vision_config.hidden_act", "nonsense", "nonsense"),
        (MODEL, "projection_dim", 0, "projection_dim in its"),
        (MODEL, "num_labels", 10**9, "num_labels"),
        (IMAGES, "image_processor.image_mean", [0.5], "one for each channel"),
        (IMAGES, "image_processor.image_mean", [0.5, NAN, 0.5], "image_mean"),
        (IMAGES, "image_processor.image_std", [0.5, 0.5, 0], "three positive numbers"),
        (IMAGES, "image_processor.image_std", ["a", "b", "c"], "image_std"),
        (IMAGES, "image_processor.size", {"shortest_edge": 0}, "from 1 to 4096 pixels"),
        (IMAGES, "image_processor.size", {"shortest_edge": 200_000}, "from 1 to 4096 pixels"),
        (IMAGES, "image_processor.size", {"nonsense": 32}, "shortest_edge"),
        (IMAGES, "image_processor.crop_size", {"height": 4, "width": 4}, "at least a patch, 8 x 8"),
        (IMAGES, "image_processor.crop_size", {"height": 900, "width": 900}, "at most 4 times"),
        (IMAGES, "image_processor.resample", 17, "a filter of Pillow"),
        (IMAGES, "image_processor.rescale_factor", 0, "rescale_factor in its"),
        (
            IMAGES,
            "image_processor.rescale_factor",
            INFINITY,
            "rescale_factor in its",
        ),
        (IMAGES, "image_processor.do_resize", "no", "true or false"),
        (TOKENS, "model_max_length", "77", "model_max_length in its"),
        (TOKENS, "model_max_length", 0, "model_max_length in its"),
        (TOKENS, "model_max_length", NAN, "model_max_length in its"),
    ],
)
def test_numbers_that_cannot_be_used_are_named_before_weights_are_loaded(
    folder, monkeypatch, file, entry, value, named
):
    monkeypatch.setattr(transformers.CLIPModel, "from_pretrained", None)
    amend(folder / file, entry, value)
    message = assert_refused_in_one_line(load_encoder, folder)
    assert file in message
    assert named in message
    assert message == assert_refused_in_one_line(read_outline, folder)


@pytest.mark.parametrize(
    ("entry", "value", "named"),
    [
        ("text_config.vocab_size", 600, "at most 600 tokens"),
        ("text_config.num_hidden_layers", 1, "no place for text_model.encoder.layers.1"),
        ("text_config.num_hidden_layers", 3, "without text_model.encoder.layers.2"),
        ("text_config.hidden_size", 2**16, "more than fit in the"),
        ("text_config.intermediate_size", 32, "mlp.fc1"),
        ("text_config.eos_token_id", 7, "different embeddings for different texts"),
    ],
)
def test_configurations_of_other_weights_are_refused(folder, entry, value, named):
    amend(folder / MODEL, entry, value)
    assert named in assert_refused_in_one_line(load_encoder, folder)


@pytest.mark.parametrize(
    ("weight", "value", "named"),
    [
        ("logit_scale", torch.tensor(1000.0), "logarithm of a factor, from -20 to 20, got 1000"),
        ("logit_scale", torch.tensor(NAN), "got nan"),
        ("logit_scale", torch.tensor([2.0, 3.0]), "logit_scale"),
        ("text_projection.weight", torch.full((32, 32), NAN), "finite embeddings, got NaN"),
        ("visual_projection.weight", torch.zeros(32, 32), "different embeddings for different im"),
        ("text_model.encoder.layers.7.weight", torch.zeros(2), "no place for text_model.enc"),
        ("visual_projection.bias", torch.zeros(32), "no place for visual_projection.bias"),
    ],
)
def test_weights_that_cannot_be_used_are_refused(folder, weight, value, named):
    weights = load_file(folder / "model.safetensors") | {weight: value}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert named in assert_refused_in_one_line(load_encoder, folder)


def test_weights_of_other_parts_and_constants_are_left_alone(folder):
    """As in the files of openai/clip-vit-base-patch32, which are older than transformers 5."""
    expected = VisionLanguageGame(load_encoder(folder), SCENE, CAPTION).full_value
    weights = load_file(folder / "model.safetensors")
    weights |= {
        "text_model.embeddings.position_ids": torch.arange(77)[None],
        "vision_model.embeddings.position_ids": torch.arange(17)[None],
        "classifier.weight": torch.zeros(2, 32),
        "text_model.pooler.dense.weight": torch.zeros(2, 2),
    }
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert VisionLanguageGame(load_encoder(folder), SCENE, CAPTION).full_value == expected


def test_tokenizers_that_panic_are_refused(tmp_path):
    """Rust's panics are no exceptions of the usual kind."""
    folder = shutil.copytree(REFERENCE / "models" / "siglip-32-8", tmp_path / "model")
    amend(folder / "tokenizer.json", "post_processor.special_tokens", {})
    message = assert_refused_in_one_line(load_encoder, folder)
    assert "tokenizer.json or tokenizer_config.json" in message


def test_texts_that_a_tokenizer_cannot_split_are_refused(tmp_path):
    folder = shutil.copytree(REFERENCE / "models" / "siglip-32-8", tmp_path / "model")
    amend(folder / "tokenizer.json", "model.unk_token", "nonsense")
    encoder = load_encoder(folder)
    with pytest.raises(InputError, match="text must be one that .* split, got 'a ☃' .*UNK"):
        encoder.text_tower.prepare("a ☃")


JSON_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 7, 64, 5000, 200_000, 10**9, 10**30, 0.5, 1e30, NAN, -INFINITY]),
    st.sampled_from(["", "abc", "3", [], [1], [0.5] * 3, {}, {"height": 0, "width": 1}]),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.lists(st.integers(-2, 40), max_size=3),
)


def paths(content, prefix=""):
    for name, value in content.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from paths(value, f"{prefix}{name}.")


ENTRIES = [
    (name, file, path)
    for name in ("clip-32-8", "siglip-32-8")
    for file in (MODEL, IMAGES, TOKENS)
    for path in paths(json.loads((REFERENCE / "models" / name / file).read_text()))
]


@settings(max_examples=40, deadline=10_000, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(ENTRIES), JSON_VALUES)
@pytest.mark.filterwarnings("ignore:.*")
def test_any_other_value_of_any_entry_works_or_is_refused(tmp_path_factory, entry, value):
    name, file, path = entry
    folder = tmp_path_factory.mktemp("model") / name
    shutil.copytree(REFERENCE / "models" / name, folder)
    amend(folder / file, path, value)
    try:
        game = VisionLanguageGame(load_encoder(folder, batch_size=4), SCENE, "a black dog")
    except InputError as refused:
        assert "\n" not in str(refused)  # noqa: PT017 - both ends are right
    else:
        assert np.isfinite([game.full_value, game.empty_value]).all()


def hub_error(kind, status=404):
    response = SimpleNamespace(status_code=status, headers={}, request=None)
    return kind("Something\nof the hub", response=response)


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (hub_error(errors.GatedRepoError, 403), "accept its licence .* `hf auth login`"),
        (hub_error(errors.RepositoryNotFoundError), "check the spelling"),
        (hub_error(errors.RevisionNotFoundError), "no such revision"),
        (hub_error(errors.HfHubHTTPError, 401), "does not permit it: log in with `hf auth login`"),
        (hub_error(errors.HfHubHTTPError, 403), "does not permit it"),
    ],
)
@pytest.mark.parametrize("use", [load_encoder, read_outline, model_identity])
def test_errors_of_the_hub_say_what_to_do(monkeypatch, use, error, advice):
    def refuse(*_arguments, **_options):
        raise error

    monkeypatch.setattr("shapiq_fixlip.encoders.repository.snapshot_download", refuse)
    with pytest.raises(InputError, match=f"model must be .*'some/model' .*{advice}") as refused:
        use("some/model")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "error",
    [errors.LocalEntryNotFoundError("x"), errors.OfflineModeIsEnabled("x"), ConnectionError("x")],
)
@pytest.mark.parametrize("use", [load_encoder, read_outline, model_identity])
def test_a_hub_that_cannot_be_reached_is_no_bad_input(monkeypatch, use, error):
    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr("shapiq_fixlip.encoders.repository.snapshot_download", fail)
    message = "hub cannot be reached: check the connection, or pass a folder; .*'some/model'"
    with pytest.raises(ResourceError, match=message) as refused:
        use("some/model")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left"), MemoryError(), torch.OutOfMemoryError("CUDA")],
)
@pytest.mark.parametrize("part", ["AutoConfig", "AutoTokenizer", "CLIPModel"])
def test_a_full_disk_and_too_little_memory_are_no_fault_of_the_model(monkeypatch, part, error):
    def refuse(*_arguments, **_options):
        raise error

    monkeypatch.setattr(getattr(transformers, part), "from_pretrained", refuse)
    with pytest.raises(type(error)) as raised:
        load_encoder(REFERENCE / "models" / "clip-32-8")
    assert raised.value is error


@pytest.mark.parametrize("use", [load_encoder, read_outline, model_identity])
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a" * 300, "got a text of 300 characters"),
        ("a/" * 2500, "got a text of 5000 characters"),
        ("a\nb", "got 'a.nb'"),
        ("a\0b", "must be the name of a model"),
        ("", "got ''"),
        ({}, "got {}"),
        (None, "got None"),
        (b"demo", "got b'demo'"),
        (transformers.CLIPModel, "got the class CLIPModel itself"),
        (REFERENCE / "models" / "clip-32-8" / "model.safetensors", "folder of a model, got the fi"),
        (
            str(REFERENCE / "models" / "clip-32-8" / "config.json"),
            "folder of a model, got the file",
        ),
    ],
)
def test_what_is_no_name_of_a_model_is_refused(use, name, problem):
    assert problem in assert_refused_in_one_line(use, name).replace("\\", ".")


def test_models_in_memory_find_their_processor(tmp_path):
    folder = REFERENCE / "models" / "clip-32-8"
    model = transformers.CLIPModel.from_pretrained(folder, dtype=torch.bfloat16)
    encoder = load_encoder(model)
    assert model.dtype == torch.bfloat16
    game = VisionLanguageGame(load_encoder(model, dtype="float32"), SCENE, CAPTION)
    loaded = VisionLanguageGame(load_encoder(folder, dtype="bfloat16"), SCENE, CAPTION)
    assert game.full_value == pytest.approx(loaded.full_value, abs=0.3)
    assert encoder.text_tower.batch_size == 16
    with pytest.raises(InputError, match="revision must be of a model on the hub, got 'main'"):
        load_encoder(model, revision="main")
    for name in ("config.json", "model.safetensors"):
        shutil.copy(folder / name, tmp_path)
    alone = transformers.CLIPModel.from_pretrained(tmp_path)
    assert "image processor that load" in assert_refused_in_one_line(load_encoder, alone)


def test_models_in_memory_without_a_place_ask_for_their_processor():
    message = assert_refused_in_one_line(load_encoder, random_model("CLIP"))
    assert "use from_transformers(model, processor)" in message


def test_other_models_in_memory_are_told_where_to_go():
    other = open_clip.CLIP(
        8, {"image_size": 8, "layers": 1, "width": 64}, {"width": 64, "layers": 1}
    )
    assert "from_open_clip(model, tokenizer)" in assert_refused_in_one_line(load_encoder, other)


def test_auto_is_the_fastest_device(monkeypatch):
    found = []
    monkeypatch.setattr(torch, "device", lambda name: found.append(name) or 1 / 0)
    for has_cuda, has_mps, device in ((1, 1, "cuda"), (0, 1, "mps"), (0, 0, "cpu")):
        monkeypatch.setattr(torch.cuda, "is_available", lambda has=has_cuda: bool(has))
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda has=has_mps: bool(has))
        with pytest.raises(InputError, match=f"device must be .* got '{device}'"):
            load_encoder("demo", device="auto")
        assert found.pop() == device


def test_processors_of_both_are_taken_apart():
    folder = REFERENCE / "models" / "clip-32-8"
    processor = transformers.AutoProcessor.from_pretrained(folder, backend="pil")
    model = transformers.CLIPModel.from_pretrained(folder)
    values = {
        VisionLanguageGame(from_transformers(model, *processors), SCENE, CAPTION).full_value
        for processors in (
            (processor,),
            (processor, processor),
            (processor, processor.tokenizer),
            (processor.image_processor, processor.tokenizer),
        )
    }
    assert values == {VisionLanguageGame(load_encoder(folder), SCENE, CAPTION).full_value}


@pytest.mark.parametrize(
    ("processors", "message"),
    [
        (("demo",), "tokenizer must be given, unless image_processor is a processor"),
        ((None,), "tokenizer must be given, unless"),
        ((None, tokenizer()), "image_processor must be an image processor .* got None"),
        ((tokenizer(), tokenizer()), "image_processor must be an image processor"),
        ((tokenizer(), image_processor("CLIP")), "tokenizer must be a tokenizer .* CLIPImagePr"),
        ((image_processor("CLIP"), "demo"), "tokenizer must be a tokenizer .* got 'demo'"),
        ((image_processor("SigLIP 2 NaFlex"), tokenizer()), "image_processor must make an image"),
    ],
)
def test_processors_that_do_not_fit_are_refused(processors, message):
    with pytest.raises(InputError, match=message):
        from_transformers(random_model("CLIP"), *processors)


@pytest.mark.parametrize("model", [transformers.CLIPModel, "demo", None, 3, torch.nn.Linear(1, 1)])
def test_what_is_no_dual_encoder_is_refused(model):
    with pytest.raises(InputError, match="model must be a"):
        from_transformers(model, image_processor("CLIP"), tokenizer())


def test_compiled_blocks_give_the_same_embeddings():
    folder = REFERENCE / "models" / "clip-32-8"
    encoders = [load_encoder(folder, compile=is_compiled) for is_compiled in (False, True)]
    of_plain, of_compiled = (
        [*encoder.image_tower.blocks, *encoder.text_tower.blocks] for encoder in encoders
    )
    assert all(block._compiled_call_impl for block in of_compiled)
    assert not any(block._compiled_call_impl for block in of_plain)
    plain, compiled = (VisionLanguageGame(encoder, SCENE, CAPTION) for encoder in encoders)
    coalitions = np.random.default_rng(0).random((40, plain.n_players)) < 0.5
    assert compiled(coalitions) == pytest.approx(plain(coalitions), abs=1e-3)


def test_what_cannot_be_compiled_is_refused(monkeypatch):
    def compile_later(block):
        def fail(*_, **__):
            raise RuntimeError("no compiler")  # noqa: TRY003 - as torch says it

        block._compiled_call_impl = fail

    monkeypatch.setattr(torch.nn.Module, "compile", compile_later)
    model = transformers.CLIPModel.from_pretrained(REFERENCE / "models" / "clip-32-8")
    with pytest.raises(InputError, match="compile must be False here, .* \\(no compiler\\)"):
        load_encoder(model, compile=True)
    found = model.get_text_features(input_ids=torch.tensor([[1, 2]]))
    assert found.pooler_output.isfinite().all()
