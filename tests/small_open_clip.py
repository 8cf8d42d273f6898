"""Tiny random models of open_clip, one for each kind of tower, and their counterparts."""

from __future__ import annotations

from functools import cache, partial

import open_clip
import torch
import transformers
from open_clip.model import CLIP, CustomTextCLIP
from open_clip.tokenizer import HFTokenizer
from open_clip.transform import PreprocessCfg, image_transform_v2
from small_models import REFERENCE
from timm.models.vision_transformer import VisionTransformer

from shapiq_fixlip import from_open_clip

_VISION = {"image_size": 32, "patch_size": 8, "width": 32, "layers": 2, "head_width": 16}
_TEXT = {"context_length": 40, "vocab_size": 659, "width": 32, "heads": 2, "layers": 2}
_CLIP_TEXT = {**_TEXT, "pool_type": "eos", "eos_id": 658}
_SIGLIP_TEXT = {
    **_TEXT,
    "no_causal_mask": True,
    "pool_type": "last",
    "proj_bias": True,
    "act_kwargs": {"approximate": "tanh"},
    "norm_kwargs": {"eps": 1e-6},
    "mlp_ratio": 1.5,
}


@cache
def open_clip_tokenizer():
    """The reference tokenizer, so that the models of transformers can have the same one."""
    return HFTokenizer(str(REFERENCE / "models" / "clip-32-8"), context_length=40)


def _timm(name, image_size):
    return {"timm_model_name": name, "image_size": image_size, "timm_proj": "linear"}


def _siglip():
    """A SigLIP: timm's vision transformer, pooled by attention, and a text read to the end."""
    vision = {**_timm("test_vit", 160), "timm_pool": "avg"}
    model = CustomTextCLIP(32, vision, _SIGLIP_TEXT, init_logit_bias=-3.0)
    model.visual.image_size = (32, 32)
    model.visual.trunk = VisionTransformer(
        img_size=32,
        patch_size=8,
        num_classes=0,
        global_pool="map",
        embed_dim=32,
        depth=2,
        num_heads=2,
        mlp_ratio=1.5,
        class_token=False,
        act_layer=partial(torch.nn.GELU, approximate="tanh"),
    )
    model.visual.head = torch.nn.Identity()
    return model


def _coca():
    text = {**_TEXT, "embed_cls": True, "pad_id": 0, "output_tokens": True}
    vision = {**_VISION, "attentional_pool": True, "output_tokens": True}
    vision |= {"attn_pooler_heads": 2, "attn_pooler_queries": 4}
    return open_clip.CoCa(24, {**_TEXT, "attn_pooler_heads": 2}, text, vision)


_MAKERS = {
    "OpenCLIP ViT": lambda: CLIP(24, _VISION, _CLIP_TEXT),
    "OpenCLIP ViT, argmax": lambda: CLIP(24, _VISION, {**_TEXT, "pool_type": "argmax"}),
    "OpenCLIP ViT, averaged": lambda: CLIP(
        24, {**_VISION, "pool_type": "avg", "final_ln_after_pool": True}, _CLIP_TEXT
    ),
    "OpenCLIP text module": lambda: CustomTextCLIP(24, _VISION, _CLIP_TEXT),
    "OpenCLIP ResNet": lambda: CLIP(
        24, {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "head_width": 16}, _CLIP_TEXT
    ),
    "OpenCLIP timm ViT": lambda: CustomTextCLIP(
        24, {**_timm("test_vit", 160), "timm_pool": "token"}, _CLIP_TEXT
    ),
    "OpenCLIP ConvNeXt": lambda: CustomTextCLIP(24, _timm("test_convnext", 160), _CLIP_TEXT),
    "OpenCLIP SigLIP": _siglip,
    "CoCa": _coca,
}

OPEN_CLIP_FAMILIES = tuple(_MAKERS)


@cache
def random_open_clip(family):
    """A model with weights large enough for its inputs to matter."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = _MAKERS[family]().eval()
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if weights.ndim > 1 or name.endswith("bias"):
                    weights.normal_(std=0.2)
    return model


def transform(model):
    return image_transform_v2(PreprocessCfg(size=model.visual.image_size), is_train=False)


def random_open_clip_encoder(family="OpenCLIP ViT", **options):
    model = random_open_clip(family)
    return from_open_clip(model, open_clip_tokenizer(), preprocess=transform(model), **options)


def _linear(name, module):
    yield f"{name}.weight", module.weight
    if module.bias is not None:
        yield f"{name}.bias", module.bias


def _blocks(name, transformer):
    for i, block in enumerate(transformer.resblocks):
        layer = f"{name}.encoder.layers.{i}"
        weights = block.attn.in_proj_weight.chunk(3), block.attn.in_proj_bias.chunk(3)
        for letter, weight, bias in zip("qkv", *weights, strict=True):
            yield f"{layer}.self_attn.{letter}_proj.weight", weight
            yield f"{layer}.self_attn.{letter}_proj.bias", bias
        yield from _linear(f"{layer}.self_attn.out_proj", block.attn.out_proj)
        yield from _linear(f"{layer}.layer_norm1", block.ln_1)
        yield from _linear(f"{layer}.layer_norm2", block.ln_2)
        yield from _linear(f"{layer}.mlp.fc1", block.mlp.c_fc)
        yield from _linear(f"{layer}.mlp.fc2", block.mlp.c_proj)


def _text(text):
    embeddings = "text_model.embeddings"
    yield f"{embeddings}.token_embedding.weight", text.token_embedding.weight
    yield f"{embeddings}.position_embedding.weight", text.positional_embedding
    yield from _blocks("text_model", text.transformer)
    yield from _linear("text_model.final_layer_norm", text.ln_final)


def _load(model, state):
    found = model.load_state_dict(dict(state), strict=False)
    assert not found.unexpected_keys
    assert not [key for key in found.missing_keys if not key.endswith("position_ids")]
    return model.eval()


def as_clip_model(model):
    """The same weights as transformers' CLIPModel."""

    def state():
        visual = model.visual
        embeddings = "vision_model.embeddings"
        yield "logit_scale", model.logit_scale
        yield f"{embeddings}.class_embedding", visual.class_embedding
        yield f"{embeddings}.patch_embedding.weight", visual.conv1.weight
        yield f"{embeddings}.position_embedding.weight", visual.positional_embedding
        yield from _linear("vision_model.pre_layrnorm", visual.ln_pre)
        yield from _blocks("vision_model", visual.transformer)
        yield from _linear("vision_model.post_layernorm", visual.ln_post)
        yield "visual_projection.weight", visual.proj.T
        yield from _text(model)
        yield "text_projection.weight", model.text_projection.T

    common = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    common |= {"intermediate_size": 128, "hidden_act": "gelu"}
    config = transformers.CLIPConfig(
        vision_config={**common, "image_size": 32, "patch_size": 8},
        text_config={
            **common,
            "vocab_size": 659,
            "max_position_embeddings": 40,
            "bos_token_id": 657,
            "eos_token_id": 658,
            "pad_token_id": 658,
        },
        projection_dim=24,
    )
    return _load(transformers.CLIPModel(config), state())


def _timm_blocks(name, blocks):
    for i, block in enumerate(blocks):
        layer = f"{name}.encoder.layers.{i}"
        weights = block.attn.qkv.weight.chunk(3), block.attn.qkv.bias.chunk(3)
        for letter, weight, bias in zip("qkv", *weights, strict=True):
            yield f"{layer}.self_attn.{letter}_proj.weight", weight
            yield f"{layer}.self_attn.{letter}_proj.bias", bias
        yield from _linear(f"{layer}.self_attn.out_proj", block.attn.proj)
        yield from _linear(f"{layer}.layer_norm1", block.norm1)
        yield from _linear(f"{layer}.layer_norm2", block.norm2)
        yield from _linear(f"{layer}.mlp.fc1", block.mlp.fc1)
        yield from _linear(f"{layer}.mlp.fc2", block.mlp.fc2)


def as_siglip_model(model):
    """The same weights as transformers' SiglipModel."""

    def state():
        trunk = model.visual.trunk
        embeddings, head, pool = "vision_model.embeddings", "vision_model.head", trunk.attn_pool
        yield "logit_scale", model.logit_scale[None]
        yield "logit_bias", model.logit_bias[None]
        yield from _linear(f"{embeddings}.patch_embedding", trunk.patch_embed.proj)
        yield f"{embeddings}.position_embedding.weight", trunk.pos_embed[0]
        yield from _timm_blocks("vision_model", trunk.blocks)
        yield from _linear("vision_model.post_layernorm", trunk.norm)
        yield f"{head}.probe", pool.latent
        projections = torch.cat([pool.q.weight, pool.kv.weight])
        yield f"{head}.attention.in_proj_weight", projections
        yield f"{head}.attention.in_proj_bias", torch.cat([pool.q.bias, pool.kv.bias])
        yield from _linear(f"{head}.attention.out_proj", pool.proj)
        yield from _linear(f"{head}.layernorm", pool.norm)
        yield from _linear(f"{head}.mlp.fc1", pool.mlp.fc1)
        yield from _linear(f"{head}.mlp.fc2", pool.mlp.fc2)
        yield from _text(model.text)
        yield from _linear("text_model.head", model.text.text_projection)

    common = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    common |= {"intermediate_size": 48}
    config = transformers.SiglipConfig(
        vision_config={**common, "image_size": 32, "patch_size": 8},
        text_config={
            **common,
            "vocab_size": 659,
            "max_position_embeddings": 40,
            "projection_size": 32,
        },
    )
    return _load(transformers.SiglipModel(config), state())
