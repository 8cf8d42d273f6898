"""All that opens image files: images, label images and images to fill in."""

import base64
import errno
import io
import os
import socket
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from shapiq_fixlip import Fill, InputError, Regions
from shapiq_fixlip.sides.images import load_image
from shapiq_fixlip.sides.parsing import as_image_players, as_image_removal

READERS = {"image": load_image, "labels": Regions}
reading = pytest.mark.parametrize(("argument", "read"), READERS.items())

PIXELS = np.random.default_rng(0).integers(1, 256, (12, 16), dtype=np.uint8)


def encoded(file_format="PNG", mode="L", **options):
    file = io.BytesIO()
    Image.fromarray(PIXELS).convert(mode).save(file, file_format, **options)
    return file.getvalue()


def refused(read, source):
    """Return the error, which is one line."""
    with pytest.raises(InputError) as caught:
        read(source)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


class Named:
    """A path that is no ``Path``."""

    def __init__(self, name):
        self._name = name

    def __fspath__(self):
        return self._name


class Stream(io.RawIOBase):
    """A file that cannot be rewound, such as an answer from the web."""

    def __init__(self, data):
        self._data = io.BytesIO(data)

    def readable(self):
        return True

    def readinto(self, buffer):
        return self._data.readinto(buffer)


FORMS = {
    "path": lambda path: path,
    "text": str,
    "PathLike": lambda path: Named(str(path)),
    "PathLike of bytes": lambda path: Named(os.fsencode(path)),
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "stream": lambda path: Stream(path.read_bytes()),
}


@pytest.mark.parametrize("form", FORMS)
def test_files_are_taken_in_every_form(form, tmp_path):
    (tmp_path / "picture.png").write_bytes(encoded())
    source = FORMS[form](tmp_path / "picture.png")
    assert (np.asarray(load_image(source))[..., 0] == PIXELS).all()
    source = FORMS[form](tmp_path / "picture.png")
    assert (np.unique(PIXELS)[Regions(source).labels] == PIXELS).all()


@reading
def test_open_files_are_read_from_their_start_and_stay_open(argument, read, tmp_path):
    (tmp_path / "picture.png").write_bytes(encoded())
    with (tmp_path / "picture.png").open("rb") as file:
        for _ in range(2):
            file.read()
            read(file)
        assert not file.closed
    assert f"{argument} must be a complete, readable image" in refused(read, file)


@reading
def test_files_in_text_mode_are_refused(argument, read, tmp_path):
    (tmp_path / "picture.png").write_bytes(encoded())
    for file in (io.StringIO("text"), (tmp_path / "picture.png").open(encoding="latin1")):
        with file:
            message = refused(read, file)
        assert message.startswith(f"{argument} must be open in binary mode")


@reading
def test_missing_files_folders_and_empty_files_are_refused(argument, read, tmp_path):
    nothing = refused(read, tmp_path / "none.png")
    assert nothing.startswith(f"{argument} must be a file, got '{tmp_path}")
    assert nothing.endswith("none.png', where there is nothing.")
    assert refused(read, tmp_path).endswith("where there is a folder.")
    (tmp_path / "empty.png").touch()
    (tmp_path / "text.jpg").write_text("no picture")
    for name, reason in (("empty.png", "is empty"), ("text.jpg", "is not one")):
        message = refused(read, tmp_path / name)
        assert message.startswith(f"{argument} must be an image that Pillow can read, got ")
        assert message.endswith(f"{name}', which {reason}.")
    assert refused(read, b"").endswith("got data of 0 bytes, which is not one.")


@pytest.fixture
def endless(tmp_path):
    """Paths that are no files: a pipe, a socket and a device."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        yield [tmp_path / "pipe", tmp_path / "socket", Path("/dev/zero")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_sockets_and_devices_are_not_opened(endless):
    """Opening a pipe waits for a writer, perhaps for ever."""
    for path in endless:
        for argument, read in READERS.items():
            message = refused(read, path)
            assert message.startswith(f"{argument} must be a file, got")
            assert message.endswith("where there is a pipe, a socket or a device.")
        refused(lambda path: as_image_removal(Fill(path)), path)
        refused(lambda path: as_image_removal(f"fill:{path}"), path)
        refused(lambda path: as_image_players(f"labels:{path}"), path)


@reading
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must be a file, got '', where there is nothing."),
        ("a\0b", r"must be a file, got 'a\x00b', where there is nothing."),
        ("a\nb", r"must be a file, got 'a\nb', where there is nothing."),
        ("\udcff", r"must be a file, got '\udcff', where there is nothing."),
        ("an image " * 99, "must be a file, got 'an image an image an image an image an i...'"),
        ("a" * 5000, " of 5000 characters, where there is nothing"),
        ("https://example.com/dog.jpg", "the address 'https://example.com/dog.jpg'; download it"),
        (Path("https://example.com/dog.jpg"), "got the address 'https:/example.com/dog.jpg'"),
        ("s3://dogs/" + "a" * 999, "of 1009 characters; download it"),
        (base64.b64encode(encoded()).decode(), "pass base64.b64decode(...) of it."),
        (base64.encodebytes(encoded()).decode(), "pass base64.b64decode(...) of it."),
        ("data:image/png;base64,iVBORw0KGgo=", "pass base64.b64decode(...) of it."),
    ],
)
def test_texts_that_are_no_paths_are_refused(argument, read, text, message):
    error = refused(read, text)
    assert error.startswith(f"{argument} must be a file, got ")
    assert message in error


@reading
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "PPM"])
def test_truncated_files_are_refused(argument, read, file_format, tmp_path):
    path = tmp_path / "cut"
    path.write_bytes(encoded(file_format)[:-80])
    assert refused(read, path).startswith(f"{argument} must be a")
    assert refused(read, path.read_bytes()).startswith(f"{argument} must be a")


@reading
@pytest.mark.parametrize("limit", [PIXELS.size - 1, PIXELS.size // 2 - 1])
def test_more_pixels_than_are_safe_are_refused(argument, read, limit, monkeypatch):
    """From the first limit on Pillow warns, from twice as many on it refuses."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    message = refused(read, encoded())
    assert message.startswith(f"{argument} must have at most {limit} pixels, got more in")


def png(width, height, *, bits=8, colours=0, data=b"\0"):
    """Return a file whose header may promise more than its data hold."""
    file = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    for kind, part in ((b"IHDR", header), (b"IDAT", zlib.compress(data)), (b"IEND", b"")):
        check = zlib.crc32(kind + part)
        file += struct.pack(">I", len(part)) + kind + part + struct.pack(">I", check)
    return file


def zipped_text():
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "a" * 2**21, zip=True)
    return encoded(pnginfo=info)


@reading
@pytest.mark.parametrize(
    "file",
    [
        png(20_000, 20_000),
        png(10_000, 10_000),
        zipped_text(),
        b"P5 2 2 70000\n" + bytes(8),
        b"P5 2 2 -1\n" + bytes(8),
        b"P5 2 2",
        b"P5 x\n2 255\n" + bytes(4),
        b"P2 2 2 255\n1 2 3 999",
        b"P5 0 0 255\n",
    ],
    ids=repr,
)
def test_malicious_files_are_refused(argument, read, file):
    assert refused(read, file).startswith(f"{argument} must ")


@reading
@pytest.mark.parametrize(
    "error",
    [
        SyntaxError("not a TIFF file\nat all"),
        struct.error("unpack\x85requires"),
        OverflowError("too large"),
        RecursionError(),
    ],
)
def test_whatever_decoders_raise_is_one_line(argument, read, error, monkeypatch):
    def fail(_):
        raise error

    monkeypatch.setattr("PIL.ImageOps.exif_transpose", fail)
    message = f"{argument} must be a complete, readable image, got "
    assert refused(read, encoded()).startswith(message)
    assert refused(read, Image.new("L", (4, 4), 1)).startswith(message)


@pytest.mark.parametrize("read", READERS.values())
@pytest.mark.parametrize("error", [MemoryError(), OSError(errno.EMFILE, "Too many open files")])
def test_what_the_machine_lacks_is_no_fault_of_the_image(read, error, monkeypatch):
    def fail(_):
        raise error

    monkeypatch.setattr("PIL.ImageOps.exif_transpose", fail)
    with pytest.raises(type(error)):
        read(encoded())


@reading
def test_pillow_images_that_cannot_be_read_are_refused(argument, read):
    gone = io.BytesIO(encoded())
    closed, orphan = Image.open(io.BytesIO(encoded())), Image.open(gone)
    closed.close()
    gone.close()
    discarded = Image.new("L", (4, 4), 1)
    discarded.close()
    with Image.open(io.BytesIO(encoded()[:-80])) as half:
        for image in (half, closed, orphan, discarded):
            message = refused(read, image)
            assert message.startswith(f"{argument} must be a complete, readable image")
    assert refused(read, Image.new("L", (0, 0))).endswith("must have pixels, got 0 x 0.")


def test_programs_are_no_pictures(tmp_path, monkeypatch):
    """Pillow hands PostScript to another program."""
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("ran"))
    path = tmp_path / "picture.png"
    Image.new("RGB", (4, 4)).save(path, format="EPS")
    with Image.open(path) as picture:
        assert picture.format == "EPS"
    for argument, read in READERS.items():
        message = f"{argument} must be an image that Pillow can read"
        assert refused(read, path).startswith(message)


def test_labels_are_turned_as_the_image_is():
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    turned = encoded(exif=exif)
    image, labels = np.asarray(load_image(turned))[..., 0], Regions(turned).labels
    assert image.shape == (16, 12)
    assert (np.unique(PIXELS)[labels] == image).all()


def deep_colours(levels, opacity):
    """Return a PNG file of one pixel whose colours have 16 bits, as Pillow cannot write it."""
    data = b"\0" + struct.pack(">HHH", *levels) + opacity
    return png(1, 1, bits=16, colours=6 if opacity else 2, data=data)


@pytest.mark.parametrize("opacity", [b"", b"\xff\xff"])
def test_dark_colours_of_sixteen_bits_are_warned_of(opacity):
    """Pillow keeps the upper 8 bits: colours of a camera of 12 bits become black."""
    with pytest.warns(
        UserWarning, match="colours of the image have 16 bits, .* are dark"
    ) as caught:
        loaded = load_image(deep_colours((4095, 256, 0), opacity))
    assert loaded.getpixel((0, 0)) == (15, 1, 0)
    assert caught[0].filename == __file__
    assert load_image(deep_colours((2**15, 256, 0), opacity)).getpixel((0, 0)) == (128, 1, 0)


FILES = [
    *(encoded(file_format) for file_format in ("PNG", "JPEG", "TIFF", "GIF", "WEBP", "PPM")),
    *(encoded("PNG", mode) for mode in ("RGBA", "P", "I;16", "1")),
    *(encoded("JPEG", mode, exif=b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0") for mode in ("RGB", "CMYK")),
    encoded("TIFF", "RGB", compression="tiff_lzw"),
    encoded("PNG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),
]


@st.composite
def damaged(draw):
    """Draw the bytes of a file that may be cut, and of which some bytes are others."""
    file = bytearray(draw(st.sampled_from(FILES)))
    flips = st.tuples(st.integers(0, len(file) - 1), st.integers(0, 255))
    for place, byte in draw(st.lists(flips, max_size=8)):
        file[place] = byte
    return bytes(file[: draw(st.integers(0, len(file)))]) if draw(st.booleans()) else bytes(file)


def loaded_or_error(read, file):
    try:
        return read(file)
    except InputError as error:
        return error


@pytest.mark.filterwarnings("ignore:The (grey values|colours) of the:UserWarning")
@given(damaged() | st.binary(max_size=99) | st.text().map(str.encode))
def test_any_bytes_are_an_image_or_one_error_of_one_line(file):
    for argument, read in READERS.items():
        loaded = loaded_or_error(read, file)
        if isinstance(loaded, InputError):
            assert loaded.argument == argument
            assert len(str(loaded).splitlines()) == 1
        elif argument == "image":
            assert loaded.mode == "RGB"
            assert min(loaded.size) > 0
