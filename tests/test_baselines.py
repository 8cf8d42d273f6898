"""Other methods, against slow literal transcriptions of their formulas on tiny models."""

import numpy as np
import pytest
import torch
from shapiq import InteractionValues
from small_games import all_coalitions, brute_force, random_game
from small_models import CAPTION, FAMILIES, SCENE, callable_encoder, random_encoder, random_model
from small_open_clip import (
    OPEN_CLIP_FAMILIES,
    as_clip_model,
    as_siglip_model,
    open_clip_tokenizer,
    random_open_clip,
    random_open_clip_encoder,
    transform,
)

from shapiq_fixlip import (
    Fixed,
    Grid,
    InputError,
    Superpixels,
    VisionLanguageGame,
    Words,
    exact_interactions,
    from_transformers,
)
from shapiq_fixlip.baselines.attention import explicit_attention
from shapiq_fixlip.baselines.gradient_maps import grad_eclip
from shapiq_fixlip.baselines.pair_attributions import exclip
from shapiq_fixlip.baselines.perturbation import banzhaf_values, occlusion, rise, shapley_values
from shapiq_fixlip.baselines.relevance_maps import attention_rollout, generic_attention

LOOKING_INSIDE = (attention_rollout, generic_attention, grad_eclip, exclip)
TOLERANCE = 1e-5  # single precision


def singles(values):
    return np.array([values[(i,)] for i in range(values.n_players)])


def pairs(values, game):
    n = game.n_players_image
    return np.array([[values[(i, n + j)] for j in range(game.n_players_text)] for i in range(n)])


@pytest.fixture(scope="module")
def game():
    return VisionLanguageGame(random_encoder("CLIP"), SCENE, CAPTION)


# --- what only needs values ---------------------------------------------------------------------


def test_occlusion_leaves_one_out():
    game = random_game(4, 3)
    found = singles(occlusion(game))
    full = np.ones((1, 7), dtype=bool)
    for player in range(7):
        without = full.copy()
        without[0, player] = False
        assert found[player] == pytest.approx((game(full) - game(without))[0])


@pytest.mark.parametrize("p", [0.3, 0.5])
def test_rise_is_the_mean_of_values_times_masks(p):
    game = random_game(4, 3)
    coalitions = all_coalitions(7)
    sizes = coalitions.sum(axis=1)
    probabilities = p**sizes * (1 - p) ** (7 - sizes)
    rows = list(zip(probabilities, game(coalitions), coalitions, strict=True))
    expected = [sum(w * v * s[player] for w, v, s in rows) / p for player in range(7)]
    assert singles(rise(game, p=p)) == pytest.approx(expected)


def test_samples_of_rise_approach_it():
    game = random_game(9, 4)
    exact = singles(rise(game, budget_image=512))
    sampled = [singles(rise(game, budget_image=100, random_state=seed)) for seed in range(30)]
    errors = np.std(sampled, axis=0) / np.sqrt(30)
    assert (np.abs(np.mean(sampled, axis=0) - exact) <= 4 * errors + 1e-9).all()
    assert (sampled[3] == singles(rise(game, budget_image=100, random_state=3))).all()


def test_values_of_single_players_are_those_of_all_coalitions():
    game = random_game(4, 3)
    found = singles(shapley_values(game))
    assert found == pytest.approx(singles(exact_interactions(game, "SV")))
    expected = brute_force(game, 0.3, 1)
    assert singles(banzhaf_values(game, p=0.3)) == pytest.approx(
        [expected[(i,)] for i in range(7)], abs=1e-9
    )


# --- what looks inside ---------------------------------------------------------------------------


class Literal:
    """A reference model run with plain attention, whose hidden states are watched."""

    def __init__(self, game, family="CLIP"):
        self.game, self.model = game, random_model(family)

    def run(self, pixels, ids, mask):
        self.model.set_attn_implementation("eager")
        try:
            image = self.model.vision_model(pixel_values=pixels, output_attentions=True)
            text = self.model.text_model(input_ids=ids, attention_mask=mask, output_attentions=True)
        finally:
            self.model.set_attn_implementation("sdpa")
        return image, text

    def similarity(self, image, text):
        f = self.model.visual_projection(image.pooler_output)
        g = self.model.text_projection(text.pooler_output)
        f, g = f / f.norm(), g / g.norm()
        return self.model.logit_scale.exp() * (f * g).sum()

    def attended(self):
        prepared = self.game.text_side.prepared
        image, text = self.run(
            self.game.image_side.prepared.pixels, prepared.ids, prepared.attention_mask
        )
        return image, text, self.similarity(image, text)

    @property
    def end(self):
        return self.game.text_side.prepared.ids.shape[1] - 1


def test_rollout_multiplies_averages_of_attention_and_identity(game):
    image, text, _ = Literal(game).attended()
    rows = []
    for attentions, row in ((image.attentions, 0), (text.attentions, Literal(game).end)):
        rolled = np.eye(attentions[0].shape[-1])
        for attention in attentions:
            average = attention[0].detach().numpy().mean(axis=0)
            layer = average + np.eye(len(average))
            layer /= layer.sum(axis=1, keepdims=True)
            rolled = layer @ rolled
        rows.append(rolled[row, 1:] if row == 0 else rolled[row, 1:-1])
    found = singles(attention_rollout(game))
    assert found == pytest.approx(np.concatenate(rows), abs=TOLERANCE)


@pytest.mark.parametrize("family", ["SigLIP", "OpenCLIP SigLIP"])
def test_rollout_shares_out_one_where_there_is_no_class_token(family):
    make = random_open_clip_encoder if family.startswith("OpenCLIP") else random_encoder
    game = VisionLanguageGame(make(family), SCENE, CAPTION)
    of_image = singles(attention_rollout(game))[: game.n_players_image]
    assert sum(of_image) == pytest.approx(1, abs=TOLERANCE)


@pytest.mark.parametrize("n_layers", [1, 2, None])
def test_generic_attention_adds_up_relevance(game, n_layers):
    image, text, similarity = Literal(game).attended()
    rows = []
    for attentions, row in ((image.attentions, 0), (text.attentions, Literal(game).end)):
        gradients = torch.autograd.grad(similarity, attentions, retain_graph=True)
        relevance = np.eye(attentions[0].shape[-1])
        used = list(zip(attentions, gradients, strict=True))[-(n_layers or 2) :]
        for attention, gradient in used:
            product = (attention * gradient)[0].detach().numpy()
            relevance = relevance + np.maximum(product, 0).mean(axis=0) @ relevance
        rows.append(relevance[row, 1:] if row == 0 else relevance[row, 1:-1])
    found = singles(generic_attention(game, n_layers=n_layers))
    assert found == pytest.approx(np.concatenate(rows), abs=TOLERANCE)


def literal_heat(states, attention, row, similarity, seen, places):
    """Grad-ECLIP's map of one layer, channel by channel and token by token."""
    query, key, value = (
        projection(states)[0].detach().numpy()
        for projection in (attention.q_proj, attention.k_proj, attention.v_proj)
    )
    (gradient,) = torch.autograd.grad(similarity, seen, retain_graph=True)
    weight = gradient[0, row].detach().numpy()
    cosines = [
        query[row] @ key[i] / np.linalg.norm(query[row]) / np.linalg.norm(key[i]) for i in places
    ]
    low, high, channels = min(cosines), max(cosines), range(len(weight))
    return [
        max(sum(weight[c] * (cosine - low) / (high - low) * value[i, c] for c in channels), 0)
        for i, cosine in zip(places, cosines, strict=True)
    ]


@pytest.mark.parametrize("n_text_layers", [1, 2, 8])
def test_grad_eclip_weighs_values_by_channel_and_place(game, n_text_layers):
    literal = Literal(game)
    seen = {}
    handles = []
    layers = {
        "image": literal.model.vision_model.encoder.layers,
        "text": literal.model.text_model.encoder.layers,
    }
    for name, blocks in layers.items():
        for i, block in enumerate(blocks):

            def look_in(_, args, kwargs, key=(name, i)):
                seen[(*key, "states")] = kwargs.get("hidden_states", args[0] if args else None)

            def look_out(_, args, key=(name, i)):
                seen[(*key, "output")] = args[0]

            attention = block.self_attn
            handles.append(attention.register_forward_pre_hook(look_in, with_kwargs=True))
            handles.append(attention.out_proj.register_forward_pre_hook(look_out))
    try:
        _, _, similarity = literal.attended()
    finally:
        for handle in handles:
            handle.remove()

    def heat(name, i, row, places):
        return literal_heat(
            seen[(name, i, "states")],
            layers[name][i].self_attn,
            row,
            similarity,
            seen[(name, i, "output")],
            places,
        )

    of_patches = heat("image", 1, 0, range(1, 17))
    length = literal.end + 1
    maps = [heat("text", i, literal.end, range(length)) for i in range(2)[-n_text_layers:]]
    of_tokens = np.sum(maps, axis=0)[1:-1]
    found = singles(grad_eclip(game, n_text_layers=n_text_layers))
    assert found == pytest.approx([*of_patches, *of_tokens], abs=TOLERANCE)


def single_head(layer, states, *, causal):
    """A block of CLIP with one head, and what Grad-ECLIP's published code keeps of it."""
    attention, n = layer.self_attn, states.shape[1]
    x = layer.layer_norm1(states)
    query, key, value = attention.q_proj(x), attention.k_proj(x), attention.v_proj(x)
    scores = (query / query.shape[-1] ** 0.5) @ key.mT
    if causal:
        scores = scores + torch.full((n, n), -torch.inf).triu(1)
    output = scores.softmax(dim=-1) @ value
    states = states + attention.out_proj(output)
    states = states + layer.mlp(layer.layer_norm2(states))
    kept = attention.out_proj(query)[0], attention.out_proj(key)[0], value[0], output
    return states, kept


def published_map(similarity, kept, row, places):
    query, key, value, output = kept
    (gradient,) = torch.autograd.grad(similarity, output, retain_graph=True)
    cosines = torch.cosine_similarity(query[row][None], key[places], dim=-1)
    loosened = (cosines - cosines.min()) / (cosines.max() - cosines.min())
    return (loosened * (value[places] @ gradient[0, row])).detach()


@pytest.mark.parametrize("n_text_layers", [1, 2])
def test_grad_eclip_as_published_has_a_single_head(game, n_text_layers):
    literal = Literal(game)
    model, end, scale = literal.model, literal.end, game.scale
    ids, pixels = game.text_side.prepared.ids, game.image_side.prepared.pixels
    with torch.no_grad():
        own = [
            model.get_image_features(pixel_values=pixels).pooler_output,
            model.get_text_features(input_ids=ids).pooler_output,
        ]
    first, second = (torch.nn.functional.normalize(one, dim=-1) for one in own)
    vision, text = model.vision_model, model.text_model
    states = vision.pre_layrnorm(vision.embeddings(pixels))
    states = vision.encoder.layers[0](states, None)
    states, kept = single_head(vision.encoder.layers[1], states, causal=False)
    pooled = model.visual_projection(vision.post_layernorm(states[:, 0]))
    similarity = (torch.nn.functional.normalize(pooled, dim=-1) * second).sum()
    of_patches = published_map(similarity, kept, 0, slice(1, None)).clamp(min=0)
    padded = torch.zeros(1, game.tokenizer.context_length, dtype=torch.long)
    padded[0, : end + 1] = ids[0]
    states, maps = text.embeddings(input_ids=padded), []
    for number, layer in enumerate(text.encoder.layers):
        if number < 2 - n_text_layers:
            mask = torch.full((padded.shape[1],) * 2, -torch.inf).triu(1)[None, None]
            states = layer(states, mask)
        else:
            states, kept = single_head(layer, states, causal=True)
            maps.append(kept)
    pooled = model.text_projection(text.final_layer_norm(states)[:, end])
    similarity = (torch.nn.functional.normalize(pooled, dim=-1) * first).sum()
    summed = sum(published_map(similarity, kept, end, slice(None)) for kept in maps)
    of_tokens = summed.clamp(min=0)[1:end]
    found = singles(grad_eclip(game, n_text_layers=n_text_layers, version="published"))
    expected = scale * torch.cat([of_patches, of_tokens]).numpy()
    assert found == pytest.approx(expected, abs=TOLERANCE)
    by_formula = singles(grad_eclip(game, n_text_layers=n_text_layers))
    assert np.abs(found - by_formula).max() > 0.01 * np.abs(by_formula).max()


def test_grad_eclip_as_published_is_for_clip(game):
    other = VisionLanguageGame(random_encoder("SigLIP"), SCENE, CAPTION)
    with pytest.raises(InputError, match="version must be 'formula' for a model that is not"):
        grad_eclip(other, version="published")
    with pytest.raises(InputError, match="version must be 'formula' or 'published', got 'code'"):
        grad_eclip(game, version="code")


@pytest.mark.parametrize("reference_end", ["text", "paper"])
@pytest.mark.parametrize(("layer_image", "layer_text"), [(0, 0), (-1, -1), (-1, 0)])
def test_exclip_integrates_jacobians(game, layer_image, layer_text, reference_end):
    """Möller's formula with whole Jacobians, one dimension of the embedding after the other."""
    literal, n_steps = Literal(game), 3
    prepared, pixels = game.text_side.prepared, game.image_side.prepared.pixels
    full_stop = game.tokenizer.replacement()
    reference_ids = prepared.ids.clone()
    reference_ids[0, 1:-1] = full_stop
    if reference_end == "paper":
        reference_ids[0, 3:] = full_stop
        reference_ids[0, 3] = prepared.ids[0, -1]

    def integrated(part, block, given, reference, projection):
        def embed(inputs, states=None):
            kept = {}

            def hook(_, args, kwargs):
                kept["states"] = args[0] if states is None else states
                return (kept["states"], *args[1:]), kwargs

            handle = block.register_forward_pre_hook(hook, with_kwargs=True)
            try:
                embedding = projection(part(**inputs).pooler_output)[0]
            finally:
                handle.remove()
            return kept["states"].detach(), embedding

        x, embedding = embed(given)
        r, _ = embed(reference)
        jacobian = 0
        for step in range(n_steps):
            states = (r + (step + 0.5) / n_steps * (x - r)).requires_grad_()
            _, out = embed(given, states)
            rows = [torch.autograd.grad(number, states, retain_graph=True)[0] for number in out]
            jacobian = jacobian + torch.stack(rows)[:, 0] / n_steps  # (d, tokens, width)
        return (x - r)[0], jacobian, embedding.norm().detach()

    model = literal.model
    x_a, j_a, norm_a = integrated(
        model.vision_model,
        model.vision_model.encoder.layers[layer_image],
        {"pixel_values": pixels},
        {"pixel_values": torch.zeros_like(pixels)},
        model.visual_projection,
    )
    x_b, j_b, norm_b = integrated(
        model.text_model,
        model.text_model.encoder.layers[layer_text],
        {"input_ids": prepared.ids, "attention_mask": prepared.attention_mask},
        {"input_ids": reference_ids, "attention_mask": prepared.attention_mask},
        model.text_projection,
    )
    expected = np.empty((16, 8))
    for i in range(16):
        for j in range(8):
            total = torch.einsum(
                "u,du,dv,v->", x_a[1 + i], j_a[:, 1 + i], j_b[:, 1 + j], x_b[1 + j]
            )
            expected[i, j] = game.scale * total.detach() / (norm_a * norm_b)
    explained = exclip(
        game,
        layer_image=layer_image,
        layer_text=layer_text,
        n_steps=n_steps,
        reference_end=reference_end,
    )
    assert pairs(explained, game) == pytest.approx(expected, abs=TOLERANCE)


@pytest.mark.parametrize(("n_steps", "tolerance"), [(40, 2e-3), ("auto", 2e-2)])
@pytest.mark.parametrize("layer", [0, -1])
def test_exclip_is_complete(game, layer, n_steps, tolerance, monkeypatch):
    """With what is nobody's, all pairs add up to the similarity of the ways from the references."""
    literal = Literal(game)
    ids, pixels = game.text_side.prepared.ids, game.image_side.prepared.pixels
    reference_ids = ids.clone()
    reference_ids[0, 1:-1] = game.tokenizer.replacement()
    mask = game.text_side.prepared.attention_mask
    with torch.no_grad():
        a, r_a = (
            literal.model.get_image_features(pixel_values=given).pooler_output[0]
            for given in (pixels, torch.zeros_like(pixels))
        )
        b, r_b = (
            literal.model.get_text_features(input_ids=given, attention_mask=mask).pooler_output[0]
            for given in (ids, reference_ids)
        )
    expected = game.scale * ((a - r_a) @ (b - r_b) / a.norm() / b.norm()).item()
    totals = []
    monkeypatch.setattr("shapiq_fixlip.baselines.pair_attributions.places", lambda _: slice(None))
    monkeypatch.setattr(
        "shapiq_fixlip.baselines.pair_attributions.pair_attributions",
        lambda _, of_pairs: totals.append(of_pairs.sum()),
    )
    exclip(game, layer_image=layer, layer_text=layer, n_steps=n_steps)
    assert totals[0] == pytest.approx(expected, rel=tolerance)


def test_steps_are_doubled_until_the_sum_is_complete(game, monkeypatch):
    module = "shapiq_fixlip.baselines.pair_attributions"
    monkeypatch.setattr(f"{module}._MIN_STEPS", 1)
    monkeypatch.setattr(f"{module}._MAX_STEPS", 4)
    monkeypatch.setattr(f"{module}._COMPLETE", 1e-9)
    with pytest.warns(RuntimeWarning, match="exCLIP: the sum is incomplete by .* after 4 steps"):
        found = exclip(game)
    assert pairs(found, game) == pytest.approx(pairs(exclip(game, n_steps=4), game))
    monkeypatch.setattr(f"{module}._COMPLETE", 1e9)
    assert pairs(exclip(game), game) == pytest.approx(pairs(exclip(game, n_steps=1), game))


def test_a_short_text_has_no_end_in_the_reference_of_the_paper(game):
    short = game.with_text("dog")
    assert short.text_side.prepared.ids.shape[1] == 3
    found = pairs(exclip(short, n_steps=2, reference_end="paper"), short)
    assert np.isfinite(found).all()


def test_exclip_does_not_depend_on_batches(game):
    small = VisionLanguageGame(random_encoder("CLIP", batch_size=5), SCENE, CAPTION)
    assert pairs(exclip(small, n_steps=2), small) == pytest.approx(
        pairs(exclip(game, n_steps=2), game), abs=TOLERANCE
    )


@pytest.mark.parametrize("method", LOOKING_INSIDE)
@pytest.mark.parametrize(
    ("family", "counterpart"),
    [("OpenCLIP ViT", as_clip_model), ("OpenCLIP SigLIP", as_siglip_model)],
)
def test_libraries_agree_on_the_same_weights(method, family, counterpart):
    model = random_open_clip(family)
    image_processor = _Processor(transform(model))
    game = VisionLanguageGame(random_open_clip_encoder(family), SCENE, CAPTION)
    other = VisionLanguageGame(
        from_transformers(counterpart(model), image_processor, open_clip_tokenizer().tokenizer),
        SCENE,
        CAPTION,
    )
    assert game.full_value == pytest.approx(other.full_value, abs=1e-4)
    found, expected = method(game), method(other)
    assert found.interactions.keys() == expected.interactions.keys()
    assert found.values == pytest.approx(expected.values, abs=1e-4)


class _Processor:
    """open_clip's transform with the interface of transformers."""

    image_mean, image_std = (
        (0.48145466, 0.4578275, 0.40821073),
        (0.26862954, 0.26130258, 0.27577711),
    )

    def __init__(self, preprocess):
        self.preprocess = preprocess

    def __call__(self, images, **_):
        return {"pixel_values": self.preprocess(images)[None]}


@pytest.mark.parametrize("method", LOOKING_INSIDE)
@pytest.mark.parametrize("family", [*FAMILIES, *OPEN_CLIP_FAMILIES])
def test_every_tower_is_explained_or_refused(method, family):
    is_open_clip = family in OPEN_CLIP_FAMILIES
    encoder = random_open_clip_encoder(family) if is_open_clip else random_encoder(family)
    game = VisionLanguageGame(encoder, SCENE, "a dog", text_players=Words())
    unknown = {"CLIPSeg", "OpenCLIP ResNet", "OpenCLIP ConvNeXt"}
    if method is not exclip:
        unknown.add("CoCa")  # pools by many queries
    if family in unknown:
        with pytest.raises(InputError, match="game must have (attention|a transformer)"):
            method(game)
        return
    values = method(game)
    assert values.n_players == game.n_players
    assert np.isfinite(values.values).all()
    assert np.abs(values.values).sum() > 0


@pytest.mark.parametrize("method", LOOKING_INSIDE)
def test_functions_of_the_user_are_refused(method):
    game = VisionLanguageGame(callable_encoder(), SCENE, "a dog")
    with pytest.raises(InputError, match="got .*tower"):
        method(game)


@pytest.mark.parametrize("method", LOOKING_INSIDE)
def test_numbers_of_players_add_up_those_of_their_tokens(game, method):
    coarse = VisionLanguageGame(
        random_encoder("CLIP"), SCENE, CAPTION, image_players=Grid(2, 2), text_players=Words()
    )
    fine_values, coarse_values = method(game), method(coarse)
    blocks = np.arange(16).reshape(4, 4)
    cells = [blocks[r : r + 2, c : c + 2].ravel() for r in (0, 2) for c in (0, 2)]
    owners = game.text_side.token_player
    words = [game.text_side.naming(word) for word in coarse.text_labels]
    assert owners.max() == game.n_players_text - 1
    if method is exclip:
        table = pairs(fine_values, game)
        expected = [
            [sum(table[i, j] for i in cell for j in word) for word in words] for cell in cells
        ]
        assert pairs(coarse_values, coarse) == pytest.approx(np.array(expected), abs=TOLERANCE)
        return
    fine = singles(fine_values)
    expected = [fine[cell].sum() for cell in cells]
    expected += [sum(fine[16 + j] for j in word) for word in words]
    assert singles(coarse_values) == pytest.approx(expected, abs=TOLERANCE)


def test_a_patch_of_several_players_is_shared_by_area():
    game = VisionLanguageGame(random_encoder("CLIP"), SCENE, "a dog", image_players=Superpixels(6))
    shares = game.image_side.patch_shares
    expected = np.zeros_like(shares)
    for row, column in np.ndindex(game.image_side.regions.shape):
        owner = game.image_side.regions[row, column]
        expected[owner, row // 8 * 4 + column // 8] += 1 / 64
    assert shares == pytest.approx(expected)
    assert shares.sum(axis=0) == pytest.approx(1)


def test_what_stands_in_for_attention_is_gone_afterwards(game):
    before = torch.nn.functional.scaled_dot_product_attention
    fast = torch.backends.mha.get_fastpath_enabled()

    def fail():
        with explicit_attention():
            assert torch.nn.functional.scaled_dot_product_attention is not before
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert torch.nn.functional.scaled_dot_product_attention is before
    assert torch.backends.mha.get_fastpath_enabled() == fast
    found = game.value_function(np.ones((1, game.n_players), dtype=bool))
    assert found[0] == pytest.approx(game.full_value)


def test_results_are_plain_values_without_warnings(game):
    for method in (*LOOKING_INSIDE, occlusion, rise):
        values = method(game)
        assert type(values) is InteractionValues
        assert values.index == "Attribution"
        assert values[()] == 0
        again = method(game) if method is not rise else values
        assert (values.values == again.values).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda _: attention_rollout(3), "game must be a VisionLanguageGame, got 3"),
        (lambda _: exclip(random_game(3, 2)), "game must be a VisionLanguageGame, got"),
        (lambda _: occlusion("game"), "game must be a SeparableGame, got 'game'"),
        (lambda game: generic_attention(game, n_layers=0), "n_layers must be at least 1, got 0"),
        (lambda game: grad_eclip(game, n_text_layers=0), "n_text_layers must be at least 1"),
        (
            lambda game: exclip(game.with_text(CAPTION, text_players=Fixed())),
            "game must have image and text players for exCLIP, got 16 and 0",
        ),
        (lambda game: exclip(game, n_steps=0), "n_steps must be at least 1, got 0"),
        (
            lambda game: exclip(game, reference_end=3),
            "reference_end must be .text. or .paper., got 3",
        ),
        (lambda game: exclip(game, layer_image=2), "layer_image must be -2 to 1 for the blocks"),
        (lambda game: exclip(game, layer_text="last"), "layer_text must be -2 to 1 .*, got 'last'"),
        (lambda game: rise(game, p=1), "p must be a number greater than 0 and less than 1, got 1"),
        (lambda game: rise(game, budget_text=0), "budget_text must be at least 1, got 0"),
    ],
)
def test_bad_input_is_refused(game, call, message):
    with pytest.raises(InputError, match=message):
        call(game)
