"""LeGrad, Grad-CAM and Metagame, against slow literal code."""

import math
from itertools import combinations, permutations

import numpy as np
import pytest
import torch
from small_models import CAPTION, SCENE, callable_encoder, random_encoder, random_model
from small_open_clip import as_clip_model, open_clip_tokenizer, random_open_clip
from small_open_clip import random_open_clip_encoder as open_clip_encoder
from test_baselines import TOLERANCE, _Processor, pairs, singles

from shapiq_fixlip import Fixed, InputError, VisionLanguageGame, Words
from shapiq_fixlip.baselines import generic_attention, grad_cam, grad_eclip, legrad, metagame
from shapiq_fixlip.baselines.metagame import without_others
from shapiq_fixlip.encoders.huggingface import from_transformers
from shapiq_fixlip.sides.images import load_image


@pytest.fixture(scope="module")
def game():
    return VisionLanguageGame(random_encoder("CLIP"), SCENE, CAPTION)


def unit(vector):
    return vector / vector.norm()


def rescaled(numbers):
    return (numbers - numbers.min()) / (numbers.max() - numbers.min())


@pytest.mark.parametrize("n_layers", [1, 2])
def test_legrad_sums_gradients_of_attention(game, n_layers):
    model = random_model("CLIP")
    prepared = game.text_side.prepared
    model.set_attn_implementation("eager")
    try:
        vision = model.vision_model(
            pixel_values=game.image_side.prepared.pixels,
            output_attentions=True,
            output_hidden_states=True,
        )
    finally:
        model.set_attn_implementation("sdpa")
    with torch.no_grad():
        text = model.text_model(prepared.ids, prepared.attention_mask).pooler_output
        text = unit(model.text_projection(text)[0])
    expected = np.zeros(16)
    for layer in range(2 - n_layers, 2):
        mean = vision.hidden_states[1 + layer][0].mean(dim=0)
        pooled = model.visual_projection(model.vision_model.post_layernorm(mean))
        attention = vision.attentions[layer]
        (gradient,) = torch.autograd.grad(unit(pooled) @ text, attention, retain_graph=True)
        heads, rows, columns = gradient[0].shape
        expected += [
            sum(max(float(gradient[0, h, r, c]), 0) for h in range(heads) for r in range(rows))
            / (heads * rows)
            for c in range(1, columns)
        ]
    found = singles(legrad(game, n_layers=n_layers))
    assert found[:16] == pytest.approx(rescaled(expected), abs=1e-4)
    assert (found[16:] == 0).all()


def test_legrad_pools_by_attention_where_the_model_does():
    game = VisionLanguageGame(random_encoder("SigLIP"), SCENE, CAPTION)
    model = random_model("SigLIP")
    prepared = game.text_side.prepared
    vision = model.vision_model(
        pixel_values=game.image_side.prepared.pixels, output_hidden_states=True
    )
    with torch.no_grad():
        text = unit(model.text_model(prepared.ids, prepared.attention_mask).pooler_output[0])
    head = model.vision_model.head
    expected = np.zeros(16)
    for layer in (0, 1):
        tokens = model.vision_model.post_layernorm(vision.hidden_states[1 + layer])
        query, key, value = (
            torch.nn.functional.linear(given, weight, bias)
            for given, weight, bias in zip(
                (head.probe, tokens, tokens),
                head.attention.in_proj_weight.chunk(3),
                head.attention.in_proj_bias.chunk(3),
                strict=True,
            )
        )
        n_heads = head.attention.num_heads
        query, key, value = (
            part.unflatten(2, (n_heads, -1)).transpose(1, 2) for part in (query, key, value)
        )
        weights = (query @ key.mT / math.sqrt(query.shape[-1])).softmax(dim=-1)
        pooled = head.attention.out_proj((weights @ value).transpose(1, 2).flatten(2))
        pooled = (pooled + head.mlp(head.layernorm(pooled)))[0, 0]
        (gradient,) = torch.autograd.grad(unit(pooled) @ text, weights, retain_graph=True)
        expected += gradient.clamp(min=0)[0, :, 0].mean(dim=0).numpy()
    assert singles(legrad(game))[:16] == pytest.approx(rescaled(expected), abs=1e-4)


def test_legrad_is_the_same_by_both_libraries():
    family = "OpenCLIP ViT"
    game = VisionLanguageGame(open_clip_encoder(family), SCENE, CAPTION)
    model = random_open_clip(family)
    processor = _Processor(game.image_side.tower._preprocess)
    other = from_transformers(as_clip_model(model), processor, open_clip_tokenizer().tokenizer)
    expected = legrad(VisionLanguageGame(other, SCENE, CAPTION))
    assert legrad(game).values == pytest.approx(expected.values, abs=1e-3)


def test_legrad_leaves_a_model_as_it_was(game):
    before, blocks = game.full_value, game.image_side.tower.blocks
    n_hooks = [len(block._forward_hooks) for block in blocks]
    first, second = legrad(game), legrad(game)
    assert (first.values == second.values).all()
    again = game.value_function(np.ones((1, game.n_players), dtype=bool))
    assert again[0] == pytest.approx(before)
    assert [len(block._forward_hooks) for block in blocks] == n_hooks


@pytest.mark.parametrize("family", ["OpenCLIP ResNet", "OpenCLIP ConvNeXt"])
def test_grad_cam_weighs_the_last_feature_map(family):
    game = VisionLanguageGame(open_clip_encoder(family), SCENE, CAPTION)
    model = random_open_clip(family)
    seen = []
    visual = model.visual
    block = visual.layer4 if family == "OpenCLIP ResNet" else visual.trunk.norm_pre
    handle = block.register_forward_hook(lambda _, __, output: seen.append(output))
    try:
        pixels = game.image_side.prepared.pixels.clone().requires_grad_()
        image = unit(model.encode_image(pixels)[0])
    finally:
        handle.remove()
    prepared = game.text_side.prepared
    text = game.text_side.tower.embed(prepared.ids, prepared.attention_mask)[0].detach()
    features = seen[-1]
    (gradient,) = torch.autograd.grad(image @ text, features)
    heat = torch.zeros(features.shape[2:])
    for channel in range(features.shape[1]):
        heat += gradient[0, channel].mean() * features[0, channel].detach()
    regions = game.image_side.regions
    of_pixels = torch.nn.functional.interpolate(
        heat.clamp(min=0)[None, None], regions.shape, mode="bilinear", align_corners=False
    )[0, 0].numpy()
    area = regions.size / heat.numel()
    expected = [float(of_pixels[regions == i].sum() / area * game.scale) for i in range(49)]
    found = singles(grad_cam(game))
    assert max(expected) > 0
    assert found[:49] == pytest.approx(expected, rel=1e-3, abs=1e-5 * max(expected))
    assert (found[49:] == 0).all()


@pytest.mark.parametrize(
    ("of_patches", "method"), [("grad-eclip", grad_eclip), ("game", generic_attention)]
)
def test_metagame_is_the_shapley_value_of_each_word(of_patches, method):
    """Over all orders in which words come; an empty text has a map, too."""
    encoder = random_encoder("CLIP")
    text = "a black dog"
    game = VisionLanguageGame(encoder, SCENE, text, text_players=Words())
    words, tower = text.split(), encoder.text_tower

    def map_of(kept):
        if kept:
            some = game.with_text(" ".join(words[i] for i in sorted(kept)), text_players=Words())
            return singles(method(some))[:16]
        nothing = game.with_text("a", text_players=Words())  # an empty text is refused
        nothing.text_side.prepared = tower.prepare("")
        nothing.text_side.token_player = np.array([-1, -1])
        return singles(method(nothing))[:16]

    maps = {
        frozenset(kept): map_of(kept) for size in range(4) for kept in combinations(range(3), size)
    }
    expected = np.zeros((16, 3))
    for order in permutations(range(3)):
        for place in range(3):
            before, after = frozenset(order[:place]), frozenset(order[: place + 1])
            expected[:, order[place]] += (maps[after] - maps[before]) / 6
    values = pairs(metagame(game, of_patches=of_patches), game)
    assert values == pytest.approx(expected, abs=TOLERANCE)
    assert np.abs(maps[frozenset()]).max() > 0


def test_metagame_deletes_the_letters_of_absent_tokens():
    """Players of one word's tokens leave its other letters."""
    game = VisionLanguageGame(random_encoder("CLIP"), SCENE, "a hydrants dog")
    side, n = game.text_side, game.n_players_text
    assert n > 3
    assert without_others(side, range(n)) == "a hydrants dog"
    assert without_others(side, ()) == ""
    assert without_others(side, (0, n - 1)) == "a dog"
    first = side.text_labels[1]
    assert without_others(side, (0, 1)) == f"a {first}"
    assert len(first) < len("hydrants")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda game: legrad(game, n_layers=0), "n_layers must be at least 1, got 0"),
        (lambda _: legrad(3), "game must be a VisionLanguageGame, got 3"),
        (
            lambda _: legrad(VisionLanguageGame(callable_encoder(), SCENE, "a dog")),
            "attention among all tokens of the image for LeGrad",
        ),
        (grad_cam, "convolutional network for the image for Grad-CAM"),
        (
            lambda _: grad_cam(VisionLanguageGame(callable_encoder(), SCENE, "a dog")),
            "convolutional network for the image for Grad-CAM",
        ),
        (
            lambda _: grad_cam(VisionLanguageGame(random_encoder("CLIPSeg"), SCENE, "a dog")),
            "convolutional network for the image for Grad-CAM",
        ),
        (
            lambda game: metagame(game, of_patches="rollout"),
            "of_patches must be .*, got 'rollout'",
        ),
        (
            lambda game: metagame(game.with_text(CAPTION, text_players=Fixed())),
            "1 to 12 text players for Metagame, got 0",
        ),
        (
            lambda game: metagame(game.with_text("dog " * 13, text_players=Words())),
            "1 to 12 text players for Metagame, got 13",
        ),
    ],
)
def test_bad_input_is_refused(game, call, message):
    with pytest.raises(InputError, match=message):
        call(game)


def test_an_image_of_another_size_is_explained(encoder):
    image = load_image(SCENE)
    game = VisionLanguageGame(encoder, image, "a lion", text_players=Words())
    for method in (legrad, metagame):
        values = method(game)
        assert np.isfinite(values.values).all()
        assert np.abs(values.values).sum() > 0
