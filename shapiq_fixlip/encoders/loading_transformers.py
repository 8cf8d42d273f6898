"""Loading models of Hugging Face transformers, from a folder or the hub."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import torch
import transformers

from shapiq_fixlip.encoders.foreign_code import no_questions, weights_only
from shapiq_fixlip.encoders.huggingface import from_transformers, outline_of_config
from shapiq_fixlip.encoders.repository import find_repository
from shapiq_fixlip.errors import InputError, first_line

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import Encoder, Outline
    from shapiq_fixlip.encoders.repository import Repository

__all__ = ["identity", "load", "outline"]

# otherwise transformers asks a service of the hub to convert weights that are not safetensors
os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")


def load(source: str, batch_size: int, revision: str | None) -> tuple[Encoder, torch.nn.Module]:
    """Load a model in single precision on the CPU.

    Returns:
        The encoder and the model in it.
    """
    repository, model_class, _ = _dual_encoder(source, revision)
    options = _options(repository)
    try:
        with no_questions(), weights_only(source):
            # Pillow's resizing is what the models were trained with, and what the paper used
            image_processor = transformers.AutoImageProcessor.from_pretrained(
                source, backend="pil", **options
            )
            tokenizer = transformers.AutoTokenizer.from_pretrained(source, **options)
            model, report = model_class.from_pretrained(
                source,
                dtype=torch.float32,
                output_loading_info=True,
                weights_only=True,
                **options,
            )
    except InputError:
        raise
    except Exception as error:  # broken files fail in many ways
        msg = (
            "must have weights, a tokenizer and an image processor that load, "
            f"got {source!r} ({first_line(error)})"
        )
        raise InputError("model", msg) from error
    if tokenizer.vocab_size <= len(tokenizer.all_special_tokens):
        msg = f"must have a tokenizer, got {source!r} without its vocabulary."
        raise InputError("model", msg)
    missing = sorted(report["missing_keys"])
    if missing:
        msg = f"must have all its weights, got {source!r} without {', '.join(missing[:3])}."
        raise InputError("model", msg)
    return from_transformers(model, image_processor, tokenizer, batch_size=batch_size), model


def outline(source: str, revision: str | None) -> Outline:
    """Read the configuration of a model."""
    _, model_class, config = _dual_encoder(source, revision)
    return outline_of_config(source, model_class, config)


def identity(source: str, revision: str | None) -> dict[str, str]:
    """Return what changes whenever anything changes that values depend on."""
    repository, _, _ = _dual_encoder(source, revision)
    try:
        return repository.identity()
    except OSError as error:
        msg = f"must have files that can be read, got {source!r} ({first_line(error)})"
        raise InputError("model", msg) from error


def _options(repository: Repository) -> dict[str, Any]:
    """Return the options of every call: no code of the model, and one commit for all files."""
    pinned = {} if repository.revision is None else {"revision": repository.revision}
    return {"trust_remote_code": False, **pinned}


def _dual_encoder(source: str, revision: str | None) -> tuple[Repository, Any, Any]:
    """Return where a model is, its class and its configuration."""
    try:
        repository = find_repository(source, revision)
        with no_questions():
            config = transformers.AutoConfig.from_pretrained(source, **_options(repository))
        model_class: Any = transformers.MODEL_MAPPING[type(config)]
    except InputError:
        raise
    except Exception as error:  # as above; a type without any model is a KeyError
        msg = (
            "must be 'demo', 'demo-siglip', a folder, an id on the Hugging Face hub that can "
            f"be reached, or 'open_clip:MODEL/TAG', got {source!r} ({first_line(error)})"
        )
        raise InputError("model", msg) from error
    needed = ("get_image_features", "get_text_features")
    if not all(hasattr(model_class, method) for method in needed):
        msg = (
            "must be a dual encoder such as CLIP or SigLIP, "
            f"got {source!r}, which holds a model of type {config.model_type!r}."
        )
        raise InputError("model", msg)
    return repository, model_class, config
