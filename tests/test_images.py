import numpy as np
import pytest
from PIL import Image
from small_models import CAPTION, random_encoder

from shapiq_fixlip import InputError, VisionLanguageGame
from shapiq_fixlip.sides.images import load_image


@pytest.fixture
def picture():
    pixels = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def test_paths_pictures_and_arrays_are_the_same(picture, tmp_path):
    path = tmp_path / "picture.png"
    picture.save(path)
    expected = np.asarray(picture)
    for source in (picture, np.asarray(picture), path, str(path)):
        loaded = load_image(source)
        assert loaded.mode == "RGB"
        assert (np.asarray(loaded) == expected).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "HSV", "LAB", "RGBX"])
def test_other_modes_become_rgb(picture, mode):
    converted = picture.convert("RGB").convert("L" if mode == "1" else mode).convert(mode)
    loaded = load_image(converted)
    assert loaded.mode == "RGB"
    assert loaded.size == picture.size
    if mode == "L":
        assert (np.asarray(loaded) == np.asarray(picture.convert("L"))[..., None]).all()


ALL_MODES = (
    *("1", "L", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "LA", "PA", "RGBX"),
    *("RGBa", "La", "I;16", "I;16L", "I;16B", "I;16N"),
)


@pytest.mark.parametrize("mode", ALL_MODES)
def test_every_mode_is_taken_or_refused_in_one_line(mode):
    image, empty = Image.new(mode, (3, 2)), Image.new(mode, (0, 0))
    if mode == "F":
        with pytest.raises(InputError, match="must have integer pixels"):
            load_image(image)
    else:
        loaded = load_image(image)
        assert (loaded.mode, loaded.size) == ("RGB", (3, 2))
    with pytest.raises(InputError, match="image must have pixels, got 0 x 0"):
        load_image(empty)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_premultiplied_opacity_looks_the_same(mode):
    """Black at half opacity over white."""
    image = Image.new("RGBA", (2, 2), (0, 0, 0, 128)).convert(mode)
    premultiplied = image.convert({"LA": "La", "RGBA": "RGBa"}[mode])
    for given in (image, premultiplied):
        assert load_image(given).getpixel((0, 0)) == (127, 127, 127)


DEEP_TYPES = {"I;16": "<u2", "I;16B": ">u2", "I": "<i4"}


def deep(mode, n_bits):
    """Return a ramp of grey from black to the largest number of some bits, and its picture."""
    levels = np.rint(np.linspace(0, 2**n_bits - 1, 54)).astype(int).reshape(6, 9)
    picture = Image.fromarray(levels.astype(DEEP_TYPES[mode]))
    assert picture.mode == mode
    return levels, picture


@pytest.mark.parametrize("n_bits", [9, 10, 12, 14, 15])
@pytest.mark.parametrize("mode", DEEP_TYPES)
def test_the_range_of_deep_pixels_is_that_in_use(mode, n_bits):
    levels, picture = deep(mode, n_bits)
    white = 2**n_bits - 1
    with pytest.warns(
        UserWarning, match=f"reach {white}: {n_bits} of 16 bits .* {white} is"
    ) as caught:
        loaded = np.asarray(load_image(picture))
    assert len(caught) == 1
    assert caught[0].filename == __file__  # that of the caller
    assert (loaded == (levels * 255 // white)[..., None]).all()


@pytest.mark.parametrize("mode", DEEP_TYPES)
def test_full_ranges_need_no_warning(mode):
    levels, picture = deep(mode, 16)
    assert (np.asarray(load_image(picture)) == (levels // 257)[..., None]).all()
    black = Image.new(mode, (2, 2))
    assert np.asarray(load_image(black)).max() == 0


def test_bytes_in_wide_pixels_are_left_as_they_are():
    assert load_image(Image.new("I", (4, 4), 200)).getpixel((0, 0)) == (200, 200, 200)
    assert load_image(Image.new("I", (4, 4), 257 * 200)).getpixel((0, 0)) == (200, 200, 200)
    levels, eight_bits = deep("I;16", 8)
    with pytest.warns(UserWarning, match="8 of 16 bits seem to be in use, so 255 is"):
        assert (np.asarray(load_image(eight_bits)) == levels[..., None]).all()


@pytest.mark.parametrize("white", [1023, 4095, 65535])
def test_a_pgm_file_names_its_range(white, tmp_path):
    """However dark the image is: the warning about a guess would be an error here."""
    levels = np.array([[0, white // 2, white // 300]], dtype=">u2")
    (tmp_path / "dark.pgm").write_bytes(b"P5 3 1 %d\n" % white + levels.tobytes())
    loaded = np.asarray(load_image(tmp_path / "dark.pgm"))
    assert (loaded[0, :, 0] == levels[0].astype(int) * 255 // white).all()


@pytest.mark.parametrize(("low", "high"), [(-5, 300), (0, 65536)])
def test_pixels_beyond_sixteen_bits_are_refused(low, high):
    levels = Image.fromarray(np.array([[low, high]], dtype=np.int32))
    with pytest.raises(InputError, match=f"grey values from 0 to 65535, got {low} to {high}"):
        load_image(levels)


def test_transparent_levels_of_deep_images_become_white(tmp_path):
    levels = np.array([[0, 65535, 7 * 257]], dtype=np.uint16)
    Image.fromarray(levels).save(tmp_path / "deep.png", transparency=0)
    assert np.asarray(load_image(tmp_path / "deep.png"))[0, :, 0].tolist() == [255, 255, 7]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_transparent_parts_become_white(mode, tmp_path):
    picture = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    picture.putpixel((1, 0), (0, 0, 0, 0))
    picture.convert(mode).save(tmp_path / "picture.png")
    loaded = load_image(tmp_path / "picture.png")
    assert loaded.getpixel((1, 0)) == (255, 255, 255)
    assert loaded.getpixel((0, 0)) != (255, 255, 255)


def test_rotation_noted_in_the_file_is_applied(picture, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    picture.save(tmp_path / "turned.png", exif=exif)
    loaded = load_image(tmp_path / "turned.png")
    assert loaded.size == (6, 9)
    assert (np.asarray(loaded) == np.rot90(np.asarray(picture), -1)).all()


def test_first_frame_of_an_animation_is_taken(picture, tmp_path):
    other = Image.new("RGB", picture.size)
    picture.quantize().save(tmp_path / "a.gif", save_all=True, append_images=[other.quantize()])
    assert np.asarray(load_image(tmp_path / "a.gif")).max() > 0


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (90, 1)])
def test_tiny_images_can_be_explained(size):
    game = VisionLanguageGame(random_encoder(), Image.new("L", size, 77), CAPTION)
    assert np.isfinite(game.full_value)


def test_strips_are_refused():
    with pytest.raises(InputError, match="100 times as long as it is wide, got 1 x 101 pixels"):
        load_image(Image.new("RGB", (1, 101)))


def test_other_objects_and_floating_point_images_are_refused():
    with pytest.raises(InputError, match="image must be a path, .* got int"):
        load_image(7)
    with pytest.raises(InputError, match="integer pixels"):
        load_image(Image.new("F", (4, 4)))


def test_files_of_floating_point_images_are_refused(tmp_path):
    Image.new("F", (4, 4)).save(tmp_path / "real.tiff")
    with pytest.raises(InputError, match="integer pixels"):
        load_image(tmp_path / "real.tiff")
