"""From the name of a model to its encoder."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from shapiq_fixlip.encoders.silence import silent
from shapiq_fixlip.errors import InputError, first_line, whole_number
from shapiq_fixlip.files import is_folder

if TYPE_CHECKING:
    from types import ModuleType

    from shapiq_fixlip.encoders.base import Encoder, Outline

__all__ = ["DEFAULT_BATCH_SIZE", "DEMO_MODELS", "load_encoder", "model_identity", "read_outline"]

_DEMO = Path(__file__).parent.parent / "demo"

DEMO_MODELS = {"demo": _DEMO / "model", "demo-siglip": _DEMO / "model_siglip"}
"""The folders of the embedded models, by name."""

DEFAULT_BATCH_SIZE = {"cpu": 16, "other": 64}
"""The number of inputs in one forward pass, by kind of device.

More are expected to gain nothing on a CPU. ``benchmarks/drop.py`` runs with these numbers, but no
comparison with others is recorded.
"""

_OPEN_CLIP_PREFIXES = ("open_clip:", "hf-hub:", "local-dir:")


def load_encoder(
    name: str | Path,
    *,
    device: str | torch.device = "cpu",
    dtype: str | torch.dtype = "float32",
    batch_size: int | None = None,
    revision: str | None = None,
) -> Encoder:
    """Load a dual encoder by its name.

    No code from a folder or a repository is run, and pickles are opened only if they hold nothing
    but weights. For a model that needs code of its own, build it and pass it to
    :func:`~shapiq_fixlip.from_transformers` or :func:`~shapiq_fixlip.from_open_clip`.

    Args:
        name: ``"demo"`` or ``"demo-siglip"`` for the small models that come with this package, of
            CLIP's and of SigLIP's kind. For transformers, a folder or the id of a model on the
            Hugging Face hub, such as ``"openai/clip-vit-base-patch32"``. For open_clip,
            ``"open_clip:MODEL/TAG"``, such as ``"open_clip:ViT-B-32/laion2b_s34b_b79k"`` (``TAG``
            may also be a checkpoint file), ``"hf-hub:ID"``, or a folder with an
            ``open_clip_config.json``.
        device: A torch device. Default ``"cpu"``.
        dtype: A floating-point torch dtype or its name, for weights and activations. Embeddings are
            always float32. Default ``"float32"``.
        batch_size: The number of inputs in one forward pass. Default: 16 on the CPU, 64 elsewhere.
        revision: A branch, tag or commit of a model on the Hugging Face hub. Default: the latest
            one on the hub.

    Raises:
        InputError: If there is no such model, if it is not a dual encoder, if it names code of its
            own, or if an argument cannot be used.
    """
    torch_device, torch_dtype = _resolve_device(device), _resolve_dtype(dtype)
    if batch_size is None:
        batch_size = DEFAULT_BATCH_SIZE["cpu" if torch_device.type == "cpu" else "other"]
    whole_number("batch_size", batch_size)
    source = _source(name)
    library = _library(source)
    with silent():
        encoder, model = library.load(source, batch_size, revision)
    model.to(torch_device, torch_dtype)  # only now, so that the logit scale is not rounded
    return encoder


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
    return _library(source).identity(source, revision)


def _source(name: str | Path) -> str:
    return str(DEMO_MODELS.get(str(name), name))


def _library(source: str) -> ModuleType:
    """Return the module that loads a model; only the library that is needed is imported."""
    # some folders of open_clip also hold the weights for transformers, which then loads them
    is_folder_of_open_clip = (
        is_folder(source)
        and (Path(source) / "open_clip_config.json").is_file()
        and not (Path(source) / "config.json").is_file()
    )
    is_of_open_clip = is_folder_of_open_clip or source.startswith(_OPEN_CLIP_PREFIXES)
    library = "open_clip" if is_of_open_clip else "transformers"
    return import_module(f"shapiq_fixlip.encoders.loading_{library}")


def _resolve_device(device: str | torch.device) -> torch.device:
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


def _resolve_dtype(dtype: str | torch.dtype) -> torch.dtype:
    resolved = vars(torch).get(dtype) if isinstance(dtype, str) else dtype
    if not isinstance(resolved, torch.dtype) or not resolved.is_floating_point:
        msg = f"must be a floating-point type such as 'float32' or 'bfloat16', got {dtype!r}."
        raise InputError("dtype", msg)
    return resolved
