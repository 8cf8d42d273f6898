"""Every dual encoder of the installed transformers: used, and how exactly, or why it is refused.

The classes are found in the library's own files, so that those of new versions come by themselves.
Each is made with random weights of the smallest sizes. ``tests/test_transformers_models.py`` checks
every row, and ``benchmarks/models.py`` prints them.
"""

from __future__ import annotations

import importlib
import inspect
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
import transformers
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip2.image_processing_pil_siglip2 import Siglip2ImageProcessorPil

from shapiq_fixlip import InputError, VisionLanguageGame, from_transformers

if TYPE_CHECKING:
    from transformers import PreTrainedConfig, PreTrainedModel

LIBRARY = "transformers"
TEXT = "black dog next to a yellow hydrant"
REFERENCE = Path(__file__).parent.parent / "tests" / "reference" / "models" / "clip-32-8"
METHOD = "get_text_features"

SMALL = {
    "bos_token_id": 657,
    "eos_token_id": 658,
    "hidden_size": 32,
    "image_size": 32,
    "image_text_hidden_size": 24,
    "initializer_range": 0.02,
    "intermediate_size": 48,
    "max_position_embeddings": 40,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "num_patches": 16,
    "pad_token_id": 0,
    "patch_size": 8,
    "projection_dim": 24,
    "projection_intermediate_dim": 32,
    "projection_size": 32,
    "sep_token_id": 658,
    "type_vocab_size": 2,
    "vocab_size": 659,
}
"""Sizes by name, for every configuration that has the name."""

SPECIAL: dict[str, dict[str, dict[str, Any]]] = {
    "AltCLIPConfig": {"text_config": {"project_dim": 32}},
    "BlipConfig": {"text_config": {"encoder_hidden_size": 32, "is_decoder": False}},
    "GroupViTConfig": {
        "vision_config": {
            "depths": [1, 1, 1],
            "num_group_tokens": [8, 4, 0],
            "num_output_groups": [8, 4, 4],
        }
    },
    "VisionTextDualEncoderConfig": {
        "text_config": {"model_type": "bert"},
        "vision_config": {"model_type": "vit"},
    },
}
"""What single classes need besides."""


@dataclass(frozen=True)
class Row:
    """How a class of models is used.

    Attributes:
        library: The library of the class.
        model: The name of the class.
        image_tower: The class of its image tower; empty if it is refused.
        text_tower: The class of its text tower; empty if it is refused.
        difference: The largest difference from the model's own similarity; NaN if it is refused.
        note: Why it is refused, or the warning that it is used with.
    """

    library: str
    model: str
    image_tower: str
    text_tower: str
    difference: float
    note: str


def dual_encoder_classes() -> list[type[PreTrainedModel]]:
    """Find every class of models that embeds texts."""
    found = []
    folder = Path(transformers.__file__).parent / "models"
    for file in sorted(folder.glob("*/modeling_*.py")):
        if f"def {METHOD}(" not in file.read_text(encoding="utf-8"):
            continue
        module = importlib.import_module(f"transformers.models.{file.parent.name}.{file.stem}")
        found += [
            member
            for _, member in inspect.getmembers(module, inspect.isclass)
            if METHOD in vars(member) and member.__module__ == module.__name__
        ]
    return found


def small_config(model_class: type[PreTrainedModel]) -> PreTrainedConfig:
    """Return the smallest configuration of a class."""
    config_class = model_class.config_class
    special = SPECIAL.get(config_class.__name__, {})
    towers = {
        name: _small(_config_class(sub_class, special.get(name, {}))) | special.get(name, {})
        for name, sub_class in config_class.sub_configs.items()
    }
    return config_class(**_small(config_class), **towers)


def _config_class(declared: type[PreTrainedConfig], special: dict[str, Any]) -> type:
    known = transformers.CONFIG_MAPPING
    return known[special["model_type"]] if "model_type" in special else declared


def _small(config_class: type[PreTrainedConfig]) -> dict[str, Any]:
    names = inspect.signature(config_class).parameters
    return {name: value for name, value in SMALL.items() if name in names}


def random_model(model_class: type[PreTrainedModel]) -> PreTrainedModel:
    """Make a small model of random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return model_class(small_config(model_class)).eval()


def image_processor_of(config: PreTrainedConfig) -> Any:  # noqa: ANN401 - any of transformers
    """Return an image processor for a small model."""
    if not hasattr(config.vision_config, "image_size"):  # NaFlex
        return Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16)
    size = {"height": SMALL["image_size"], "width": SMALL["image_size"]}
    return CLIPImageProcessorPil(size=size, crop_size=size)


def picture() -> np.ndarray:
    """Return an image of random colours."""
    return np.random.default_rng(0).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def plain_similarity(model: PreTrainedModel, image_processor: Any, tokenizer: Any) -> float:  # noqa: ANN401
    """Return the similarity of a model that is called as its documentation says."""
    length = 40 if "Siglip" in type(model).__name__ else None
    texts = tokenizer(
        TEXT, padding="max_length" if length else False, max_length=length, return_tensors="pt"
    )
    inputs = dict(image_processor(images=picture(), return_tensors="pt"))
    if "spatial_shapes" in inputs:
        inputs["spatial_shapes"] = torch.as_tensor(inputs["spatial_shapes"])
    mask = torch.ones_like(texts["input_ids"])
    with torch.no_grad():
        output = model(input_ids=texts["input_ids"], attention_mask=mask, **inputs)
    return output.logits_per_image.item()


def row_of(model_class: type[PreTrainedModel]) -> Row:
    """Use a class as an encoder, and compare it with itself.

    Raises:
        Exception: If a small model can neither be made nor refused; then :data:`SMALL` or
            :data:`SPECIAL` lack something that it needs.
    """
    name = model_class.__name__
    tokenizer = transformers.AutoTokenizer.from_pretrained(REFERENCE)
    clip = CLIPImageProcessorPil()
    try:
        with torch.device("meta"):  # the large default sizes take no memory
            from_transformers(model_class(model_class.config_class()), clip, tokenizer)
    except InputError as refused:
        if "must be a dual encoder" in refused.problem:
            return Row(LIBRARY, name, "", "", np.nan, refused.problem)
    model = random_model(model_class)
    processor = image_processor_of(model.config)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            encoder = from_transformers(model, processor, tokenizer, batch_size=4)
        except InputError as refused:
            return Row(LIBRARY, name, "", "", np.nan, refused.problem)
        value = VisionLanguageGame(encoder, picture(), TEXT).full_value
    towers = (type(encoder.image_tower).__name__, type(encoder.text_tower).__name__)
    difference = abs(value - plain_similarity(model, processor, tokenizer))
    return Row(LIBRARY, name, *towers, difference, "; ".join(str(w.message) for w in warned))


def transformers_table() -> pd.DataFrame:
    """Return a row for every class.

    Returns:
        The columns ``library``, ``model``, ``image tower``, ``text tower``, ``difference`` from the
        model's own similarity, and the ``reason`` of a refusal or the warning of a use.
    """
    frame = pd.DataFrame([row_of(model_class) for model_class in dual_encoder_classes()])
    frame.columns = ["library", "model", "image tower", "text tower", "difference", "reason"]
    return frame


if __name__ == "__main__":
    with pd.option_context("display.max_colwidth", None):
        print(transformers_table().to_markdown(index=False, floatfmt=".1e"))
