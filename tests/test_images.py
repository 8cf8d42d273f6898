import numpy as np
import pytest
from PIL import Image
from small_models import CAPTION, random_encoder

from shapiq_fixlip import InputError, Regions, VisionLanguageGame
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


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "HSV", "LAB"])
def test_other_modes_become_rgb(picture, mode):
    converted = picture.convert("RGB").convert("L" if mode == "1" else mode).convert(mode)
    loaded = load_image(converted)
    assert loaded.mode == "RGB"
    assert loaded.size == picture.size
    if mode == "L":
        assert (np.asarray(loaded) == np.asarray(picture.convert("L"))[..., None]).all()


def test_sixteen_bits_are_scaled_to_eight(tmp_path):
    grey = np.linspace(0, 65535, 54).astype(np.uint16).reshape(6, 9)
    Image.fromarray(grey).save(tmp_path / "deep.png")
    loaded = np.asarray(load_image(tmp_path / "deep.png"))
    assert (loaded == (grey // 257)[..., None]).all()


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


def test_missing_files_folders_and_empty_files_are_refused(tmp_path):
    with pytest.raises(
        InputError, match="image must be a file, got .*none.png', where there is no"
    ):
        load_image(tmp_path / "none.png")
    with pytest.raises(InputError, match="where there is a folder"):
        load_image(tmp_path)
    (tmp_path / "empty.png").touch()
    with pytest.raises(InputError, match="an image that Pillow can read, got .*empty.png"):
        load_image(tmp_path / "empty.png")
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(InputError, match="an image that Pillow can read, got .*text.jpg"):
        load_image(tmp_path / "text.jpg")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_truncated_files_are_refused(tmp_path, suffix):
    path = tmp_path / f"cut.{suffix}"
    Image.effect_noise((64, 64), 90).convert("RGB").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="image must be a"):
        load_image(path)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3)),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_arrays_of_another_form_are_refused(array):
    with pytest.raises(
        InputError, match=r"image must be a uint8 array of shape \(height, width, 3"
    ):
        load_image(array)


def test_other_objects_and_floating_point_images_are_refused():
    with pytest.raises(InputError, match="image must be a path, .* got int"):
        load_image(7)
    with pytest.raises(InputError, match="integer pixels"):
        load_image(Image.new("F", (4, 4)))


def test_files_of_floating_point_images_are_refused(tmp_path):
    Image.new("F", (4, 4)).save(tmp_path / "real.tiff")
    with pytest.raises(InputError, match="integer pixels"):
        load_image(tmp_path / "real.tiff")


def test_bytes_in_wide_pixels_are_left_as_they_are():
    assert load_image(Image.new("I", (4, 4), 200)).getpixel((0, 0)) == (200, 200, 200)
    assert load_image(Image.new("I", (4, 4), 257 * 200)).getpixel((0, 0)) == (200, 200, 200)


def test_texts_given_as_images_are_refused():
    with pytest.raises(InputError, match="image must be a complete, readable image"):
        load_image("a very long text " * 30)


def test_programs_are_no_pictures(tmp_path, monkeypatch):
    """Pillow hands PostScript to another program."""
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("ran"))
    path = tmp_path / "picture.png"
    Image.new("RGB", (4, 4)).save(path, format="EPS")
    with Image.open(path) as picture:
        assert picture.format == "EPS"
    with pytest.raises(InputError, match="image must be an image that Pillow can read"):
        load_image(path)
    with pytest.raises(InputError, match="labels must be an image file that can be read"):
        Regions(path)


def test_pillow_images_that_cannot_be_read_are_refused(tmp_path):
    whole, cut = tmp_path / "whole.png", tmp_path / "cut.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), np.uint8)).save(whole)
    cut.write_bytes(whole.read_bytes()[:1500])
    closed = Image.open(whole)
    closed.close()
    with Image.open(cut) as half:
        for image in (half, closed):
            with pytest.raises(InputError, match="image must be a complete, readable image"):
                load_image(image)
    with pytest.raises(InputError, match="image must have pixels, got 0 x 0"):
        load_image(Image.new("RGB", (0, 0)))
