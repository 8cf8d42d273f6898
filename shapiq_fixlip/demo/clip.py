"""The embedded model of CLIP's kind: a class token, causal attention in texts, a softmax loss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, override

import torch
from torch.nn import functional
from transformers import CLIPConfig, CLIPImageProcessor, CLIPModel, CLIPProcessor

from shapiq_fixlip.demo.scenes import SCENE_SIZE
from shapiq_fixlip.demo.tokenizer import CONTEXT_LENGTH
from shapiq_fixlip.demo.trainee import PIXEL_MEAN, PIXEL_STD, Trainee

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["SmallCLIP"]


class SmallCLIP(Trainee):
    """A CLIP with 7 x 7 patches."""

    grid_side = 7
    dropped_share = 0.5
    zeroed_part = 0.35

    @override
    def _untrained(self, image_size: int) -> Any:
        config = CLIPConfig(
            vision_config={
                "hidden_size": 192,
                "intermediate_size": 768,
                "num_hidden_layers": 4,
                "num_attention_heads": 6,
                "image_size": image_size,
                "patch_size": image_size // self.grid_side,
                "hidden_act": "gelu",
            },
            text_config={
                "vocab_size": len(self.tokenizer),
                "hidden_size": 128,
                "intermediate_size": 512,
                "num_hidden_layers": 2,
                "num_attention_heads": 4,
                "max_position_embeddings": CONTEXT_LENGTH,
                "hidden_act": "gelu",
                "bos_token_id": self.tokenizer.bos_token_id,
                "eos_token_id": self.tokenizer.eos_token_id,
                "pad_token_id": self.tokenizer.pad_token_id,
            },
            projection_dim=128,
        )
        return CLIPModel(config)

    @override
    def _loaded(self, folder: Path) -> Any:
        return CLIPModel.from_pretrained(folder, dtype=torch.float32)

    @override
    def patch_tokens(self, pixels: torch.Tensor) -> torch.Tensor:
        return self.model.vision_model.embeddings(pixels)[:, 1:]

    @override
    def embed_patches(self, tokens: torch.Tensor) -> torch.Tensor:
        vision = self.model.vision_model
        start = vision.embeddings.class_embedding + vision.embeddings.position_embedding.weight[0]
        tokens = torch.cat([start.expand(len(tokens), 1, -1), tokens], dim=1)
        hidden = vision.encoder(inputs_embeds=vision.pre_layrnorm(tokens)).last_hidden_state
        return self.model.visual_projection(vision.post_layernorm(hidden[:, 0]))

    @override
    def tokenized(self, captions: list[str]) -> tuple[torch.Tensor, torch.Tensor]:
        encoded = self.tokenizer(captions, padding=True, return_tensors="pt")
        return encoded["input_ids"], encoded["attention_mask"]

    @override
    def embed_texts(self, ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        pooled = self.model.text_model(input_ids=ids, attention_mask=attention_mask).pooler_output
        return self.model.text_projection(pooled)

    @override
    def loss(self, cosines: torch.Tensor, same: torch.Tensor) -> torch.Tensor:
        """Return the symmetric cross-entropy; all scenes with the same contents are matches."""
        logits = self.model.logit_scale.exp() * cosines
        target = same.to(logits.dtype)
        target = target / target.sum(1, keepdim=True)
        by_image = functional.cross_entropy(logits, target)
        return (by_image + functional.cross_entropy(logits.T, target)) / 2

    @override
    def _processor(self) -> CLIPProcessor:
        image_processor = CLIPImageProcessor(
            size={"shortest_edge": SCENE_SIZE},
            crop_size={"height": SCENE_SIZE, "width": SCENE_SIZE},
            image_mean=PIXEL_MEAN,
            image_std=PIXEL_STD,
        )
        return CLIPProcessor(image_processor, self.tokenizer)
