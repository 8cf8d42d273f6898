"""The embedded model of SigLIP's kind: pooled by attention, whole texts, and a sigmoid loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional
from transformers import SiglipConfig, SiglipImageProcessor, SiglipModel, SiglipProcessor

from shapiq_fixlip.demo.scenes import SCENE_SIZE
from shapiq_fixlip.demo.tokenizer import CONTEXT_LENGTH
from shapiq_fixlip.demo.trainee import PIXEL_MEAN, PIXEL_STD, Trainee

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SmallSigLIP"]

_FIRST_SCALE, _FIRST_BIAS = 10.0, -10.0  # as SigLIP starts: nearly all pairs do not match


class SmallSigLIP(Trainee):
    """A SigLIP of 8 x 8 patches, whose pooling has the weights of one layer."""

    patch_size = 14

    def _untrained(self) -> Any:  # noqa: ANN401 - a model of transformers
        width = 192
        config = SiglipConfig(
            vision_config={
                "hidden_size": width,
                "intermediate_size": 768,
                "num_hidden_layers": 3,
                "num_attention_heads": 6,
                "image_size": SCENE_SIZE,
                "patch_size": self.patch_size,
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

    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        """Embed normalised pixels as patches with their positions, ``(m, n_patches, width)``."""
        return self.model.vision_model.embeddings(pixels)

    def embed_patches(self, tokens: torch.Tensor) -> torch.Tensor:
        """Embed images given by some of their patches, ``(m, t, width)``, to vectors ``(m, d)``."""
        vision = self.model.vision_model
        hidden = vision.encoder(inputs_embeds=tokens).last_hidden_state
        return vision.head(vision.post_layernorm(hidden))

    def tokenized(self, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the tokens of captions and which of them are attended to, ``(m, L)`` each.

        Padding is attended to, as in SigLIP.
        """
        encoded = self.tokenizer(captions, padding="max_length", return_tensors="pt")
        return encoded["input_ids"], torch.ones_like(encoded["attention_mask"])

    def embed_texts(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Embed texts to vectors ``(m, d)``."""
        return self.model.text_model(input_ids=ids, attention_mask=attention_mask).pooler_output

    def loss(self, cosines: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """Return the loss of telling for every pair by itself whether it matches."""
        logits = self.model.logit_scale.exp() * cosines + self.model.logit_bias
        signs = 2.0 * same - 1.0
        return -functional.logsigmoid(signs * logits).sum() / len(cosines)

    def save(self, folder: Path) -> None:
        """Write a folder that ``SiglipModel`` and ``AutoProcessor`` load."""
        image_processor = SiglipImageProcessor(
            size={"height": SCENE_SIZE, "width": SCENE_SIZE},
            image_mean=PIXEL_MEAN,
            image_std=PIXEL_STD,
        )
        self.model.save_pretrained(folder)
        SiglipProcessor(image_processor, self.tokenizer).save_pretrained(folder)
