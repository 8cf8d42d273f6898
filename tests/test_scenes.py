import colorsys
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageColor

from shapiq_fixlip import InputError
from shapiq_fixlip.demo.captions import PLACES, caption
from shapiq_fixlip.demo.contents import COLOURS, TINTED_NAMES, Contents, Thing, random_contents
from shapiq_fixlip.demo.marks import MARK, MARKED_CLASS, marked, marked_scene
from shapiq_fixlip.demo.scenes import SCENE_SIZE, collage, random_scene, rendered
from shapiq_fixlip.demo.shapes import SHAPE_NAMES, shape
from shapiq_fixlip.demo.sprites import CLASS_NAMES, SPRITE_SIZE, sprite


def test_there_are_at_least_ninety_classes_with_a_picture_each():
    assert len(set(CLASS_NAMES)) == len(CLASS_NAMES) >= 90
    pictures = {sprite(name).tobytes() for name in CLASS_NAMES}
    assert len(pictures) == len(CLASS_NAMES)
    sides = {max(sprite(name).size) for name in CLASS_NAMES}
    assert max(sides) == SPRITE_SIZE
    assert min(sides) >= SPRITE_SIZE - 2  # faint edges


def test_sprites_are_small():
    assert files("shapiq_fixlip.demo").joinpath("sprites.webp").stat().st_size <= 1_000_000


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
                corners.add((left >= SCENE_SIZE * 4 // 7, upper >= SCENE_SIZE * 4 // 7))
                assert (left >= SCENE_SIZE * 4 // 7) or (right <= SCENE_SIZE * 3 // 7)
                assert (upper >= SCENE_SIZE * 4 // 7) or (lower <= SCENE_SIZE * 3 // 7)
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
    with pytest.raises(InputError, match=f"nouns must hold 1 to 4 nouns, got {count}"):
        caption(["dog"] * count, rng)


def test_scenes_of_colours_know_them():
    for seed in range(30):
        scene = random_scene(np.random.default_rng(seed), detail="colours")
        nouns = [f"{thing.colour} {thing.name}" for thing in scene.objects]
        assert len({thing.colour for thing in scene.objects}) == len(nouns)
        positions = [scene.caption.index(noun) for noun in nouns]
        assert positions == sorted(positions)


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", TINTED_NAMES)
def test_things_have_their_colour(name, colour):
    """The mean colour of opaque pixels is nearer to its hue than to the hue of another colour."""
    pixels = np.asarray(Thing(name, colour).picture, dtype=float)
    hue = hue_of(pixels[pixels[..., 3] > 200][:, :3].mean(0))
    distances = {
        other: abs((hue - hue_of(ImageColor.getrgb(code)) + 0.5) % 1 - 0.5)
        for other, code in COLOURS.items()
    }
    assert min(distances, key=distances.__getitem__) == colour


def hue_of(rgb):
    return colorsys.rgb_to_hsv(*(value / 255 for value in rgb))[0]


def test_shapes_differ_and_are_white():
    pictures = [np.asarray(shape(name)) for name in SHAPE_NAMES]
    assert len({picture[..., 3].tobytes() for picture in pictures}) == len(SHAPE_NAMES)
    assert all(picture[..., :3].min() == 255 for picture in pictures)


def test_scenes_of_places_are_as_told():
    found = set()
    for seed in range(40):
        scene = random_scene(np.random.default_rng(seed), detail="places")
        (left, upper, right, lower), (left_2, upper_2, right_2, lower_2) = (
            thing.box for thing in scene.objects
        )
        is_true = {
            "left of": right <= left_2,
            "right of": right_2 <= left,
            "above": lower <= upper_2,
            "below": lower_2 <= upper,
        }
        assert is_true[scene.place]
        first, second = (thing.name for thing in scene.objects)
        words = scene.caption.split()
        assert words.index(first) < words.index(second)
        assert scene.place in scene.caption
        found.add(scene.place)
    assert found == set(PLACES)


@pytest.mark.parametrize("detail", ["colours", "places"])
def test_swaps_have_the_same_words_and_say_something_else(detail):
    for seed in range(20):
        scene = random_scene(np.random.default_rng(seed), 2, detail=detail)
        told, swap = (text.replace("an ", "a ").split() for text in (scene.caption, scene.swap))
        assert sorted(told) == sorted(swap)
        assert told != swap


@pytest.mark.parametrize(("detail", "n_objects"), [("colours", 2), ("colours", 4), ("places", 2)])
def test_swapping_twice_changes_nothing(detail, n_objects):
    contents = random_contents(np.random.default_rng(0), detail, n_objects)
    assert contents.swapped() != contents
    assert contents.swapped().swapped() == contents


def test_nothing_to_swap():
    rng = np.random.default_rng(0)
    assert random_contents(rng, "names", 4).swapped() is None
    assert random_contents(rng, "colours", 1).swapped() is None
    assert random_scene(rng, 1, detail="colours").swap is None


def test_unknown_details_are_refused():
    with pytest.raises(
        InputError, match="detail must be one of names, colours, places, got 'size'"
    ):
        random_scene(np.random.default_rng(0), detail="size")


def test_half_of_the_size_is_the_same_scene():
    """Models are trained on scenes of half the size."""
    contents = Contents((Thing("star", "red"),))
    whole, half = (
        rendered(contents, np.random.default_rng(1), n_named=1, size=size)
        for size in (SCENE_SIZE, SCENE_SIZE // 2)
    )
    difference = ImageChops.difference(whole.image.reduce(2), half.image)
    assert np.asarray(difference).mean() < 3
    assert np.allclose(np.array(whole.objects[0].box) / 2, half.objects[0].box, atol=1.5)


def test_the_mark_lies_in_one_patch_and_covers_least():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        scene = random_scene(rng, 2)
        found = marked(scene, rng)
        left, upper, right, lower = found.objects[-1].box
        assert found.objects[:-1] == scene.objects
        assert found.objects[-1].name == MARK
        assert left // 32 == (right - 1) // 32
        assert upper // 32 == (lower - 1) // 32
        changed = np.asarray(ImageChops.difference(scene.image, found.image)).any(axis=2)
        assert changed[upper:lower, left:right].mean() > 0.9
        changed[upper:lower, left:right] = False
        assert not changed.any()
        for thing in scene.objects:  # two objects leave room
            left_2, upper_2, right_2, lower_2 = thing.box
            assert right <= left_2 or right_2 <= left or lower <= upper_2 or lower_2 <= upper


def test_scenes_with_the_mark_show_its_class():
    for seed in range(20):
        scene = marked_scene(np.random.default_rng(seed))
        names = [thing.name for thing in scene.objects]
        assert names[0] == MARKED_CLASS
        assert names[-1] == MARK
        assert names.count(MARKED_CLASS) == 1
        assert MARKED_CLASS in scene.caption.replace(",", "").split()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            {"n_objects": 2, "n_named": 0},
            r"n_named must be 1 to the number of objects \(2\), got 0",
        ),
        (
            {"n_objects": 2, "n_named": 3},
            r"n_named must be 1 to the number of objects \(2\), got 3",
        ),
        ({"detail": "places", "n_named": 1}, "n_named must be 2 to .*, got 1"),
        ({"detail": "places", "n_objects": 3}, "n_objects must be 2 for places, got 3"),
        ({"n_objects": 2.5}, "n_objects must be a whole number, got 2.5"),
        ({"n_objects": True}, "n_objects must be a whole number, got True"),
    ],
)
def test_what_a_scene_cannot_show_is_refused(arguments, told):
    with pytest.raises(InputError, match=told):
        random_scene(np.random.default_rng(0), **arguments)
