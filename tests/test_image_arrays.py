import contextlib
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.io import decode_image
from torchvision.transforms.functional import normalize, to_tensor

from shapiq_fixlip import Boxes, InputError, Regions
from shapiq_fixlip.sides.images import load_image

PIXELS = np.random.default_rng(0).integers(0, 256, (6, 9, 3), dtype=np.uint8)
HALF = np.concatenate([PIXELS, np.full((6, 9, 1), 128, np.uint8)], axis=2)


def pixels_of(image):
    return np.asarray(load_image(image))


class Arraylike:
    """As arrays of jax and xarray: no array, but says how it becomes one."""

    def __init__(self, array):
        self._array = array

    def __array__(self, dtype=None, copy=None):
        return self._array


class Unreadable:
    def __array__(self, dtype=None, copy=None):
        msg = "on another\ndevice"
        raise RuntimeError(msg)


@pytest.mark.parametrize("form", [np.asarray, np.asfortranarray, Arraylike])
def test_arrays_have_the_channels_last(form):
    grey = PIXELS[..., 0]
    assert (pixels_of(form(PIXELS)) == PIXELS).all()
    assert (pixels_of(form(PIXELS[:, ::-1])) == PIXELS[:, ::-1]).all()
    assert (pixels_of(form(grey)) == grey[..., None]).all()
    assert (pixels_of(form(grey[..., None])) == grey[..., None]).all()
    expected = pixels_of(Image.fromarray(HALF))
    assert (pixels_of(form(HALF)) == expected).all()
    assert expected.min() >= 127  # over white


def test_tensors_have_the_channels_first():
    for array in (PIXELS, HALF, PIXELS[..., :1]):
        tensor = torch.from_numpy(array.transpose(2, 0, 1).copy())
        assert (pixels_of(tensor) == pixels_of(array)).all()
    assert (pixels_of(torch.from_numpy(PIXELS[..., 0].copy())) == PIXELS[..., :1]).all()


def test_what_torchvision_reads_and_makes_is_taken(tmp_path):
    picture = Image.fromarray(PIXELS)
    picture.save(tmp_path / "picture.png")
    assert (pixels_of(decode_image(str(tmp_path / "picture.png"))) == PIXELS).all()
    assert (pixels_of(to_tensor(picture)) == PIXELS).all()
    assert (pixels_of(to_tensor(picture).requires_grad_()) == PIXELS).all()
    with pytest.raises(InputError, match=r"image must have values from 0 to 1 .* got -.* undo"):
        load_image(normalize(to_tensor(picture), [0.5] * 3, [0.5] * 3))


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_no_byte_is_lost_in_shares(dtype):
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert (pixels_of(torch.from_numpy(levels).to(dtype) / 255)[..., 0] == levels).all()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_tensors_on_another_device_are_taken():
    tensor = torch.from_numpy(PIXELS.transpose(2, 0, 1).copy()).cuda()
    assert (pixels_of(tensor) == PIXELS).all()
    assert (pixels_of(tensor / 255) == PIXELS).all()
    assert Regions(tensor[0] // 128 + 1).n_wanted == 2
    assert Boxes(torch.tensor([[0, 0, 5, 9]], device="cuda")).n_wanted == 1


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        (np.zeros((4, 5, 3)), "float64 .* pass (255 * image).round().astype('uint8')"),
        (np.zeros((4, 5), bool), "bool .* pass 255 * image.astype('uint8')"),
        (np.zeros((4, 5, 3), np.uint16), "uint16 .* pass (image // 257).astype('uint8')"),
        (np.zeros((4, 5, 3), int), "int64 .* pass image.astype('uint8')"),
        (np.zeros((3, 4, 5), np.uint8), "(3, 4, 5); pass image.transpose(1, 2, 0)"),
        (np.zeros((1, 4, 5, 3), np.uint8), "(1, 4, 5, 3); pass one of them, such as image[0]"),
        (np.zeros((5, 6, 2), np.uint8), "got uint8 of shape (5, 6, 2)."),
        (np.zeros((0, 4, 3), np.uint8), "got uint8 of shape (0, 4, 3)."),
        (np.zeros(7, np.uint8), "got uint8 of shape (7,)."),
        (np.array(["dog"]), "got <U3 of shape (1,)."),
        (np.float64(3), "got float64 of shape ()"),
        (np.array(object()), "got object of shape ()."),
        (Arraylike(np.zeros((4, 5, 3))), "float64 .* pass (255 * image).round().astype('uint8')"),
    ],
)
def test_other_arrays_are_refused_with_what_to_pass(array, advice):
    with pytest.raises(InputError, match="image must be a uint8 array of shape") as caught:
        load_image(array)
    assert all(part in str(caught.value) for part in advice.split(" .* "))


@pytest.mark.parametrize(
    ("tensor", "message"),
    [
        (torch.zeros(6, 5, 3), r"must be a tensor of shape \(3, .* pass image.permute\(2, 0, 1\)"),
        (torch.zeros(1, 3, 4, 5), r"got torch.float32 of shape \(1, 3, 4, 5\); pass one of them"),
        (torch.zeros(3, 4, 5, dtype=int), r"uint8 or floating-point .* got torch.int64 of"),
        (torch.zeros(4, 5, dtype=bool), r"uint8 or floating-point .* got torch.bool of"),
        (torch.zeros(4, 5, dtype=torch.complex64), r"got torch.complex64 of"),
        (torch.zeros(3, 0, 5), r"got torch.float32 of shape \(3, 0, 5\)"),
        (torch.tensor(0.5), r"got torch.float32 of shape \(\)"),
        (torch.full((4, 5), 200.0), r"values from 0 to 1 .* got 200 to 200; .* image.byte\(\)"),
        (torch.full((4, 5), -0.01), r"values from 0 to 1 .* got -0.01 to -0.01"),
        (torch.full((4, 5), torch.nan), r"values from 0 to 1 .* got nan to nan"),
        (torch.zeros(4, 5, device="meta"), "must be a complete, readable image"),
        (torch.zeros(4, 5).to_sparse(), "must be a complete, readable image"),
        (Unreadable(), r"must be a complete, readable image, got an object .* \(on another\)"),
    ],
)
def test_other_tensors_and_objects_are_refused(tensor, message):
    with pytest.raises(InputError, match=message) as caught:
        load_image(tensor)
    assert len(str(caught.value).splitlines()) == 1


@given(
    st.sampled_from(["uint8", "bool", "int16", "uint16", "float32", "complex64", "object", "U3"]),
    st.lists(st.integers(0, 5), max_size=5),
    st.booleans(),
)
def test_any_array_is_an_image_or_one_error(dtype, shape, is_tensor):
    array = np.zeros(shape, dtype)
    if is_tensor and array.dtype.kind in "biufc":
        array = torch.from_numpy(array)
    with contextlib.suppress(InputError):
        loaded = load_image(array)
        assert loaded.mode == "RGB"
        assert min(loaded.size) > 0


def test_labels_boxes_and_masks_may_be_tensors():
    labels = np.array([[0, 3], [5, 5]])
    assert (Regions(torch.from_numpy(labels)).labels == Regions(labels).labels).all()
    boxes = torch.tensor([[0.0, 0.0, 5.0, 9.0]], requires_grad=True)
    assert Boxes(boxes).corners.tolist() == [[0, 0, 5, 9]]
    masks = torch.ones(1, 4, 5, requires_grad=True)
    assert Regions.from_masks(masks).n_wanted == 1


def test_images_load_without_torch():
    """It takes seconds to import."""
    code = (
        "import sys, numpy as np\n"
        "from shapiq_fixlip.sides.images import load_image\n"
        "load_image(np.zeros((4, 5, 3), np.uint8))\n"
        "assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
