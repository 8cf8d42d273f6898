"""Tiny random models of open_clip, one for each kind of tower, and their counterparts."""

from __future__ import annotations

import json
import re
from functools import cache, partial
from tempfile import TemporaryDirectory
from unittest.mock import patch

import open_clip
import timm
import torch
import transformers
from open_clip.model import CLIP, CustomTextCLIP
from open_clip.tokenizer import HFTokenizer
from open_clip.transform import PreprocessCfg, image_transform_v2
from small_models import REFERENCE
from timm.models import vision_transformer_hybrid
from timm.models.vision_transformer import VisionTransformer
from timm.models.vision_transformer_hybrid import ConvStem
from timm.models.vitamin import VitCfg, VitConvCfg

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


def own_similarity(model, pixels, ids):
    """What the model itself says of an image and a text."""
    with torch.no_grad():
        image = model.encode_image(pixels, normalize=True)
        cosine = (image * model.encode_text(ids, normalize=True)).sum()
        bias = 0.0 if model.logit_bias is None else model.logit_bias
        return (model.logit_scale.exp() * cosine + bias).item()


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


_SMALL = 32
"""The width of shrunken architectures, and of their embeddings."""

_LOCAL_END = 658
"""The token that ends and pads texts in the local tokenizer."""


def shrunken(name):
    """An architecture of open_clip with few and narrow layers and few patches, all else kept.

    Returns:
        Its configuration and the options of its tower of timm, if it has one. They are the same for
        architectures that differ in sizes alone.
    """
    config = open_clip.get_model_config(name)
    config["embed_dim"] = _SMALL
    options = _shrink_vision(config["vision_cfg"])
    for part in ("text_cfg", "multimodal_cfg"):
        if part in config:
            config[part] |= {"width": _SMALL, "heads": 2, "layers": 1}
    text = config["text_cfg"]
    if text.get("hf_tokenizer_name"):  # it is on the hub; the local one takes its place
        text |= {"vocab_size": _LOCAL_END + 1, "eos_id": _LOCAL_END}
    return config, options


def _shrink_vision(vision):
    if trunk := vision.get("timm_model_name"):
        vision["image_size"], options = _shrunken_timm(trunk)
        return options
    if isinstance(vision["layers"], list):
        vision |= {"layers": [1, 1, 1, 1], "width": 8, "head_width": 16, "image_size": 64}
        return {}
    patch = vision.get("patch_size", 16)
    rest = vision.get("image_size", 224) % patch  # what is left of an image beside whole patches
    vision |= {"width": _SMALL, "head_width": 16, "layers": 1, "image_size": 2 * patch + rest}
    if vision.get("attentional_pool"):
        vision["attn_pooler_queries"] = 4
    return {}


def _shrunken_timm(name):
    """The size of images, and options for timm."""
    if name.startswith("convnext"):
        return 64, {"depths": (1, 1, 1, 1), "dims": (8, 8, 16, 16)}
    if name.startswith("fastvit"):
        n_stages = 5 if name.endswith(("mci3", "mci4")) else 4
        return 64, {"layers": (1,) * n_stages, "embed_dims": (_SMALL,) * n_stages}
    if name.startswith("swin"):
        options = {"embed_dim": 8, "depths": (1, 1, 1, 1), "num_heads": (1, 1, 2, 2)}
        return 224, options
    options = {"depth": 1, "embed_dim": _SMALL, "num_heads": 2}
    if name.startswith("vitamin"):
        convolutions = VitConvCfg(norm_layer="layernorm2d", norm_eps=1e-6)
        stages = {"embed_dim": (8, 16, _SMALL), "depths": (1, 1, 1), "stem_width": 8}
        options["embed_cfg"] = VitCfg(**stages, conv_cfg=convolutions, head_type="1d")
        size = 64
    elif name.startswith("vit_base_mci"):
        size = 64
    else:
        size = 2 * int(re.search(r"patch(\d+)", name)[1])
    return size, options | {"img_size": size}


def _narrow_stem(*, channels, **options):
    """The convolutions of MobileCLIP-B, whose width timm fixes."""
    return ConvStem(channels=(8, 8, _SMALL)[: len(channels)], **options)


def kind(name):
    """What shrunken architectures of the same kind have in common."""
    config, _ = shrunken(name)
    config["text_cfg"]["hf_tokenizer_name"] = bool(config["text_cfg"].get("hf_tokenizer_name"))
    trunk = config["vision_cfg"].get("timm_model_name") or ""
    config["vision_cfg"]["timm_model_name"] = re.sub(r"_\d{3}$", "", trunk)  # the size of images
    return json.dumps(config, sort_keys=True)


def small_architecture(name):
    """A random model with the parts of an architecture, and its tokenizer."""
    config, options = shrunken(name)
    text = config["text_cfg"]
    create = partial(timm.create_model, **options)
    with (
        TemporaryDirectory() as folder,
        torch.random.fork_rng(),
        patch.dict(open_clip.factory._MODEL_CONFIGS, small=config),
        patch.object(timm, "create_model", create),
        patch.object(vision_transformer_hybrid, "ConvStem", _narrow_stem),
    ):
        torch.manual_seed(0)
        if tower := text.get("hf_model_name"):
            _small_tower(tower).save_pretrained(folder)
            text["hf_model_name"] = folder
        model = open_clip.create_model("small", load_weights=False, pretrained_text=False).eval()
        with torch.no_grad():
            for parameter_name, weights in model.named_parameters():
                if weights.ndim > 1 or parameter_name.endswith("bias"):
                    weights.normal_(std=0.2)
    if not text.get("hf_tokenizer_name"):
        return model, open_clip.get_tokenizer(name)
    cleaning = {key: text.get("tokenizer_kwargs", {}).get(key, "whitespace") for key in ["clean"]}
    length = text.get("context_length", 77)
    return model, HFTokenizer(str(REFERENCE / "models" / "clip-32-8"), length, **cleaning)


def _small_tower(name):
    """The configuration of a text transformer of the same type as one on the hub."""
    sizes = {"vocab_size": _LOCAL_END + 1, "max_position_embeddings": 800}
    if "roberta" in name:  # it sees the padding of the tokenizer, which is not its own
        sizes |= {"hidden_size": _SMALL, "num_attention_heads": 2, "intermediate_size": 48}
        kind_ = name.removesuffix("-base").removesuffix("-large")
        return transformers.AutoConfig.for_model(
            kind_, num_hidden_layers=1, pad_token_id=1, **sizes
        )
    sizes |= {"d_model": _SMALL, "pad_token_id": _LOCAL_END}
    if "mt5" in name:
        sizes |= {"d_kv": 16, "d_ff": 48, "num_layers": 1, "num_heads": 2}
        return transformers.MT5Config(**sizes)
    for part in ("encoder", "decoder"):
        sizes |= {f"{part}_layers": 1, f"{part}_attention_heads": 2, f"{part}_ffn_dim": 48}
    return transformers.M2M100Config(**sizes)
