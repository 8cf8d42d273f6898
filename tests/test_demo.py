from importlib.resources import files

import numpy as np
import pytest
import torch
import typer
from PIL import Image, ImageChops
from transformers import AutoModel, AutoProcessor
from typer.testing import CliRunner

from shapiq_fixlip import FIxLIP, InputError, VisionLanguageGame, load_encoder
from shapiq_fixlip.demo import train
from shapiq_fixlip.demo.scenes import SCENE_SIZE, caption, collage, demo_scene, random_scene
from shapiq_fixlip.demo.sprites import CLASS_NAMES, SPRITE_SIZE, sprite
from shapiq_fixlip.encoders.loading import DEMO_MODELS


def test_there_are_at_least_ninety_classes_with_a_picture_each():
    assert len(set(CLASS_NAMES)) == len(CLASS_NAMES) >= 90
    pictures = {sprite(name).tobytes() for name in CLASS_NAMES}
    assert len(pictures) == len(CLASS_NAMES)
    assert all(max(sprite(name).size) == SPRITE_SIZE for name in CLASS_NAMES)


def test_sprites_are_small():
    assert files("shapiq_fixlip.demo").joinpath("sprites.png").stat().st_size <= 1_000_000


def test_unknown_class_is_refused():
    with pytest.raises(InputError, match="name must be one of dog, .*, got 'wug'"):
        sprite("wug")


@pytest.mark.parametrize("render", [random_scene, collage])
def test_scene_is_a_function_of_the_seed(render):
    first, second = (render(np.random.default_rng(5)) for _ in range(2))
    assert first.image.tobytes() == second.image.tobytes()
    assert (first.caption, first.objects) == (second.caption, second.objects)
    assert render(np.random.default_rng(6)).image.tobytes() != first.image.tobytes()


@pytest.mark.parametrize("n_objects", [1, 2, 3, 4])
def test_scenes_show_what_their_captions_name(n_objects):
    for seed in range(30):
        scene = random_scene(np.random.default_rng(seed), n_objects)
        assert scene.image.size == (SCENE_SIZE, SCENE_SIZE)
        assert scene.image.mode == "RGB"
        assert len({placed.name for placed in scene.objects}) == n_objects
        words = scene.caption.replace(",", "").split()
        assert [word for word in words if word in CLASS_NAMES] == [
            placed.name for placed in scene.objects
        ]
        for placed in scene.objects:
            left, upper, right, lower = placed.box
            assert 0 <= left < right <= SCENE_SIZE
            assert 0 <= upper < lower <= SCENE_SIZE


def test_objects_are_where_their_boxes_are(monkeypatch):
    """Draw the same scene without its sprites: only pixels in the boxes may differ."""
    scene = random_scene(np.random.default_rng(1), 3)
    monkeypatch.setattr(Image.Image, "paste", lambda *_: None)
    empty = random_scene(np.random.default_rng(1), 3)
    changed = np.asarray(ImageChops.difference(scene.image, empty.image)).any(axis=2)
    covered = np.zeros_like(changed)
    for placed in scene.objects:
        left, upper, right, lower = placed.box
        covered[upper:lower, left:right] = True
        assert changed[upper:lower, left:right].mean() > 0.2
    assert not changed[~covered].any()


def test_collages_have_one_object_in_every_corner():
    for seed in range(20):
        for n_named in (1, 4):
            scene = collage(np.random.default_rng(seed), n_named)
            corners = set()
            for placed in scene.objects:
                left, upper, right, lower = placed.box
                corners.add((left >= 64, upper >= 64))
                assert (left >= 64) or (right <= 48)
                assert (upper >= 64) or (lower <= 48)
            assert len(corners) == 4
            words = scene.caption.replace(",", "").split()
            named = [placed.name for placed in scene.objects if placed.name in words]
            assert named == [placed.name for placed in scene.objects[:n_named]]


@pytest.mark.parametrize(
    ("names", "expected"),
    [(["apple"], "an apple"), (["unicorn"], "a unicorn"), (["dog"], "a dog")],
)
def test_captions_have_the_right_article(names, expected):
    for seed in range(8):
        assert expected in caption(names, np.random.default_rng(seed))


@pytest.mark.parametrize("count", [0, 5])
def test_numbers_of_objects_out_of_range_are_refused(count):
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match=f"n_objects must be 1 to 4, got {count}"):
        random_scene(rng, count)
    with pytest.raises(InputError, match=f"n_named must be 1 to 4, got {count}"):
        collage(rng, count)
    with pytest.raises(InputError, match=f"1 to 4 class names, got {count}"):
        caption(["dog"] * count, rng)


def test_every_word_of_a_caption_is_one_token():
    tower = load_encoder("demo").text_tower
    for name in CLASS_NAMES:
        prepared = tower.prepare(f"a photo of a {name} next to an apple")
        words = [t for t, s in zip(prepared.tokens, prepared.is_special, strict=True) if not s]
        assert words == ["a", "photo", "of", "a", name, "next", "to", "an", "apple"]


def test_other_words_are_spelled_in_pieces():
    prepared = load_encoder("demo").text_tower.prepare("Hydrant ☃ Ünï")
    words = [t for t, s in zip(prepared.tokens, prepared.is_special, strict=True) if not s]
    assert "".join(words).startswith("Hydrant")
    assert len(words) > 3
    assert all(words)


@pytest.mark.parametrize(
    ("name", "grid", "options"),
    [("demo", (7, 7), {}), ("demo-siglip", (8, 8), {"padding": "max_length"})],
)
def test_embedded_models_are_small_and_load_with_transformers_alone(name, grid, options):
    folder = DEMO_MODELS[name]
    model, processor = AutoModel.from_pretrained(folder), AutoProcessor.from_pretrained(folder)
    scene = demo_scene()
    inputs = processor(text=[scene.caption], images=scene.image, return_tensors="pt", **options)
    inputs.pop("attention_mask") if options else None  # padding is seen, as in SigLIP
    with torch.no_grad():
        logit = model(**inputs).logits_per_image.item()
    game = VisionLanguageGame(load_encoder(name), scene.image, scene.caption)
    assert game.full_value == pytest.approx(logit, abs=0.05)  # other resizing backend, no resizing
    assert game.image_side.grid == grid


def test_the_second_embedded_model_is_no_larger_and_of_another_kind():
    sizes = [(DEMO_MODELS[name] / "model.safetensors").stat().st_size for name in DEMO_MODELS]
    assert sizes[1] <= sizes[0] <= 12_000_000
    encoders = [load_encoder(name) for name in DEMO_MODELS]
    assert encoders[0].logit_bias == 0
    assert encoders[1].logit_bias < -5  # a sigmoid loss
    kinds = [AutoModel.from_pretrained(DEMO_MODELS[name]).config.model_type for name in DEMO_MODELS]
    assert kinds == ["clip", "siglip"]


@pytest.mark.parametrize("name", DEMO_MODELS)
def test_embedded_models_pick_the_right_caption(name):
    assert train.caption_accuracy(load_encoder(name), n_scenes=200) >= 0.88


@pytest.mark.parametrize("name", DEMO_MODELS)
def test_embedded_models_link_words_to_their_objects(name):
    """In most scenes the strongest pair of every named object lies in its box."""
    encoder = load_encoder(name)
    hits = []
    for seed in range(5):
        scene = random_scene(np.random.default_rng([seed, 2**31]), 2)
        game = VisionLanguageGame(encoder, scene.image, scene.caption)
        values = FIxLIP(game.n_players, random_state=0).approximate(game=game)
        n_patches = game.n_players_image
        side = 112 // game.image_side.grid[0]
        for placed in scene.objects:
            word = n_patches + game.text_side.text_labels.index(placed.name)
            patch = max(range(n_patches), key=lambda i, word=word: values[(i, word)])
            row, column = divmod(patch, game.image_side.grid[1])
            left, upper, right, lower = placed.box
            hits.append(
                left < (column + 1) * side
                and column * side < right
                and upper < (row + 1) * side
                and row * side < lower
            )
    assert np.mean(hits) >= 0.8


@pytest.mark.parametrize("kind", train.TRAINEES)
def test_training_script_trains(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(train, "caption_accuracy", lambda *_: 0.5)
    app = typer.Typer()
    app.command()(train.main)
    out = tmp_path / "model"
    arguments = [
        kind,
        str(out),
        "--steps",
        "4",
        "--batch-size",
        "8",
        "--workers",
        "0",
        "--check-every",
        "2",
    ]
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    encoder = load_encoder(out)
    assert encoder.text_tower.tokenizer.context_length == 32
    assert (encoder.logit_bias == 0) == (kind == "clip")
    assert (out / "model.safetensors").stat().st_size <= 12_000_000


def test_only_known_kinds_are_trained(tmp_path):
    app = typer.Typer()
    app.command()(train.main)
    result = CliRunner().invoke(app, ["blip", str(tmp_path / "model")])
    assert result.exit_code == 2
    assert "kind must be one of clip, siglip, got 'blip'" in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", train.TRAINEES)
def test_trained_and_explained_are_the_same_function(tmp_path, kind):
    torch.manual_seed(0)
    trainee = train.TRAINEES[kind]()
    trainee.save(tmp_path)
    encoder = load_encoder(tmp_path)
    scene = demo_scene()
    trainee.model.eval()
    pixels = encoder.image_tower.prepare(scene.image).pixels
    with torch.no_grad():
        image = trainee.embed_patches(trainee.patch_tokens(pixels))[0]
        text = trainee.embed_texts(*trainee.tokenized([scene.caption]))[0]
    cosine = torch.nn.functional.cosine_similarity(image, text, dim=0).item()
    game = VisionLanguageGame(encoder, scene.image, scene.caption, value="cosine")
    assert game.full_value == pytest.approx(cosine, abs=1e-5)


@pytest.mark.parametrize("kind", train.TRAINEES)
def test_matching_pairs_lower_the_loss(kind):
    trainee = train.TRAINEES[kind]()
    same = train.same_contents([frozenset("a"), frozenset("b"), frozenset("a")])
    assert same.tolist() == [[True, False, True], [False, True, False], [True, False, True]]
    with torch.no_grad():
        right, wrong = (trainee.loss(sign * (2.0 * same - 1.0), same) for sign in (1, -1))
    assert right < wrong


def test_the_sigmoid_loss_judges_every_pair_by_itself():
    trainee = train.TRAINEES["siglip"]()
    same = train.same_contents([frozenset("a"), frozenset("b")])
    cosines = torch.tensor([[0.9, 0.1], [-0.2, 0.4]])
    logits = 10 * cosines.double() - 10  # the scale and the bias at the start
    probabilities = torch.sigmoid(logits)
    expected = -(probabilities.diag().log().sum() + (1 - probabilities).log().sum())
    expected += (1 - probabilities.diag()).log().sum()
    assert trainee.loss(cosines, same).item() == pytest.approx(expected.item() / 2, rel=1e-5)


def test_accuracy_needs_whole_rounds_of_captions():
    with pytest.raises(InputError, match=r"n_scenes must be a multiple of n_captions \(100\)"):
        train.caption_accuracy(None, n_scenes=50)


def test_training_captions_leave_out_objects_half_of_the_time():
    contents = train.SceneBatches(seed=0, n_batches=1, batch_size=200)[0]
    left_out = [
        not all(name in text.replace(",", "").split() for name in names)
        for text, names in zip(contents.captions, contents.contents, strict=True)
    ]
    assert 0.15 < np.mean(left_out) < 0.45  # a scene of one object leaves nothing to leave out


@pytest.mark.parametrize("kind", train.TRAINEES)
def test_training_is_reproducible(kind):
    def losses():
        torch.manual_seed(0)
        run = train.train(train.TRAINEES[kind](), seed=0, n_steps=4, batch_size=8, n_workers=0)
        return [loss for _, loss in run]

    assert losses() == losses()
