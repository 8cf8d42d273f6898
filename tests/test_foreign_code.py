"""Models that bring code along: none of it runs, and one line says so."""

import io
import json
import pickle
import shutil
import sys
import threading
from contextlib import contextmanager, suppress
from pathlib import Path

import huggingface_hub
import open_clip
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file
from small_models import CAPTION, REFERENCE, SCENE
from small_open_clip import random_open_clip

from shapiq_fixlip import InputError, ResourceError, VisionLanguageGame, load_encoder
from shapiq_fixlip.encoders import loading_open_clip, repository
from shapiq_fixlip.encoders.foreign_code import check_no_foreign_code, no_questions
from shapiq_fixlip.encoders.loading import model_identity, read_outline
from shapiq_fixlip.files import file_digest

TRANSFORMERS = REFERENCE / "models" / "clip-32-8"
NAMES_CODE = "model must need no code of its own, which is never run, and no parts of other"
ENTRIES = ("auto_map", "trust_remote_code", "attn_implementation", "backbone")
FIRST, SECOND = "1" * 40, "2" * 40  # commits


@pytest.fixture
def trace(tmp_path):
    """The file that appears when code of a model runs."""
    return tmp_path / "trace"


def write_code(folder, trace):
    """A module with whatever a configuration may name, which leaves a trace."""
    (folder / "evil.py").write_text(
        f"import pathlib\npathlib.Path({str(trace)!r}).touch()\n"
        "from transformers import CLIPConfig as Config, CLIPModel as Model\n"
        "from transformers import CLIPTokenizerFast as Tokenizer, CLIPImageProcessor as Processor\n"
    )


def amend(file, **entries):
    known = json.loads(file.read_text()) if file.exists() else {}
    file.write_text(json.dumps({**known, **entries}))


class Evil:
    """A pickle that leaves a trace when it is opened."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def of_transformers(folder, trace):
    shutil.copytree(TRANSFORMERS, folder)
    write_code(folder, trace)
    return folder


def of_open_clip(folder, trace, *, text=(), vision=()):
    """A model as open_clip saves it."""
    folder.mkdir()
    write_code(folder, trace)
    model = random_open_clip("OpenCLIP ViT")
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    for file in TRANSFORMERS.glob("*token*"):
        shutil.copy(file, folder)
    texts = {"context_length": 40, "vocab_size": 659, "width": 32, "heads": 2, "layers": 2}
    texts |= {"pool_type": "eos", "eos_id": 658, "hf_tokenizer_name": "x/y", **dict(text)}
    images = {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16}
    config = {"embed_dim": 24, "vision_cfg": {**images, **dict(vision)}, "text_cfg": texts}
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    return folder


def config(folder, trace):
    auto_map = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    amend(of_transformers(folder, trace) / "config.json", model_type="evil", auto_map=auto_map)


def known_config(folder, trace):
    auto_map = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model"}
    amend(of_transformers(folder, trace) / "config.json", auto_map=auto_map)


def tokenizer(folder, trace):
    file = of_transformers(folder, trace) / "tokenizer_config.json"
    amend(file, tokenizer_class="Own", auto_map={"AutoTokenizer": [None, "evil.Tokenizer"]})


def with_preprocessor(folder, trace, **entries):
    """A model whose image processor has a file of its own, as they had before processors."""
    parts = of_transformers(folder, trace) / "processor_config.json"
    known = json.loads(parts.read_text())["image_processor"]
    parts.unlink()
    amend(folder / "preprocessor_config.json", **{**known, **entries})
    return folder


def image_processor(folder, trace):
    auto_map = {"AutoImageProcessor": "evil.Processor"}
    with_preprocessor(folder, trace, image_processor_type="Own", auto_map=auto_map)


def feature_extractor(folder, trace):
    auto_map = {"AutoFeatureExtractor": "evil.Processor"}
    with_preprocessor(folder, trace, image_processor_type=None, auto_map=auto_map)


def processor(folder, trace):
    file = of_transformers(folder, trace) / "processor_config.json"
    amend(file, auto_map={"AutoProcessor": "evil.Processor"})


def kernel(folder, trace):
    amend(of_transformers(folder, trace) / "config.json", attn_implementation="evil/kernel@main")


def flash(folder, trace):
    """Where flash attention is not installed, transformers takes a kernel of the hub for it."""
    file = of_transformers(folder, trace) / "config.json"
    amend(file, attn_implementation={"vision_config": "sdpa", "text_config": "flash_attention_2"})


def backbone(folder, trace):
    file = of_transformers(folder, trace) / "config.json"
    amend(file, vision_config={"model_type": "dpt", "backbone": "evil/backbone"})


def open_clip_kwargs(folder, trace):
    of_open_clip(folder, trace, text={"tokenizer_kwargs": {"trust_remote_code": True}})
    auto_map = {"AutoTokenizer": [None, "evil.Tokenizer"]}
    amend(folder / "tokenizer_config.json", tokenizer_class="Own", auto_map=auto_map)


def open_clip_tokenizer(folder, trace):
    of_open_clip(folder, trace)
    auto_map = {"AutoTokenizer": [None, "evil.Tokenizer"]}
    amend(folder / "tokenizer_config.json", tokenizer_class="Own", auto_map=auto_map)


def open_clip_text_tower(folder, trace):
    tower = folder.parent / "tower"
    config(tower, trace)
    of_open_clip(folder, trace, text={"hf_model_name": str(tower)})


NAMED = (
    *(config, known_config, tokenizer, image_processor, feature_extractor, processor),
    *(kernel, flash, backbone, open_clip_kwargs, open_clip_tokenizer, open_clip_text_tower),
)


def open_clip_timm(folder, trace):
    of_open_clip(folder, trace, vision={"timm_model_name": f"local-dir:{folder}"})
    amend(folder / "config.json", architecture="test_vit", pretrained_cfg={})
    torch.save(Evil(trace), folder / "pytorch_model.bin")


def pickled(folder, trace):
    (of_transformers(folder, trace) / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Evil(trace), protocol=2))


def saved(folder, trace):
    (of_transformers(folder, trace) / "model.safetensors").unlink()
    torch.save({"a": Evil(trace)}, folder / "pytorch_model.bin")


def open_clip_pickled(folder, trace):
    (of_open_clip(folder, trace) / "open_clip_model.safetensors").unlink()
    (folder / "open_clip_pytorch_model.bin").write_bytes(pickle.dumps(Evil(trace), protocol=2))


OTHERS = {
    open_clip_timm: "model must have an image tower that timm knows",
    pickled: "or in a pickle of nothing but weights",
    saved: "or in a pickle of nothing but weights",
    open_clip_pickled: "or in a pickle of nothing but weights",
}


@contextmanager
def nothing_is_told(trace):
    """Expect one line instead of a model, and no trace of its code."""
    with pytest.raises(InputError) as refused:
        yield refused
    assert "\n" not in str(refused.value)
    assert not trace.exists()


@pytest.fixture(params=["y\n" * 9, ""], ids=["yes", "silence"])
def answer(request, monkeypatch):
    """What is on standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(request.param))
    return request.param


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize("make", NAMED)
def test_code_is_refused_by_name(make, tmp_path, trace):
    make(tmp_path / "model", trace)
    for use in (load_encoder, model_identity):
        with nothing_is_told(trace) as refused:
            use(tmp_path / "model")
        assert NAMES_CODE in str(refused.value)
        assert "pass it to from_transformers or from_open_clip" in str(refused.value)
        assert any(name in str(refused.value) for name in ENTRIES)


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize("make", OTHERS)
def test_what_would_run_code_is_refused(make, tmp_path, trace):
    make(tmp_path / "model", trace)
    is_of_open_clip = "open_clip" in make.__name__  # whatever is beside its configuration
    with nothing_is_told(trace) as refused:
        load_encoder(f"{'local-dir:' if is_of_open_clip else ''}{tmp_path / 'model'}")
    assert OTHERS[make] in str(refused.value)


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize("make", NAMED)
def test_libraries_would_not_run_it_either(make, tmp_path, trace, monkeypatch):
    """The same without the look into the configuration, as if a library read other files."""
    monkeypatch.setattr(repository, "check_no_foreign_code", lambda *_: None)
    make(tmp_path / "model", trace)
    with suppress(InputError):  # some libraries go on without the code
        load_encoder(tmp_path / "model")
    assert not trace.exists()


def test_the_folders_would_run_code_for_those_who_trust_them(tmp_path, trace, monkeypatch):
    """The traps are real: otherwise nothing is shown by their silence."""
    monkeypatch.setattr(transformers.dynamic_module_utils, "HF_MODULES_CACHE", tmp_path / "modules")
    monkeypatch.setattr("sys.path", [*sys.path])
    for known in ("CLIPConfig", "CLIPTokenizerFast", "CLIPImageProcessor"):
        # is set when they come from a module in a folder, and would break later tests that save
        monkeypatch.setattr(getattr(transformers, known), "_auto_class", None)
    options = {"trust_remote_code": True}
    loaders = {
        config: transformers.AutoConfig.from_pretrained,
        tokenizer: transformers.AutoTokenizer.from_pretrained,
        image_processor: transformers.AutoImageProcessor.from_pretrained,
        feature_extractor: transformers.AutoFeatureExtractor.from_pretrained,
    }
    for make, load in loaders.items():
        folder = tmp_path / make.__name__
        make(folder, trace)
        load(folder, **options)
        assert trace.exists()
        trace.unlink()
    open_clip_kwargs(tmp_path / "kwargs", trace)
    open_clip.get_tokenizer(f"local-dir:{tmp_path / 'kwargs'}")
    assert trace.exists()
    trace.unlink()
    pickle.loads(pickle.dumps(Evil(trace)))  # noqa: S301 - our own
    assert trace.exists()


def test_a_checkpoint_file_is_opened_for_weights_only(tmp_path, trace, monkeypatch):
    folder = of_open_clip(tmp_path / "model", trace)
    known = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    del known["text_cfg"]["hf_tokenizer_name"]  # so that nothing but the weights is at fault
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", known)
    for name in ("evil.pt", "evil.bin"):
        torch.save(Evil(trace), tmp_path / name)
        with nothing_is_told(trace):
            load_encoder(f"open_clip:tiny/{tmp_path / name}")


@pytest.mark.parametrize("make", [config, open_clip_kwargs, pickled, open_clip_pickled])
def test_the_command_says_so_in_one_line(make, tmp_path, trace, run):
    make(tmp_path / "model", trace)
    code, out, err = run("explain", SCENE, CAPTION, "--model", tmp_path / "model", "--quiet")
    assert code == 2
    assert err.startswith("Error: --model must ")
    assert NAMES_CODE in err or "in a pickle of nothing but weights" in err
    assert (out, err.count("\n")) == ("", 1)
    assert not trace.exists()
    assert not (tmp_path / "explanation").exists()


@pytest.mark.parametrize(
    "entries",
    [
        {"auto_map": {}},
        {"auto_map": None},
        {"trust_remote_code": False},
        {"attn_implementation": "sdpa"},
        {"attn_implementation": None},
        {"backbone": "resnet50"},
        {"backbone": {"type": "a/b"}},
        {"attn_implementation": "paged|sdpa"},
        {"attn_implementation": {"text_config": "sdpa", "vision_config": "eager"}},
        {"text": "auto_map"},
    ],
)
def test_what_names_nothing_is_allowed(entries, tmp_path):
    amend(tmp_path / "config.json", **entries)
    check_no_foreign_code(tmp_path, "m")
    amend(tmp_path / "config.json", added={"auto_map": {"AutoModel": "a.B"}})  # which is found
    with pytest.raises(InputError, match="'m', whose config.json has 'auto_map'"):
        check_no_foreign_code(tmp_path, "m")


@pytest.mark.parametrize("kernel", [["a"], {"text_config": {"x": 1}}, "a/b", "flash_attention_3"])
def test_kernels_of_others_are_refused(kernel, tmp_path):
    amend(tmp_path / "config.json", attn_implementation=kernel)
    with pytest.raises(InputError, match="'m', whose config.json has 'attn_implementation'"):
        check_no_foreign_code(tmp_path, "m")


@pytest.mark.parametrize("name", ["config.json", "config.5.0.json", "tokenizer_config.json"])
def test_code_is_found_at_any_depth(name, tmp_path):
    amend(tmp_path / name, text_config=[{"vision": {"auto_map": {"AutoConfig": "a.B"}}}])
    with pytest.raises(InputError, match=f"'m', whose {name} has 'auto_map'"):
        check_no_foreign_code(tmp_path, "m")


def test_what_is_no_json_is_left_to_the_libraries(tmp_path):
    (tmp_path / "config.json").write_text("{")
    (tmp_path / "config.a.json").write_text("[" * 100_000)
    (tmp_path / "config.b.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "config.c.json").mkdir()
    (tmp_path / "config.d.json").symlink_to("nowhere")
    check_no_foreign_code(tmp_path, "m")
    amend(tmp_path / "config.e.json", auto_map={"AutoModel": "a.B"})  # the others are still read
    with pytest.raises(InputError, match="'m', whose config.e.json has 'auto_map'"):
        check_no_foreign_code(tmp_path, "m")


def test_files_that_no_library_reads_may_say_anything(tmp_path, trace):
    folder = of_transformers(tmp_path / "model", trace)
    amend(folder / "training_config.json", trust_remote_code=True)
    load_encoder(folder)
    folder = of_open_clip(tmp_path / "open_clip", trace)
    amend(folder / "config.json", auto_map={"AutoModel": "evil.Model"})
    load_encoder(f"local-dir:{folder}")
    assert not trace.exists()


def test_nobody_is_asked(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("asked"))
    resolve = transformers.dynamic_module_utils.resolve_trust_remote_code
    before = transformers.dynamic_module_utils.TIME_OUT_REMOTE_CODE
    ended, resolved = threading.Event(), []

    def load_beside():
        with no_questions():
            ended.wait()
            with suppress(ValueError):
                resolved.append(
                    resolve(None, "some/model", has_local_code=False, has_remote_code=True)
                )

    other = threading.Thread(target=load_beside)
    other.start()
    with no_questions(), pytest.raises(ValueError, match="execute"):
        resolve(None, "some/model", has_local_code=False, has_remote_code=True)
    ended.set()
    other.join()
    assert not resolved
    assert before == transformers.dynamic_module_utils.TIME_OUT_REMOTE_CODE


# --- the hub, as far as a copy of it tells -------------------------------------------------------


def publish(cache, name, folder, commit, *branches):
    """Put a folder where the hub's own library keeps what it has fetched."""
    place = cache / f"models--{name.replace('/', '--')}"
    shutil.copytree(folder, place / "snapshots" / commit)
    (place / "refs").mkdir(exist_ok=True)
    for branch in branches:
        (place / "refs" / branch).write_text(commit)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    cache = tmp_path / "hub"
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    return cache


def value(encoder):
    return VisionLanguageGame(encoder, SCENE, CAPTION).full_value


def test_models_of_the_hub_are_loaded_at_one_commit(hub, tmp_path, trace):
    other = with_preprocessor(tmp_path / "other", trace, image_mean=[0, 0, 0])
    publish(hub, "some/clip", other, FIRST, "old")
    publish(hub, "some/clip", TRANSFORMERS, SECOND, "main")
    assert model_identity("some/clip") == {"revision": SECOND}
    assert model_identity("some/clip", revision="old") == {"revision": FIRST}
    assert value(load_encoder("some/clip")) == value(load_encoder(TRANSFORMERS))
    for revision in ("old", FIRST):
        assert value(load_encoder("some/clip", revision=revision)) == value(load_encoder(other))
        assert read_outline("some/clip", revision=revision).n_patches == 16
    with pytest.raises(ResourceError, match="'some/clip'"):
        load_encoder("some/clip", revision="none")


def test_open_clip_models_of_the_hub_are_loaded_at_one_commit(hub, tmp_path, trace):
    folder = of_open_clip(tmp_path / "model", trace)
    publish(hub, "some/model", folder, FIRST, "main", "old")
    assert model_identity("hf-hub:some/model") == {"revision": FIRST}
    expected = value(load_encoder(folder))
    assert value(load_encoder("hf-hub:some/model")) == expected
    weights = random_open_clip("OpenCLIP ViT").state_dict()
    weights["logit_scale"] = weights["logit_scale"] + 1
    save_file(weights, folder / "open_clip_model.safetensors")
    publish(hub, "some/model", folder, SECOND, "main")
    assert value(load_encoder("hf-hub:some/model", revision="old")) == expected
    assert value(load_encoder("hf-hub:some/model")) == value(load_encoder(folder)) != expected


def test_all_of_a_model_is_of_its_revision(hub, tmp_path, trace):
    """Other commits name other tokenizers, which count for nothing."""
    of_transformers(tmp_path / "toka", trace)
    tokenizer(tmp_path / "tokb", trace)
    publish(hub, "some/toka", tmp_path / "toka", FIRST, "main")
    publish(hub, "evil/tokb", tmp_path / "tokb", FIRST, "main")
    for commit, branch, name in ((FIRST, "old", "some/toka"), (SECOND, "main", "evil/tokb")):
        folder = of_open_clip(tmp_path / branch, trace, text={"hf_tokenizer_name": name})
        for file in folder.glob("*token*"):
            file.unlink()
        publish(hub, "some/model", folder, commit, branch)
    expected = value(load_encoder(of_open_clip(tmp_path / "model", trace)))
    assert value(load_encoder("hf-hub:some/model", revision="old")) == expected
    assert "some/toka/revision" in model_identity("hf-hub:some/model", revision="old")
    with nothing_is_told(trace):
        load_encoder("hf-hub:some/model")


@pytest.mark.usefixtures("hub")
def test_the_hub_is_not_a_folder(tmp_path, trace, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "some").mkdir()
    of_open_clip(tmp_path / "some" / "model", trace)
    load_encoder("some/model")
    for name in ("hf-hub:some/model", "hf-hub:", "local-dir:", "open_clip:hf-hub:"):
        with pytest.raises((InputError, ResourceError), match="model must"):
            load_encoder(name)


def test_a_tokenizer_may_be_in_another_repository(hub, tmp_path, trace):
    folder = of_open_clip(tmp_path / "model", trace, text={"hf_tokenizer_name": "some/tokenizer"})
    expected = value(load_encoder(folder))
    for file in folder.glob("*token*"):
        file.unlink()
    publish(hub, "some/model", folder, FIRST, "main")
    publish(hub, "some/tokenizer", TRANSFORMERS, SECOND, "main")
    assert value(load_encoder("hf-hub:some/model")) == expected
    assert model_identity("hf-hub:some/model") == {
        "revision": FIRST,
        "some/tokenizer/revision": SECOND,
    }


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize("make", NAMED)
def test_code_of_the_hub_is_refused_by_name(make, hub, tmp_path, trace):
    make(tmp_path / "model", trace)
    is_of_open_clip = (tmp_path / "model" / "open_clip_config.json").exists()
    publish(hub, "some/model", tmp_path / "model", FIRST, "main")
    with nothing_is_told(trace) as refused:
        load_encoder("hf-hub:some/model" if is_of_open_clip else "some/model")
    assert NAMES_CODE in str(refused.value)


def test_code_of_another_repository_is_refused(hub, tmp_path, trace):
    tokenizer(tmp_path / "tokenizer", trace)
    publish(hub, "evil/tokenizer", tmp_path / "tokenizer", FIRST, "main")
    folder = of_open_clip(tmp_path / "model", trace, text={"hf_tokenizer_name": "evil/tokenizer"})
    for file in folder.glob("*token*"):
        file.unlink()
    publish(hub, "some/model", folder, SECOND, "main")
    with nothing_is_told(trace) as refused:
        load_encoder("hf-hub:some/model")
    assert "some/model, which needs evil/tokenizer', whose tokenizer_config" in str(refused.value)


@pytest.mark.parametrize(
    "name",
    ["demo", "open_clip:ViT-B-32/openai", str(TRANSFORMERS), f"local-dir:{TRANSFORMERS}"],
)
def test_a_revision_is_of_the_hub(name):
    for use in (load_encoder, read_outline, model_identity):
        with pytest.raises(InputError, match="revision must be of a model on the hub, got 'main'"):
            use(name, revision="main")


def test_a_folder_is_known_by_its_files(tmp_path, trace):
    folder = of_transformers(tmp_path / "model", trace)
    before = model_identity(folder)
    assert set(before) >= {"config.json", "model.safetensors", "tokenizer.json"}
    (folder / "README.md").write_text("more")
    (folder / "plan.json").write_text("{}")
    (folder / "out").mkdir()
    (folder / "out" / "plan.json").write_text("{}")
    for name in ("latest", "best"):
        (folder / name).symlink_to(".")
    assert model_identity(folder) == before
    amend(folder / "tokenizer_config.json", more=1)
    after = model_identity(folder)
    assert {name for name in before if before[name] != after[name]} == {"tokenizer_config.json"}


def test_parts_of_weights_are_of_the_folder(tmp_path, trace):
    folder = of_transformers(tmp_path / "model", trace)
    weights = load_file(folder / "model.safetensors")
    (folder / ".parts").mkdir()
    (folder / "model.safetensors").rename(folder / ".parts" / "w.safetensors")
    index = folder / "model.safetensors.index.json"
    parts = dict.fromkeys(weights, ".parts/w.safetensors")
    index.write_text(json.dumps({"metadata": {}, "weight_map": parts}))
    assert value(load_encoder(folder)) == value(load_encoder(TRANSFORMERS))
    assert ".parts/w.safetensors" in model_identity(folder)
    shutil.copytree(folder / ".parts", folder / ".others")
    amend(folder / "config.json", transformers_weights=".others/w.safetensors")
    assert {".parts/w.safetensors", ".others/w.safetensors"} <= model_identity(folder).keys()
    for name in ("../w.safetensors", "/w.safetensors"):
        index.write_text(json.dumps({"weight_map": {"a": name}}))
        with pytest.raises(InputError, match="model must have its weights in its own folder"):
            model_identity(folder)


@pytest.mark.parametrize("place", [{"subfolder": "tok"}, {"tokenizer_file": "/tokenizer.json"}])
def test_a_tokenizer_is_in_the_folder(place, tmp_path, trace):
    folder = of_open_clip(tmp_path / "model", trace, text={"tokenizer_kwargs": place})
    with pytest.raises(
        InputError, match="model must have its tokenizer directly in its own folder"
    ):
        load_encoder(folder)


def test_a_model_of_open_clip_is_known_by_its_weights(tmp_path, trace, monkeypatch):
    folder = of_open_clip(tmp_path / "model", trace)
    known = json.loads((folder / "open_clip_config.json").read_text())["model_cfg"]
    known["text_cfg"]["hf_tokenizer_name"] = ""
    monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, "tiny", known)
    weights = folder / "open_clip_model.safetensors"
    assert model_identity(f"open_clip:tiny/{weights}") == {"weights": file_digest(weights)}
    monkeypatch.setattr(loading_open_clip, "download_pretrained", lambda _: str(weights))
    assert model_identity("open_clip:ViT-B-32/openai") == {"weights": file_digest(weights)}
