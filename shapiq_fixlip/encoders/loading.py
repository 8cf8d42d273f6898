"""From the name of a model to its encoder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import transformers

from shapiq_fixlip.encoders.huggingface import from_transformers
from shapiq_fixlip.errors import InputError, first_line, whole_number

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["DEMO_FOLDER", "DEMO_MODEL", "load_encoder"]

DEMO_MODEL = "demo"
"""The name of the embedded model."""

DEMO_FOLDER = Path(__file__).parent.parent / "demo" / "model"


def load_encoder(
    name: str | Path,
    *,
    device: str | torch.device = "cpu",
    dtype: str | torch.dtype = "float32",
    batch_size: int | None = None,
) -> Encoder:
    """Load a dual encoder by its name.

    Args:
        name: ``"demo"`` for the small model that comes with this package, a folder, or the id of a
            model on the Hugging Face hub such as ``"openai/clip-vit-base-patch32"``.
        device: A torch device. Default ``"cpu"``.
        dtype: A floating-point torch dtype or its name, for weights and activations. Embeddings are
            float32 whatever it is. Default ``"float32"``.
        batch_size: Inputs in one forward pass. Default: 16 on the CPU, where more gain nothing, and
            64 elsewhere.

    Raises:
        InputError: If there is no such model, if it is no dual encoder, or if an argument is bad.
    """
    torch_device, torch_dtype = _resolve_device(device), _resolve_dtype(dtype)
    if batch_size is None:
        batch_size = 16 if torch_device.type == "cpu" else 64
    whole_number("batch_size", batch_size)
    source = str(DEMO_FOLDER) if name == DEMO_MODEL else str(name)
    model_class = _dual_encoder_class(source)
    try:
        # Pillow's resizing is what the models were trained with, and what the paper used
        image_processor = transformers.AutoImageProcessor.from_pretrained(source, backend="pil")
        tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        model, report = model_class.from_pretrained(
            source, dtype=torch.float32, output_loading_info=True
        )
    except Exception as error:  # broken files make transformers stumble in many ways
        msg = (
            "model must have weights, a tokenizer and an image processor that load, "
            f"got {source!r} ({first_line(error)})"
        )
        raise InputError(msg) from error
    if tokenizer.vocab_size <= len(tokenizer.all_special_tokens):
        msg = f"model must have a tokenizer, got {source!r} without its vocabulary."
        raise InputError(msg)
    missing = sorted(report["missing_keys"])
    if missing:
        msg = f"model must have all its weights, got {source!r} without {', '.join(missing[:3])}."
        raise InputError(msg)
    encoder = from_transformers(model, image_processor, tokenizer, batch_size=batch_size)
    model.to(torch_device, torch_dtype)  # only now, as the logit scale suffers from rounding
    return encoder


def _dual_encoder_class(source: str) -> Any:  # noqa: ANN401 - a class of transformers
    """Return the class of a model, which is known before any weights are loaded."""
    try:
        config = transformers.AutoConfig.from_pretrained(source)
        model_class: Any = transformers.MODEL_MAPPING[type(config)]
    except Exception as error:  # as above; a type without any model is a KeyError
        msg = (
            f"model must be {DEMO_MODEL!r}, a folder or an id on the Hugging Face hub that can be "
            f"reached, got {source!r} ({first_line(error)})"
        )
        raise InputError(msg) from error
    needed = ("get_image_features", "get_text_features")
    if not all(hasattr(model_class, method) for method in needed):
        msg = (
            "model must be a dual encoder such as CLIP or SigLIP, "
            f"got {source!r}, which holds a model of type {config.model_type!r}."
        )
        raise InputError(msg)
    return model_class


def _resolve_device(device: str | torch.device) -> torch.device:
    try:
        resolved = torch.device(device)
        torch.empty(0, device=resolved).cpu()
    except Exception as error:  # every kind of device fails in its own way
        msg = (
            f"device must be one that torch can use here, got {str(device)!r} ({first_line(error)})"
        )
        raise InputError(msg) from error
    return resolved


def _resolve_dtype(dtype: str | torch.dtype) -> torch.dtype:
    resolved = getattr(torch, dtype, None) if isinstance(dtype, str) else dtype
    if not isinstance(resolved, torch.dtype) or not resolved.is_floating_point:
        msg = f"dtype must be a floating-point type such as 'float32' or 'bfloat16', got {dtype!r}."
        raise InputError(msg)
    return resolved
