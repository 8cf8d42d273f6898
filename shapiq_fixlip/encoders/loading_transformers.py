"""Loading models of Hugging Face transformers, from a folder or the hub."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
import transformers

from shapiq_fixlip.encoders.configuration import check_number_of_labels, check_numbers
from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.encoders.foreign_code import no_questions, weights_only
from shapiq_fixlip.encoders.huggingface import (
    check,
    check_dual_encoder,
    encoder_of,
    outline_of_config,
)
from shapiq_fixlip.encoders.processors import check_pixels, check_tokens
from shapiq_fixlip.encoders.repository import find_repository
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shapiq_fixlip.encoders.base import Encoder, Outline
    from shapiq_fixlip.encoders.repository import Repository

__all__ = ["check", "identity", "load", "load_beside", "outline"]

# otherwise transformers asks a service of the hub to convert weights that are not safetensors
os.environ.setdefault("DISABLE_SAFETENSORS_CONVERSION", "1")

_WEIGHT_FILES = (".safetensors", ".bin", ".pt", ".pth")

_LEAST_BYTES = 0.5
"""Bytes of a weight in a file, if it is kept in four bits."""

_MIN_CHECKED = 10**8
"""Weights from which their number is checked; fewer take less than 0.4 GiB."""

_NO_WEIGHTS = re.compile(r"(^|\.)(position_ids|inv_freq|num_batches_tracked)$")
"""Names of constants that older files hold beside the weights."""


def load(source: str, batch_size: int, revision: str | None) -> tuple[Encoder, torch.nn.Module]:
    """Load a model in single precision on the CPU.

    Returns:
        The encoder and the model in it.
    """
    repository, skeleton = _dual_encoder(source, revision)
    image_processor = _image_processor(repository, skeleton.config)
    tokenizer = _tokenizer(repository, skeleton.config)
    _check_size(repository, skeleton)
    with refusing(_loads(source), "config.json or weights"), no_questions(), weights_only(source):
        model, report = type(skeleton).from_pretrained(
            source,
            dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # they are refused by name below
            weights_only=True,
            **_options(repository),
        )
    _check_weights(source, model, report)
    return encoder_of(model, image_processor, tokenizer, batch_size=batch_size), model


def load_beside(model: transformers.PreTrainedModel, batch_size: int) -> Encoder:
    """Load the processors of a model in memory from where the model is from.

    Raises:
        InputError: If the model does not know where it is from, or nothing is there.
    """
    source = model.name_or_path
    if not source:
        msg = (
            "must know the folder or the id that its processor is loaded from, got a "
            f"{type(model).__name__} without; use from_transformers(model, processor)."
        )
        raise InputError("model", msg)
    with refusing(_loads(source)):
        repository = find_repository(source, getattr(model.config, "_commit_hash", None))
    image_processor = _image_processor(repository, model.config)
    tokenizer = _tokenizer(repository, model.config)
    return encoder_of(model, image_processor, tokenizer, batch_size=batch_size)


def outline(source: str, revision: str | None) -> Outline:
    """Read the configuration of a model."""
    repository, skeleton = _dual_encoder(source, revision)
    _image_processor(repository, skeleton.config)
    with refusing(_loads(source), "config.json"):
        return outline_of_config(source, type(skeleton), skeleton.config)


def identity(source: str, revision: str | None) -> dict[str, str]:
    """Return what changes whenever anything changes that values depend on."""
    repository, _ = _dual_encoder(source, revision)
    with refusing(f"must have files that can be read, got {source!r}"):
        return repository.identity()


def _loads(source: str) -> str:
    return f"must have weights, a tokenizer and an image processor that load, got {source!r}"


def _options(repository: Repository) -> dict[str, Any]:
    """Return the options of every call: no code of the model, and one commit for all files."""
    pinned = {} if repository.revision is None else {"revision": repository.revision}
    return {"trust_remote_code": False, **pinned}


def _dual_encoder(source: str, revision: str | None) -> tuple[Repository, Any]:
    """Return where a model is, and the model itself without any weights."""
    wanted = (
        "must be 'demo', 'demo-siglip', 'demo-shortcut', a folder, an id on the Hugging Face hub "
        f"that can be reached, 'open_clip:MODEL/TAG' or 'known:NAME', got {source!r}"
    )
    with refusing(wanted):
        repository = find_repository(source, revision)
    check_number_of_labels(repository.folder, source)
    with refusing(wanted, "config.json"), no_questions():
        config = transformers.AutoConfig.from_pretrained(source, **_options(repository))
        model_class: Any = transformers.MODEL_MAPPING[type(config)]
    needed = ("get_image_features", "get_text_features")
    if not all(hasattr(model_class, method) for method in needed):
        msg = (
            "must be a dual encoder such as CLIP or SigLIP, "
            f"got {source!r}, which holds a model of type {config.model_type!r}."
        )
        raise InputError("model", msg)
    check_numbers(repository.folder, source)
    problem = f"must have a configuration that a model can be built of, got {source!r}"
    with refusing(problem, "config.json"), no_questions(), torch.device("meta"):
        skeleton = model_class(deepcopy(config))
    check_dual_encoder(skeleton)
    return repository, skeleton


def _image_processor(repository: Repository, config: Any) -> Any:  # noqa: ANN401 - of any class
    """Load the image processor, and check that it fits a configuration."""
    with _naming_the_files(repository, "*processor_config.json"):
        # Pillow's resizing is what the models were trained with, and what the paper used
        image_processor = transformers.AutoImageProcessor.from_pretrained(
            repository.source, backend="pil", **_options(repository)
        )
        check_pixels(image_processor, config.vision_config)
    return image_processor


def _tokenizer(repository: Repository, config: Any) -> Any:  # noqa: ANN401 - of any class
    """Load the tokenizer, and check that it fits a configuration."""
    source = repository.source
    with _naming_the_files(repository, "tokenizer*.json"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **_options(repository))
        if tokenizer.vocab_size <= len(tokenizer.all_special_tokens):
            msg = f"must have a tokenizer, got {source!r} without its vocabulary."
            raise InputError("model", msg)
        check_tokens(tokenizer, config.text_config)
    return tokenizer


@contextmanager
def _naming_the_files(repository: Repository, pattern: str) -> Iterator[None]:
    """Name the files that a processor is loaded from in an error about it."""
    source = repository.source
    files = " or ".join(sorted(file.name for file in repository.folder.glob(pattern))) or pattern
    try:
        with refusing(_loads(source), files), no_questions(), weights_only(source):
            yield
    except InputError as error:
        if error.argument == "model":
            raise
        what = error.argument.replace("_", " ")
        msg = f"{_loads(source)}, whose {what} ({files}) {error.problem}"
        raise InputError("model", msg) from error


def _check_size(repository: Repository, skeleton: torch.nn.Module) -> None:
    """Check that the files of a folder may hold a model, before memory is taken for it."""
    n_bytes = sum(
        file.stat().st_size
        for file in repository.folder.glob("*")
        if file.suffix in _WEIGHT_FILES and file.is_file()
    )
    n_weights = sum(weight.numel() for weight in skeleton.parameters())
    is_checked = repository.revision is None and n_weights >= _MIN_CHECKED and n_bytes > 0
    if is_checked and n_weights * _LEAST_BYTES > n_bytes:
        msg = (
            f"{_loads(repository.source)}, whose config.json describes {n_weights} weights, more "
            f"than fit in the {n_bytes} bytes of its files."
        )
        raise InputError("model", msg)


def _check_weights(source: str, model: torch.nn.Module, report: dict[str, Any]) -> None:
    """Check that a file holds the weights of a model, and no others of the same layers."""
    for name, given, wanted in sorted(report["mismatched_keys"]):
        msg = (
            f"must have weights that fit its config.json, got {source!r}, whose {name} is of shape "
            f"{tuple(given)} instead of {tuple(wanted)}."
        )
        raise InputError("model", msg)
    missing = sorted(report["missing_keys"])
    if missing:
        msg = (
            f"must have all its weights, got {source!r} without {', '.join(missing[:3])}, which "
            "its config.json describes."
        )
        raise InputError("model", msg)
    left = sorted(key for key in report["unexpected_keys"] if _belongs(model, key))
    if left:
        msg = (
            f"must use all its weights, got {source!r}, whose config.json has no place for "
            f"{', '.join(left[:3])}."
        )
        raise InputError("model", msg)


def _belongs(model: torch.nn.Module, key: str) -> bool:
    """Whether a weight is of a part of a model: of a layer too many, or one that a layer lacks.

    Files also hold weights of other parts, such as heads for training, and constants.
    """
    if _NO_WEIGHTS.search(key):
        return False
    owner, _, _ = key.rpartition(".")
    modules = dict(model.named_modules())
    while owner and owner not in modules:
        owner, _, name = owner.rpartition(".")
        if isinstance(modules.get(owner), torch.nn.ModuleList) and name.isdigit():
            return True
    return bool(owner) and key.rpartition(".")[0] == owner
