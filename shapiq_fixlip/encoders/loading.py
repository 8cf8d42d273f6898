"""From the name of a model to its encoder."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.encoders.compiling import compile_blocks
from shapiq_fixlip.encoders.silence import silent
from shapiq_fixlip.errors import InputError, brief, first_line, whole_number
from shapiq_fixlip.files import is_file, is_folder
from shapiq_fixlip.validation import check_flag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from shapiq_fixlip.encoders.base import Encoder, Outline

__all__ = [
    "DEFAULT_BATCH_SIZE",
    "DEMO_MODELS",
    "ModelLike",
    "load_encoder",
    "model_identity",
    "model_name",
    "read_outline",
    "resolve_device",
    "resolve_dtype",
]

type ModelLike = Encoder | str | Path | torch.nn.Module
"""A model: an encoder, a name or a folder, or a model of transformers in memory.

See :func:`~shapiq_fixlip.load_encoder`.
"""

_DEMO = Path(__file__).parent.parent / "demo"

DEMO_MODELS = {
    "demo": _DEMO / "model",
    "demo-siglip": _DEMO / "model_siglip",
    "demo-shortcut": _DEMO / "model_shortcut",
}
"""The folders of the embedded models, by name."""

DEFAULT_BATCH_SIZE = {"cpu": 16, "other": 64}
"""The number of inputs in one forward pass, by kind of device.

More are expected to gain nothing on a CPU. ``benchmarks/drop.py`` runs with these numbers, but no
comparison with others is recorded.
"""

_OPEN_CLIP_PREFIXES = ("open_clip:", "hf-hub:", "local-dir:")
_KNOWN_PREFIX = "known:"

_DTYPES = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
"""Types that towers can be computed in; shorter ones of torch only store numbers."""

_MAX_NAME_LENGTH = 255
"""Characters of a name that is no folder; ids on the hub have at most 96."""


def load_encoder(
    name: str | Path | torch.nn.Module,
    *,
    device: str | torch.device | None = None,
    dtype: str | torch.dtype | None = None,
    batch_size: int | None = None,
    compile: bool = False,  # noqa: A002 - as torch and transformers call it
    revision: str | None = None,
) -> Encoder:
    """Load a dual encoder by its name, or wrap a model of transformers in memory.

    No code from a folder or a repository is run, and pickles are opened only if they hold nothing
    but weights. For a model that needs code of its own, build it and pass it to
    :func:`~shapiq_fixlip.from_transformers` or :func:`~shapiq_fixlip.from_open_clip`.

    A loaded model is checked once: an image and a text must have the same embeddings alone, in a
    batch and in the model's own forward pass. If they have not, attention is computed plainly, or
    else inputs are embedded one at a time, with a ``RuntimeWarning``.

    Args:
        name: ``"demo"`` or ``"demo-siglip"`` for the small models that come with this package, of
            CLIP's and of SigLIP's kind, or ``"demo-shortcut"`` for a twin of the first one that
            takes a planted mark for a horse. ``"known:sum"`` and its like are models of codes,
            whose interactions :func:`~shapiq_fixlip.metrics.known_interactions` tells. For
            transformers, a folder or the id of a model on the Hugging Face hub, such as
            ``"openai/clip-vit-base-patch32"``. For open_clip, ``"open_clip:MODEL/TAG"``, such as
            ``"open_clip:ViT-B-32/laion2b_s34b_b79k"``, ``"hf-hub:ID"``, or a folder with an
            ``open_clip_config.json``. A checkpoint file is read as the published weights of its
            model; where these differ, settings follow a question mark:
            ``"open_clip:ViT-L-14/FILE?mean=0.5,0.5,0.5&std=0.5,0.5,0.5&``
            ``interpolation=bicubic&resize_mode=squash&quick_gelu=false"``. Or a model of
            transformers in memory, whose processor is loaded from where the model is from.
        device: A torch device; ``"auto"`` is a GPU if there is one, and else the CPU. Default: the
            CPU; a model in memory stays where it is.
        dtype: Type of weights and activations: float32, float16, bfloat16 or float64, a torch dtype
            or its name; what that costs, ``benchmarks/gpu.py`` measures. Embeddings are always
            float32. Default: float32; a model in memory stays as it is.
        batch_size: The number of inputs in one forward pass. Default: 16 on the CPU, 64 elsewhere.
        compile: Whether to compile the blocks of both transformers now, which takes up to minutes
            and pays for many inputs; a text of another length may compile again. Default ``False``.
        revision: A branch, tag or commit of a model on the Hugging Face hub. Default: the latest
            one on the hub.

    Raises:
        InputError: If there is no such model, if it is not a dual encoder, if it names code of its
            own, if it cannot be run or its embeddings depend on more than their inputs, or if an
            argument cannot be used.
    """
    model = name if isinstance(name, torch.nn.Module) else None
    torch_device = None if device is None and model is not None else resolve_device(device)
    torch_dtype = None if dtype is None and model is not None else resolve_dtype(dtype)
    if batch_size is None:
        at = torch_device or torch.device(getattr(model, "device", "cpu"))
        batch_size = DEFAULT_BATCH_SIZE["cpu" if at.type == "cpu" else "other"]
    whole_number("batch_size", batch_size)
    check_flag("compile", compile)
    if model is not None and revision is not None:
        msg = f"must be of a model on the hub, got {revision!r} for a model in memory."
        raise InputError("revision", msg)
    source = _source(name) if model is None else type(model).__name__
    library = _library(source) if model is None else _library_of(model)
    with _naming_the_model(source), silent():
        if model is None:
            encoder, model = library.load(source, batch_size, revision)
        else:
            encoder = library.load_beside(model, batch_size)
    model.to(torch_device, torch_dtype)  # only now, so that the logit scale is not rounded
    with _naming_the_model(source):
        library.check(encoder, model)
    if compile:
        compile_blocks(encoder)
    return encoder


def model_name(model: ModelLike) -> str:
    """Return what to call a model in settings: its name, or the class of a model in memory."""
    return type(model).__name__ if isinstance(model, torch.nn.Module) else str(model)


@contextmanager
def _naming_the_model(source: str) -> Iterator[None]:
    """Name the model in errors about it that do not, as several may be loaded."""
    try:
        yield
    except InputError as error:
        if error.argument != "model" or source[:_MAX_NAME_LENGTH] in error.problem:
            raise
        msg = f"{error.problem.removesuffix('.')} (of {source!r})."
        raise InputError("model", msg) from error


def read_outline(name: str | Path, *, revision: str | None = None) -> Outline:
    """Return what is known of a model before its weights are loaded.

    Args:
        name: See :func:`load_encoder`.
        revision: See :func:`load_encoder`.

    Raises:
        InputError: If there is no such model, if it is not a dual encoder, or if it names code.
    """
    source = _source(name)
    library = _library(source)
    with silent():
        return library.outline(source, revision)


def model_identity(name: str | Path, *, revision: str | None = None) -> dict[str, str]:
    """Return what tells a model from others of the same name.

    Args:
        name: See :func:`load_encoder`.
        revision: See :func:`load_encoder`.

    Returns:
        The commit on the hub, or a digest of every file in a folder: weights, configuration,
        tokenizer and image processor.

    Raises:
        InputError: If there is no such model, if it is not a dual encoder, or if it names code.
    """
    source = _source(name)
    with silent():
        return _library(source).identity(source, revision)


def _source(name: object) -> str:
    """Return a name as the libraries take it.

    Raises:
        InputError: If it cannot be the name of a model.
    """
    if isinstance(name, type):
        msg = f"must be a model or its name, got the class {name.__name__} itself."
        raise InputError("model", msg)
    if not isinstance(name, str | os.PathLike):
        msg = f"must be the name of a model, a folder, or a model in memory, got {brief(name)}."
        raise InputError("model", msg)
    source = os.fsdecode(DEMO_MODELS.get(os.fsdecode(name), name))
    if is_file(source):
        msg = f"must be the folder of a model, got the file {source!r}."
        raise InputError("model", msg)
    prefixes = (*_OPEN_CLIP_PREFIXES, _KNOWN_PREFIX)
    is_checked_later = is_folder(source) or source.startswith(prefixes)
    if not is_checked_later and not (source.strip() and source.isprintable()):
        msg = f"must be the name of a model, got {brief(source)}."
        raise InputError("model", msg)
    if not is_checked_later and len(source) > _MAX_NAME_LENGTH:
        msg = f"must be the name of a model or a folder, got a text of {len(source)} characters."
        raise InputError("model", msg)
    return source


def _library_of(model: torch.nn.Module) -> ModuleType:
    """Return the module for a model in memory.

    Raises:
        InputError: If its processor must be given.
    """
    transformers = sys.modules.get("transformers")
    if transformers is not None and isinstance(model, transformers.PreTrainedModel):
        return import_module("shapiq_fixlip.encoders.loading_transformers")
    ways = (
        "pass a model of open_clip with its tokenizer to from_open_clip(model, tokenizer), and "
        "functions of any other to CallableEncoder"
    )
    msg = f"must be a model of transformers or a name, got a {type(model).__name__}; {ways}."
    raise InputError("model", msg)


def _library(source: str) -> ModuleType:
    """Return the module that loads a model; only the library that is needed is imported."""
    if source.startswith(_KNOWN_PREFIX):
        return import_module("shapiq_fixlip.encoders.loading_known")
    # some folders of open_clip also hold the weights for transformers, which then loads them
    is_folder_of_open_clip = (
        is_folder(source)
        and (Path(source) / "open_clip_config.json").is_file()
        and not (Path(source) / "config.json").is_file()
    )
    is_of_open_clip = is_folder_of_open_clip or source.startswith(_OPEN_CLIP_PREFIXES)
    library = "open_clip" if is_of_open_clip else "transformers"
    return import_module(f"shapiq_fixlip.encoders.loading_{library}")


def resolve_device(device: str | torch.device | None) -> torch.device:
    """Return a torch device, the CPU by default.

    Raises:
        InputError: If this machine does not have it.
    """
    if device is None:
        device = "cpu"
    if device == "auto":
        device = _fastest_device()
    try:
        resolved = torch.device(device)
        torch.empty(0, device=resolved).cpu()
    except Exception as error:  # every kind of device fails in its own way
        msg = (
            "must be a device that torch can use on this machine, "
            f"got {str(device)!r} ({first_line(error)})."
        )
        raise InputError("device", msg) from error
    return resolved


def _fastest_device() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def resolve_dtype(dtype: str | torch.dtype | None) -> torch.dtype:
    """Return a type of numbers that models can be computed in, float32 by default.

    Raises:
        InputError: If it is none.
    """
    if dtype is None:
        return torch.float32
    for allowed in _DTYPES:
        if dtype in (allowed, str(allowed).removeprefix("torch.")):
            return allowed
    names = ", ".join(str(allowed).removeprefix("torch.") for allowed in _DTYPES)
    msg = f"must be one of {names}, got {dtype!r}."
    raise InputError("dtype", msg)
