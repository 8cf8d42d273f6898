"""Player maps: where players are, what they are called, and what is refused."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL import Image
from small_models import CAPTION, SCENE, callable_encoder, random_encoder, tokenizer

from shapiq_fixlip import (
    Boxes,
    CallableEncoder,
    Fill,
    Fixed,
    Grid,
    InputError,
    Patches,
    Phrases,
    Regions,
    Replace,
    Superpixels,
    Template,
    Tokens,
    VisionLanguageGame,
    Words,
    _optional,
)
from shapiq_fixlip.encoders.tokenizers import HuggingFaceTokenizer
from shapiq_fixlip.sides import ImageSide, TextSide
from shapiq_fixlip.sides.view import View


def tower_of(transform):
    """An image tower that sees an image as a transform of open_clip leaves it."""
    encoder = CallableEncoder(
        lambda pixels: pixels.flatten(1)[:, :8],
        lambda ids, _: ids.float(),
        preprocess=transform,
        tokenizer=random_encoder().text_tower.tokenizer,
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    )
    return encoder.image_tower


def resized(**options):
    normal = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5), **options}
    return image_transform_v2(PreprocessCfg(**normal), is_train=False)


def sources_of(view):
    """The row of the image that every seen row shows, and the same of columns; -1 for none."""
    rows, columns = np.indices(view.image_size[::-1])
    return view.seen(rows, -1).max(axis=1), view.seen(columns, -1).max(axis=0)


def expected_sources(size, seen, resize_mode):
    """The pixel of the image in every seen pixel along one axis, by the definition of resizing."""
    place = np.arange(seen) + 0.5
    if resize_mode == "squash":
        scale, offset = size[0] / seen, 0.0
    elif resize_mode == "shortest":
        scale = min(size) / seen
        offset = (size[0] - seen * scale) / 2
    else:
        scale = max(size) / seen
        offset = (size[0] - seen * scale) / 2
    return place * scale + offset - 0.5, scale


@pytest.mark.parametrize("resize_mode", ["shortest", "squash", "longest"])
@pytest.mark.parametrize("size", [(640, 480), (300, 900), (1234, 999), (20, 31), (224, 224)])
@pytest.mark.parametrize("seen", [56, 224])
def test_sources_are_those_of_the_resizing(resize_mode, size, seen):
    """To a pixel that is seen, as resizing rounds sizes to whole pixels."""
    tower = tower_of(resized(size=seen, resize_mode=resize_mode))
    view = View(tower, Image.new("RGB", size))
    for found, axis_size in zip(sources_of(view)[::-1], (size, size[::-1]), strict=True):
        expected, scale = expected_sources(axis_size, seen, resize_mode)
        inside = (expected > -0.5) & (expected < axis_size[0] - 0.5)
        assert np.abs(found - expected)[inside & (found >= 0)].max() <= max(0.5, scale) + 0.5
        assert (found[inside] >= 0).all()
        far = (expected < -2 * scale - 1) | (expected > axis_size[0] + 2 * scale)
        assert (found[far] == -1).all()


def test_sources_do_not_depend_on_the_colours():
    """Grey pixels with a normalisation that nobody told are traced as well."""
    plain = resized(size=56, resize_mode="longest")

    def grey(image):
        return 7 - 3 * plain(image).mean(dim=0, keepdim=True).repeat(3, 1, 1)

    image = Image.new("RGB", (300, 200))
    expected, found = (sources_of(View(tower_of(each), image)) for each in (plain, grey))
    for first, second in zip(expected, found, strict=True):
        assert ((first >= 0) == (second >= 0)).all()
        assert np.abs(first - second).max() <= 1


def test_preprocessing_that_shows_nothing_is_refused():
    tower = tower_of(lambda _: torch.zeros(3, 8, 8))
    with pytest.raises(InputError, match="got one that makes the same of black and of white"):
        ImageSide(tower, SCENE, image_players=Boxes([[0, 0, 9, 9]]))


@pytest.mark.parametrize("family", ["CLIP", "SigLIP", "SigLIP 2 NaFlex"])
def test_boxes_are_where_the_model_sees_them(family):
    """A white box on black is found where the box's player is."""
    pixels = np.zeros((240, 320, 3), dtype=np.uint8)
    pixels[60:170, 110:230] = 255
    side = ImageSide(
        random_encoder(family).image_tower, pixels, image_players=Boxes([[110, 60, 230, 170]])
    )
    is_white, is_player = side.image.mean(axis=2) > 127, side.regions == 0
    assert is_white.sum() > 50
    assert (is_white ^ is_player).sum() <= 0.12 * is_white.sum()


def test_a_label_image_of_the_seen_size_is_taken_as_it_is():
    labels = np.random.default_rng(0).integers(0, 5, (32, 32))
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    side = ImageSide(random_encoder().image_tower, pixels, image_players=Regions(labels))
    assert (side.regions == labels - 1).all()
    assert side.player_names == ("region 1", "region 2", "region 3", "region 4")


def test_cells_are_as_equal_as_pixels_allow():
    side = ImageSide(random_encoder().image_tower, SCENE, image_players=Grid(3, 5))
    assert side.regions[0, 0] == 0
    assert side.regions[-1, -1] == 14
    assert side.player_names[7] == "cell (1,2)"
    counts = np.bincount(side.regions.ravel())
    assert counts.max() <= counts.min() * 11 * 7 / (10 * 6) + 1


def test_the_smaller_of_two_overlapping_boxes_is_on_top():
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    players = Boxes([[4, 4, 12, 12], [0, 0, 32, 32]], names=["small", "large"])
    side = ImageSide(random_encoder().image_tower, pixels, image_players=players)
    assert (side.regions[4:12, 4:12] == 0).all()
    assert (side.regions == 0).sum() == 64
    assert side.player_names == ("small", "large")


def test_masks_become_regions_with_the_smallest_on_top():
    masks = np.zeros((2, 6, 8), dtype=bool)
    masks[0, 2:4, 2:4] = True
    masks[1] = True
    assert (Regions.from_masks(masks).labels == np.where(masks[0], 0, 1)).all()


def test_label_images_are_read_from_files(tmp_path):
    labels = np.zeros((240, 320), dtype=np.uint8)
    labels[:, 160:] = 200
    Image.fromarray(labels).save(tmp_path / "labels.png")
    players = Regions(tmp_path / "labels.png")
    assert players.names == ["region 200"]
    assert (players.labels == np.where(labels, 0, -1)).all()


def test_superpixels_follow_the_colours():
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[:, 13:] = 255
    side = ImageSide(random_encoder().image_tower, pixels, image_players=Superpixels(8))
    assert side.player_names == tuple(f"segment {i}" for i in range(side.n_players))
    assert 4 <= side.n_players <= 12
    assert not set(np.unique(side.regions[:, :13])) & set(np.unique(side.regions[:, 13:]))


def test_superpixels_need_an_extra(monkeypatch):
    def missing(package):
        raise ImportError(package)

    monkeypatch.setattr(_optional, "import_module", missing)
    with pytest.raises(InputError, match=r"'skimage', got none; .*'shapiq-fixlip\[segments\]'"):
        Superpixels()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Grid(0, 3), "rows must be at least 1, got 0"),
        (lambda: Grid(3, 1.5), "columns must be a whole number, got 1.5"),
        (lambda: Boxes([]), r"boxes must be of shape \(n, 4\) with n at least 1"),
        (lambda: Boxes([[1, 2, 3]]), r"boxes must be of shape \(n, 4\)"),
        (lambda: Boxes("abc"), "boxes must be a table of numbers, got 'abc'"),
        (lambda: Boxes([[5, 5, 5, 9]]), "got box 0 with \\(5, 5, 5, 9\\), which is empty"),
        (lambda: Boxes([[0, 0, np.nan, 9]]), "boxes must be finite"),
        (lambda: Boxes([[0, 0, 5, 9]], names=["a", "b"]), "names must be 1, one for each player"),
        (lambda: Boxes([[0, 0, 5, 9]], names="a"), "names must be 1, one for each player"),
        (lambda: Regions(np.zeros((3, 3), dtype=int)), "labels must mark at least one region"),
        (lambda: Regions(np.ones((3, 3))), "labels must be whole numbers .* got float64"),
        (lambda: Regions(np.ones((3, 3, 3), dtype=int)), r"labels must be whole numbers .*\(3, 3"),
        (lambda: Regions("nowhere.png"), "labels must be a file"),
        (lambda: Regions(np.ones((3, 3), dtype=int), ["a", "b"]), "names must be 1"),
        (lambda: Regions.from_masks([]), r"masks must be at least one of shape \(height, width\)"),
        (lambda: Regions.from_masks([{"segmentation": 3}]), "masks must be at least one of shape"),
        (lambda: Boxes([[0, 0, 1e30, -1e30]]), "which is empty"),
        (lambda: Regions([[1, 2], [1]]), "labels must be whole numbers"),
        (lambda: Phrases(None), "phrases must be a list of parts of the text"),
        (lambda: Replace(5), "text_removal must have a replacement of exactly one token, got 5"),
        (lambda: Regions.from_masks(np.zeros((1, 3, 3), dtype=bool)), "got mask 0, empty or"),
        (lambda: Superpixels(1), "n_segments must be at least 2, got 1"),
        (lambda: Superpixels(5, compactness="a"), "compactness must be greater than 0, got 'a'"),
        (lambda: Phrases([3]), "phrases must be a list of parts of the text"),
        (lambda: Superpixels(5, compactness=0), "compactness must be greater than 0, got 0"),
        (lambda: Phrases([]), "phrases must be a list of parts of the text"),
        (lambda: Phrases("dog"), "phrases must be a list of parts of the text"),
        (lambda: Phrases(["dog", " "]), "phrases must be a list of parts of the text"),
    ],
)
def test_impossible_maps_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"image_players": Boxes([[0, 0, 321, 9]])},
            "inside the image of 320 x 240 pixels, got box 0",
        ),
        (
            {"image_players": Boxes([[-1, 0, 30, 9]])},
            "inside the image of 320 x 240 pixels, got box 0",
        ),
        (
            {"image_players": Boxes([[0, 0, 9, 9], [0, 0, 9, 9]])},
            "boxes must not cover each other completely, got box 0 under others",
        ),
        ({"image_players": Regions(np.ones((9, 9), dtype=int))}, "320 x 240 pixels, got 9 x 9"),
        (
            {"image_players": Boxes([[0, 0, 9, 200]])},
            "the model sees, got 'box 0', of which cropping",
        ),
        ({"image_players": Grid(5, 4)}, "image_players must be at most 16, the patches .* got 20"),
        ({"image_players": "4 by 4"}, "image_players must be patches, ROWSxCOLUMNS, .*'4 by 4'"),
        ({"image_players": "0x4"}, "image_players must be .* got '0x4' \\(rows must be at least 1"),
        ({"image_players": Words()}, "image_players must be Patches\\(\\), .* got"),
        ({"image_players": None}, "image_players must be Patches\\(\\), .* got None"),
        ({"text_players": "letters"}, "text_players must be tokens, words, .* got 'letters'"),
        ({"text_players": Grid(2, 2)}, "text_players must be Tokens\\(\\), .* got"),
        ({"text_players": None}, "text_players must be Tokens\\(\\), .* got None"),
        ({"image_removal": "white"}, "image_removal must be zero, .* got 'white'"),
        ({"image_removal": None}, "image_removal must be zero, .* got None"),
        ({"text_removal": "drop"}, "text_removal must be attention, .* got 'drop'"),
        ({"text_removal": None}, "text_removal must be attention, .* got None"),
        (
            {
                "image_players": Boxes([[40, 0, 50, 10], [100, 0, 280, 240]]),
                "image_removal": "drop",
            },
            "owns most of at least one patch",
        ),
        ({"image_removal": np.zeros((3, 3, 3))}, "image_removal must be zero, .* or Fill"),
        (
            {"text_removal": Replace("hydrant")},
            "text_removal must have a replacement of exactly one token",
        ),
        ({"text_players": Phrases(["white dog"])}, "got 'white dog', which is not there"),
        ({"text_players": Phrases(["dog", "dog"])}, "got 'dog', which does not occur again"),
        (
            {"text_players": Phrases(["black dog", "dog next"])},
            "phrases must not overlap, got 'black dog'",
        ),
        ({"text_players": Template()}, "text must be a template whose players stand in braces"),
    ],
)
def test_choices_that_do_not_fit_are_refused(options, message):
    encoder = random_encoder()
    with pytest.raises(InputError, match=message):
        VisionLanguageGame(encoder, SCENE, CAPTION, **options)


def test_grids_finer_than_the_pixels_are_refused():
    with pytest.raises(InputError, match="image_players must be at most a grid of 32 x 32"):
        ImageSide(callable_encoder().image_tower, SCENE, image_players=Grid(1, 33))


def test_towers_without_patches_take_any_number_of_players():
    side = ImageSide(callable_encoder().image_tower, SCENE, image_players=Grid(20, 20))
    assert side.n_players == 400
    assert ImageSide(callable_encoder().image_tower, SCENE).n_players == 49


@pytest.mark.parametrize(
    "text",
    ["{dog", "dog}", "a {} dog", "a { } dog", "a {{dog}}", "a dog", "{a} {b"],
)
def test_broken_templates_are_refused(text):
    with pytest.raises(InputError, match="text must be a template"):
        TextSide(random_encoder().text_tower, text, text_players=Template())


def test_phrases_are_whole_words_first_and_in_the_order_given():
    side = TextSide(
        random_encoder().text_tower, "a hydrant cat", text_players=Phrases(["cat", "a", "hydr"])
    )
    assert side.text_labels == ("cat", "a", "hydr")
    assert Phrases(["a"]).read("black cat a").spans == ((10, 11),)
    assert Phrases(["dog", "dog"]).read("dog and dog").spans == ((0, 3), (8, 11))


def test_words_that_the_tokenizer_drops():
    """Some tokenizers drop punctuation: such a word is no player, such a phrase is refused."""

    class Dropping(HuggingFaceTokenizer):
        def _encode(self, text):
            ids, special, spans = super()._encode(text)
            kept = [i for i, (a, b) in enumerate(spans) if special[i] or text[a:b].isalpha()]
            return [[column[i] for i in kept] for column in (ids, special, spans)]

    tower = random_encoder().text_tower
    tower.tokenizer = Dropping(tokenizer(), 40)
    assert TextSide(tower, "black 5 dog", text_players=Words()).text_labels == ("black", "dog")
    with pytest.raises(InputError, match="got none for '5'"):
        TextSide(tower, "black 5 dog", text_players=Phrases(["5"]))


def test_punctuation_belongs_to_its_word():
    read = Words().read("- a dog, - and ...")
    assert [read.text[slice(*span)] for span in read.spans] == ["- a", "dog, -", "and ..."]
    assert Words().read(" ?! ").spans == ((1, 3),)


@pytest.mark.parametrize(
    ("players", "expected"),
    [
        (Tokens(), [-1, 0, 1, 2, 3, 4, 5, 6, 7, -1]),
        (Words(), [-1, 0, 1, 2, 3, 4, 5, 6, 6, -1]),
        (Phrases(["hydrant", "black dog"]), [-1, 1, 1, -1, -1, -1, -1, 0, 0, -1]),
        (Phrases(["ant"]), [-1, -1, -1, -1, -1, -1, -1, -1, 0, -1]),
        (Fixed(), [-1] * 10),
    ],
)
def test_tokens_belong_to_their_players(players, expected):
    """By hand: begin, black, dog, next, to, a, yellow, hydr, ant, end."""
    side = TextSide(random_encoder().text_tower, CAPTION, text_players=players)
    assert side.token_player.tolist() == expected


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="ab dog.,!-黒い犬", min_size=1).filter(str.strip))
def test_words_cover_every_letter_once(text):
    spans = Words().read(text).spans
    covered = [letter for start, end in spans for letter in range(start, end)]
    assert len(covered) == len(set(covered))
    assert {i for i, letter in enumerate(text) if not letter.isspace()} <= set(covered)
    assert list(spans) == sorted(spans)


def test_chinese_words_are_letters():
    read = Words().read("一只黑狗。a dog")
    assert [read.text[slice(*span)] for span in read.spans] == [
        "一",
        "只",
        "黑",
        "狗。",
        "a",
        "dog",
    ]


def test_a_fixed_text_leaves_the_image_to_play():
    encoder = random_encoder()
    game = VisionLanguageGame(encoder, SCENE, CAPTION, text_players=Fixed())
    full = VisionLanguageGame(encoder, SCENE, CAPTION)
    assert (game.n_players, game.n_players_text, game.text_labels) == (16, 0, ())
    coalitions = np.random.default_rng(0).random((9, 16)) < 0.5
    both = np.hstack([coalitions, np.ones((9, 8), dtype=bool)])
    assert (game.value_function(coalitions) == full.value_function(both)).all()


def test_shown_is_what_the_model_gets():
    game = VisionLanguageGame(
        random_encoder(),
        SCENE,
        CAPTION,
        image_players=Grid(2, 2),
        text_players=Words(),
        image_removal="black",
    )
    coalition = np.ones(11, dtype=bool)
    image, text = game.shown(coalition)
    assert (image == game.image_side.image).all()
    assert text == CAPTION
    coalition[[0, 5, 10]] = False
    image, text = game.shown(coalition)
    assert text == "black … next to a yellow …"
    assert not image[:16, :16].any()
    assert (image[16:] == game.image_side.image[16:]).all()
    with pytest.raises(InputError, match="coalitions must have 11 columns"):
        game.shown(np.ones(3, dtype=bool))


@pytest.mark.parametrize(
    ("removal", "expected"),
    [("remove", "black dog to a yellow"), ("replace", "black dog . to a yellow .")],
)
def test_shown_texts(removal, expected):
    game = VisionLanguageGame(
        random_encoder(), SCENE, CAPTION, text_players=Words(), text_removal=removal
    )
    coalition = np.ones(23, dtype=bool)
    coalition[[18, 22]] = False
    assert game.shown(coalition)[1] == expected


def test_dropped_patches_are_shown_white():
    game = VisionLanguageGame(random_encoder(), SCENE, CAPTION, image_removal="drop")
    coalition = np.ones(24, dtype=bool)
    coalition[1] = False
    image, _ = game.shown(coalition)
    assert (image[:8, 8:16] == 255).all()
    assert (image[8:] == game.image_side.image[8:]).all()


def test_dropped_images_are_shorter(monkeypatch):
    tower = random_encoder(batch_size=4).image_tower
    lengths = []
    embed = tower.embed_tokens

    def spy(tokens):
        lengths.append(tuple(tokens.shape[:2]))
        return embed(tokens)

    monkeypatch.setattr(tower, "embed_tokens", spy)
    side = ImageSide(tower, SCENE, image_removal="drop")
    side.embed(np.tri(17, 16, -1, dtype=bool))
    assert lengths == [(4, length) for length in range(17)]


def test_replacements_are_one_token():
    found = random_encoder().text_tower.tokenizer
    assert found.name(found.replacement()) == "."
    assert found.replacement("dog") == found.prepare("dog").ids[0, 1]
    with pytest.raises(InputError, match="of exactly one token, got 'hydrant', which has 2"):
        found.replacement("hydrant")


def test_random_words_are_one_token_each():
    of_tower = random_encoder().text_tower.tokenizer
    words = of_tower.random_words(6, np.random.default_rng(0), besides=["dog"])
    assert len(set(words)) == 6
    assert all(len(of_tower.prepare(word).tokens) == 3 for word in words)
    everything = of_tower.random_words(10**6, np.random.default_rng(0), besides=["dog"])
    assert "dog" not in everything
    assert len(everything) > 50


def test_functions_of_users_are_checked():
    encoder = random_encoder()
    parts = {
        "encode_image": encoder.image_tower.embed_pixels,
        "encode_text": encoder.text_tower.embed,
        "preprocess": lambda image: encoder.image_tower.prepare(image).pixels[0],
        "tokenizer": encoder.text_tower.tokenizer,
        "mean": (0.5, 0.5, 0.5),
        "std": (0.5, 0.5, 0.5),
    }
    for broken, returned, message in [
        ("encode_image", torch.zeros(3), r"encode_image must return .* \(16, d\), got \(3,\)"),
        ("encode_image", None, r"encode_image must return .* \(16, d\), got NoneType"),
        ("encode_text", torch.zeros(3, 4), r"encode_text must return .* \(16, d\), got \(3, 4\)"),
        ("preprocess", torch.zeros(1, 9, 9), r"preprocess must .* \(3, height, width\), got \(1"),
    ]:
        bad = CallableEncoder(**{**parts, broken: lambda *_, returned=returned: returned})
        with pytest.raises(InputError, match=message):
            VisionLanguageGame(bad, SCENE, CAPTION)
    for broken, value, message in [
        ("encode_image", None, "encode_image must be a function, got None"),
        ("tokenizer", tokenizer(), "tokenizer must be a Tokenizer, such as HuggingFaceTokenizer"),
        ("mean", (1, 2), "mean must be three numbers .one for each channel.*, got \\(1, 2\\)"),
        ("std", (1, 0, 1), "std must be three positive numbers"),
        ("logit_scale", "x", "logit_scale must be a number, got 'x'"),
    ]:
        with pytest.raises(InputError, match=message):
            CallableEncoder(**{**parts, broken: value})
    complex_ = CallableEncoder(**{**parts, "encode_image": lambda x: torch.ones(len(x), 24) * 1j})
    with pytest.raises(InputError, match="encode_image must return floating-point numbers, got"):
        VisionLanguageGame(complex_, SCENE, CAPTION)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (
            {"image_players": "2x3", "text_players": "words", "image_removal": "blur"},
            {"image_players": Grid(2, 3), "text_players": Words(), "image_removal": "blur"},
        ),
        (
            {"image_players": "boxes:20,10,120,200;90,60,300,230", "text_players": "fixed"},
            {
                "image_players": Boxes([[20, 10, 120, 200], [90, 60, 300, 230]]),
                "text_players": Fixed(),
            },
        ),
        (
            {"text_players": "phrases:black dog; hydrant", "text_removal": "replace:dog"},
            {"text_players": Phrases(["black dog", "hydrant"]), "text_removal": Replace("dog")},
        ),
        (
            {"image_players": "superpixels:6", "image_removal": f"fill:{SCENE}"},
            {"image_players": Superpixels(6), "image_removal": Fill(SCENE)},
        ),
    ],
)
def test_choices_in_words_are_those_of_the_objects(written, meant):
    games = [VisionLanguageGame(random_encoder(), SCENE, CAPTION, **c) for c in (written, meant)]
    assert games[0].player_names == games[1].player_names
    n = games[0].n_players
    coalitions = np.random.default_rng(0).random((20, n)) < 0.5
    assert (games[0](coalitions) == games[1](coalitions)).all()
    assert np.ptp(games[0](coalitions)) > 0


def test_default_choices_are_those_of_the_paper():
    encoder = random_encoder()
    default = VisionLanguageGame(encoder, SCENE, CAPTION)
    spelled = VisionLanguageGame(
        encoder,
        SCENE,
        CAPTION,
        image_players=Patches(),
        text_players=Tokens(),
        image_removal="zero",
        text_removal="attention",
    )
    coalitions = np.random.default_rng(0).random((20, 24)) < 0.5
    assert (default(coalitions) == spelled(coalitions)).all()
