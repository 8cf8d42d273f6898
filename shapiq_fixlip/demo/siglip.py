"""The embedded model of SigLIP's kind: attention pooling, padded texts, a sigmoid loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, override

import torch
from torch.nn import functional
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipProcessor

from shapiq_fixlip.demo.scenes import SCENE_SIZE
from shapiq_fixlip.demo.tokenizer import CONTEXT_LENGTH
from shapiq_fixlip.demo.trainee import PIXEL_MEAN, PIXEL_STD, Trainee

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SmallSigLIP"]

_FIRST_SCALE, _FIRST_BIAS = 10.0, -10.0  # SigLIP's start: nearly no pairs match


class SmallSigLIP(Trainee):
    """A SigLIP with 14 x 14 patches; its pooling has as many weights as one layer."""

    grid_side = 14
    dropped_share = 0.75  # of four times as many patches as the first model has
    zeroed_part = 0.15

    @override
    def _untrained(self, image_size: int) -> Any:
        width = 192
        config = SiglipConfig(
            vision_config={
                "hidden_size": width,
                "intermediate_size": 768,
                "num_hidden_layers": 3,
                "num_attention_heads": 6,
                "image_size": image_size,
                "patch_size": image_size // self.grid_side,
            },
            text_config={
                "vocab_size": len(self.tokenizer),
                "hidden_size": 128,
                "intermediate_size": 512,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "max_position_embeddings": CONTEXT_LENGTH,
                "projection_size": width,
                "bos_token_id": self.tokenizer.bos_token_id,
                "eos_token_id": self.tokenizer.eos_token_id,
                "pad_token_id": self.tokenizer.pad_token_id,
            },
        )
        model = SiglipModel(config)
        torch.nn.init.constant_(model.logit_scale, math.log(_FIRST_SCALE))
        torch.nn.init.constant_(model.logit_bias, _FIRST_BIAS)
        return model

    @override
    def _loaded(self, folder: Path) -> Any:
        return SiglipModel.from_pretrained(folder, dtype=torch.float32)

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.model.vision_model.embeddings(pixels)

    @override
    def embed_patches(self, tokens: torch.Tensor) -> torch.Tensor:
        vision = self.model.vision_model
        hidden = vision.encoder(inputs_embeds=tokens).last_hidden_state
        return vision.head(vision.post_layernorm(hidden))

    @override
    def tokenized(self, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        encoded = self.tokenizer(captions, padding="max_length", return_tensors="pt")
        return encoded["input_ids"], torch.ones_like(encoded["attention_mask"])

    @override
    def embed_texts(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        return self.model.text_model(input_ids=ids, attention_mask=attention_mask).pooler_output

    @override
    def loss(self, cosines: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """Return the sigmoid loss: each pair by itself is classified as a match or not."""
        logits = self.model.logit_scale.exp() * cosines + self.model.logit_bias
        signs = 2.0 * same - 1.0
        return -functional.logsigmoid(signs * logits).sum() / len(cosines)

    @override
    def _processor(self) -> SiglipProcessor:
        image_processor = SiglipImageProcessor(
            size={"height": SCENE_SIZE, "width": SCENE_SIZE},
            image_mean=PIXEL_MEAN,
            image_std=PIXEL_STD,
        )
        return SiglipProcessor(image_processor, self.tokenizer)
