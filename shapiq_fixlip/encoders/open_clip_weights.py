"""Checks around the weights of a model of open_clip: before they are loaded, and after.

Before, the model is built without memory, on torch's meta device, and passes images and texts of no
content. So a configuration that does not fit together, or does not fit its weights, is refused
before anything large is made. open_clip itself fills in what is missing: it resizes positions to
another number of patches or tokens, and takes zero for a bias that is not there.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import open_clip
import torch
from open_clip.factory import _find_checkpoint_in_dir  # the file that open_clip takes in a folder
from open_clip.hf_model import HFTextEncoder
from open_clip.utils import to_2tuple
from safetensors import safe_open

from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.errors import InputError

__all__ = ["check_after_loading", "check_before_loading"]

_ARRAYS = (".npz", ".npy")
"""Suffixes of weights in the form of another library, with other names."""


def check_before_loading(name: str, weights: Path, source: str, **options: Any) -> None:  # noqa: ANN401 - of create_model
    """Check that a model can be built, that its towers agree, and that its weights fit it.

    Args:
        name: What open_clip calls it.
        weights: The file of its weights, or its folder.
        source: What the user calls it.
        options: Of ``open_clip.create_model``.

    Raises:
        InputError: If it cannot be built, or has other weights.
    """
    with (
        refusing(f"must have parts that fit together, got {source!r}"),
        torch.device("meta"),
        torch.no_grad(),
    ):
        model: Any = open_clip.create_model(
            name, load_weights=False, pretrained_text=False, device="meta", **options
        )
        shapes = _shapes_of_features(model)
    if len(set(shapes)) > 1 or any(len(shape) != 2 for shape in shapes):  # noqa: PLR2004 - a row for each input
        msg = f"must embed images and texts as vectors of one length, got {source!r}."
        raise InputError("model", msg)
    found = _find_checkpoint_in_dir(weights) if weights.is_dir() else weights
    if found is not None:  # else open_clip says so
        _check_fit(model, Path(found))


def _check_fit(model: torch.nn.Module, file: Path) -> None:
    """Check the size of a file, and the shapes in it that the model has by the same name."""
    shapes = {} if file.suffix in _ARRAYS else _shapes_in(file)
    n_numbers = sum(parameter.numel() for parameter in model.parameters())
    n_bytes = file.stat().st_size
    if n_numbers > n_bytes:  # a number takes a byte or more
        msg = f"must have {n_numbers} weights, got only {n_bytes} bytes in {str(file)!r}."
        raise InputError("model", msg)
    for name, parameter in model.named_parameters():
        shape = shapes.get(name, shapes.get(name.removeprefix("text."), parameter.shape))
        if tuple(shape) != tuple(parameter.shape) and parameter.numel() > 1:
            msg = (
                f"must have {name} of shape {tuple(parameter.shape)}, as its configuration says, "
                f"got {tuple(shape)} in {str(file)!r}."
            )
            raise InputError("model", msg)
        if name == "logit_bias" and "logit_scale" in shapes and name not in shapes:
            msg = f"must have all its weights, got {str(file)!r} without {name}."
            raise InputError("model", msg)


def _shapes_in(file: Path) -> dict[str, tuple[int, ...]]:
    """Return the shapes of all weights in a file, without reading them."""
    if file.suffix == ".safetensors":
        with safe_open(file, "pt") as opened:
            return {name: opened.get_slice(name).get_shape() for name in opened.keys()}  # noqa: SIM118 - no mapping
    is_mapped = zipfile.is_zipfile(file)  # the older form cannot be
    content = torch.load(file, map_location="cpu", weights_only=True, mmap=is_mapped)
    weights = content.get("state_dict", content)
    return {name.removeprefix("module."): tuple(value.shape) for name, value in weights.items()}


def _shapes_of_features(model: Any) -> list[torch.Size]:  # noqa: ANN401 - a model of open_clip
    """Return the shape of the embeddings of images, and of texts if the text tower is open_clip's.

    A tower of other libraries may look at values, which there are none of; it is left out.
    """
    shapes = []
    try:
        pixels = torch.empty(2, 3, *to_2tuple(model.visual.image_size))
        shapes.append(model.encode_image(pixels).shape)
    except (NotImplementedError, RuntimeError) as error:
        if "meta" not in str(error).lower():
            raise
    if not isinstance(getattr(model, "text", None), HFTextEncoder):
        ids = torch.zeros(2, model.context_length, dtype=torch.long)
        shapes.append(model.encode_text(ids).shape)
    return shapes


def check_after_loading(model: torch.nn.Module, source: str) -> None:
    """Check that all weights are finite numbers.

    Raises:
        InputError: If some are not.
    """
    for name, weights in model.state_dict().items():
        if weights.is_floating_point() and not weights.isfinite().all():
            msg = f"must have finite weights, got {source!r} with others in {name}."
            raise InputError("model", msg)
