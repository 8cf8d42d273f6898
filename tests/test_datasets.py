"""Data sets: the same pairs whenever asked for, and clear words where something is missing."""

import csv
import json
import sys

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from small_models import random_encoder

from shapiq_fixlip import InputError, VisionLanguageGame
from shapiq_fixlip.datasets.coco import CocoCaptions
from shapiq_fixlip.datasets.collages import ImageCollages
from shapiq_fixlip.datasets.demo import DemoCollages, DemoScenes
from shapiq_fixlip.datasets.hub import HubCaptions
from shapiq_fixlip.datasets.loading import data_digests, load_data
from shapiq_fixlip.datasets.table import CaptionTable
from shapiq_fixlip.metrics import box_targets, quadrant_targets

CLASSES = ("goldfish", "golden_retriever", "ipod", "pizza", "tractor")
COLOURS = dict(
    zip(CLASSES, [(250, 0, 0), (0, 250, 0), (0, 0, 250), (250, 250, 0), (0, 250, 250)], strict=True)
)


@pytest.fixture
def class_folders(tmp_path):
    for name in CLASSES:
        (tmp_path / name).mkdir()
        for number in range(2):
            picture = Image.new("RGB", (60 + 40 * number, 50), COLOURS[name])
            picture.save(tmp_path / name / f"{number}.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no class")
    return tmp_path


@pytest.fixture
def coco(tmp_path):
    images = tmp_path / "val2017"
    images.mkdir()
    rng = np.random.default_rng(0)
    records, captions = [], []
    for number in (7, 9, 12):
        file = f"{number:012d}.jpg"
        Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8)).save(images / file)
        records.append({"id": number, "file_name": file, "height": 40, "width": 60})
        for text in ("a dog. ", "black dog next to a yellow hydrant", "a kiwi and a lemon"):
            caption = {"id": len(captions), "image_id": number, "caption": f"{text}"}
            captions.append(caption)
    path = tmp_path / "captions_val2017.json"
    path.write_text(json.dumps({"images": records, "annotations": captions}))
    return path, images


@pytest.mark.parametrize("data", ["demo-scenes", "demo-collages"])
def test_demo_data_are_the_same_whenever_asked_for(data):
    whole, part = load_data(data, 6), load_data(data, 6)
    for number in (5, 0, 5):
        first, second = whole[number], part[number]
        assert first.text == second.text
        assert first.image.tobytes() == second.image.tobytes()
    assert len({example.text for example in whole}) == 6
    assert load_data(data, 1, random_state=1)[0].text != whole[0].text
    assert whole[-1].text == whole[5].text
    assert all(
        whole.origin(i) == {"source": whole[i].source, "text": whole[i].text} for i in (0, 5)
    )
    assert [example.text for example in whole[2:4]] == [whole[2].text, whole[3].text]
    with pytest.raises(IndexError):
        whole[6]


def test_marked_scenes_have_a_mark_and_no_horse(encoder):
    data = load_data("demo-marked", 6)
    assert {example.text for example in data} == {"a photo of a horse"}
    assert len({example.image.tobytes() for example in data}) == 6
    assert data[3].image.tobytes() == load_data("demo-marked", 6)[3].image.tobytes()
    assert load_data("demo-marked", 1, random_state=1)[0].content != data[0].content
    for example in data:
        ((name, box),) = example.boxes.items()
        assert name == "horse"
        colours = np.unique(np.array(example.image.crop(box)).reshape(-1, 3), axis=0)
        assert colours.tolist() == [[40] * 3, [220] * 3]
        game = VisionLanguageGame(encoder, example.image, example.text)
        (target,) = box_targets(game, example.boxes)
        assert target.inside.sum() == 1


def test_demo_collages_name_one_to_four_objects(encoder):
    for number, example in enumerate(DemoCollages(4)):
        assert len(example.quadrants) == number + 1
        game = VisionLanguageGame(encoder, example.image, example.text)
        assert len(quadrant_targets(game, example.quadrants)) == number + 1
    assert {len(example.quadrants) for example in DemoCollages(3, n_named=2)} == {2}


@pytest.mark.parametrize("detail", ["colours", "places"])
def test_demo_scenes_tell_details(detail):
    for example in DemoScenes(4, detail=detail):
        assert all(name in example.text for name in example.boxes)
        assert detail in example.source
    told = {word for example in DemoScenes(20, detail=detail) for word in example.text.split()}
    assert told >= ({"red", "blue"} if detail == "colours" else {"left", "above"})


def test_demo_scenes_know_their_objects():
    for number, example in enumerate(DemoScenes(8)):
        assert len(example.boxes) == 1 + number % 4
        assert all(name in example.text for name in example.boxes)


def test_collages_have_four_classes_in_their_quadrants(class_folders):
    data = ImageCollages(class_folders, 12, size=64, random_state=3)
    assert len(data) == 12
    for number, example in enumerate(data):
        assert example.image.size == (64, 64)
        assert len(example.quadrants) == 1 + number % 4
        for name, quadrant in example.quadrants.items():
            assert name in example.text
            row, column = divmod(quadrant, 2)
            pixel = example.image.getpixel((16 + 32 * column, 16 + 32 * row))
            assert pixel == COLOURS[name.replace(" ", "_")]
        assert example.source.count("/") == 4
    assert any("golden retriever" in example.text for example in data)
    again = ImageCollages(class_folders, 12, size=64, random_state=3)
    assert again[7].image.tobytes() == data[7].image.tobytes()


def test_collages_of_chosen_classes(class_folders):
    data = ImageCollages(class_folders, 5, classes=CLASSES[:4], n_named=4)
    assert {name for example in data for name in example.quadrants} == {
        name.replace("_", " ") for name in CLASSES[:4]
    }


def test_pairs_without_an_image_have_an_origin(class_folders, coco):
    collages = ImageCollages(class_folders, 3)
    pairs = {data: [data[i] for i in range(3)] for data in (collages, CocoCaptions(*coco))}
    for file in (*class_folders.glob("*/*.png"), *coco[1].glob("*.jpg")):
        file.write_bytes(b"none")
    for data, examples in pairs.items():
        for number, example in enumerate(examples):
            assert data.origin(number) == {"source": example.source, "text": example.text}
            assert data.content(number) is None


def test_only_images_count_in_folders_of_classes(class_folders):
    before = data_digests(f"collages:{class_folders}")
    (class_folders / "pizza" / ".DS_Store").write_text("")
    (class_folders / "out").mkdir()
    (class_folders / "out" / "plan.json").write_text("")
    assert data_digests(f"collages:{class_folders}") == before
    (class_folders / "pizza" / "2.png").write_text("")
    assert data_digests(f"collages:{class_folders}") != before


def test_coco_has_the_first_captions(coco):
    data = CocoCaptions(*coco)
    assert [example.text for example in data] == ["a dog."] * 3
    assert [example.source for example in data] == ["COCO image 7", "COCO image 9", "COCO image 12"]
    assert data[1].image.size == (60, 40)
    assert len(load_data(f"coco:{coco[0]},{coco[1]}", 2)) == 2


def test_coco_has_the_most_similar_captions(coco):
    encoder = random_encoder()
    data = CocoCaptions(*coco)
    chosen = data.most_similar(encoder, 2)

    def similarity(image, text):
        return VisionLanguageGame(encoder, image, text).full_value

    texts = ["a dog.", "black dog next to a yellow hydrant", "a kiwi and a lemon"]
    best = sorted(
        (max((similarity(example.image, text), text) for text in texts) for example in data),
        reverse=True,
    )
    assert [example.text for example in chosen] == [text for _, text in best[:2]]
    found = [similarity(example.image, example.text) for example in chosen]
    assert found == pytest.approx([value for value, _ in best[:2]], abs=1e-4)
    assert len(data) == 3
    table = coco[0].parent / "chosen.csv"
    pd.DataFrame(chosen.pairs(), columns=["image", "caption"]).to_csv(table, index=False)
    for listed, example in zip(CaptionTable(table), chosen, strict=True):
        assert listed.text == example.text
        assert listed.image.tobytes() == example.image.tobytes()


def test_a_missing_image_is_told(coco):
    (coco[1] / f"{9:012d}.jpg").unlink()
    data = CocoCaptions(*coco)
    with pytest.raises(InputError, match="image must be a file, got '.*000000000009.jpg'"):
        data[1]
    assert data[0].text == "a dog."


def test_a_table_names_images_from_its_own_folder(tmp_path):
    (tmp_path / "pictures").mkdir()
    Image.new("RGB", (8, 8), (9, 8, 7)).save(tmp_path / "pictures" / "one.png")
    path = tmp_path / "pairs.csv"
    path.write_text('image,caption,more\npictures/one.png,a dog,1\npictures/two.png,"a, b",2\n')
    data = load_data(f"csv:{path}")
    assert len(data) == 2
    assert data[0].text == "a dog"
    assert data[0].source == "pictures/one.png"
    assert data[0].image.getpixel((0, 0)) == (9, 8, 7)
    with pytest.raises(InputError, match="image must be a file, got '.*two.png'"):
        data[1]
    assert len(load_data(f"csv:{path}", 1)) == 1


def test_streamed_data_are_read_by_their_columns(tmp_path):
    pytest.importorskip("datasets")
    rows = []
    for number in range(3):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(tmp_path / f"{number}.png")
        rows.append(json.dumps({"file_name": f"{number}.png", "caption": f" caption {number}"}))
    (tmp_path / "metadata.jsonl").write_text("\n".join(rows))
    data = load_data(f"hub:{tmp_path}@train", 2)
    assert [example.text for example in data] == ["caption 0", "caption 1"]
    assert data[1].image.getpixel((0, 0)) == (1, 0, 0)
    with pytest.raises(InputError, match="text_column must be one of .*, got 'words'"):
        HubCaptions(str(tmp_path), split="train", text_column="words")
    with pytest.raises(InputError, match="data must be a data set that can be loaded, got '.*test"):
        HubCaptions(str(tmp_path))


def test_packages_of_extras_are_asked_for(monkeypatch, coco):
    for name in ("datasets", "pycocotools", "pycocotools.coco"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(InputError, match="shapiq-fixlip\\[data\\]"):
        load_data("hub:somewhere")
    with pytest.raises(InputError, match="shapiq-fixlip\\[data\\]"):
        CocoCaptions(*coco)


def _folder(tmp_path):
    (tmp_path / "dog").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: load_data("imagenet"), "data must be demo-scenes, .* got 'imagenet'"),
        (lambda _: load_data("coco:one"), "data must be demo-scenes, .* got 'coco:one'"),
        (lambda _: load_data("demo-scenes", 0), "n must be at least 1, got 0"),
        (lambda _: DemoCollages(n_named=5), "n_named must be 1 to 4, got 5"),
        (lambda _: DemoScenes(detail="size"), "detail must be one of names, .*, got 'size'"),
        (lambda _: DemoScenes(random_state=-1), "random_state must be at least 0, got -1"),
        (lambda p: load_data(f"csv:{p}/a.csv"), "data must have a CSV file .*got nothing at"),
        (lambda p: load_data(f"coco:{p}/a.json,{p}"), "data must have the captions of COCO"),
        (lambda p: load_data(f"collages:{p}/a"), "data must have folders of images of at least"),
        (
            lambda p: load_data(f"collages:{_folder(p)}"),
            "such as 'goldfish' and 'pizza', got \\[\\]",
        ),
        (lambda p: ImageCollages(p, classes=["cat"]), "data must have a folder 'cat', got nothing"),
        (lambda p: ImageCollages(p, size=1), "size must be at least 2, got 1"),
        (lambda p: ImageCollages(p, n_named=9), "n_named must be 1 to 4, got 9"),
    ],
)
def test_missing_data_say_what_to_put_where(tmp_path, make, message):
    with pytest.raises(InputError, match=message):
        make(tmp_path)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_tables_may_have_other_separators(tmp_path, separator, quoting):
    path = tmp_path / "pairs.csv"
    text = "a dog, a cat; a | and a\ttab"
    rows = [["caption", "id", "image"], [text, "1", "a.png"], ["", "2", ""], ["", " ", ""]]
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, delimiter=separator, quoting=quoting)
        writer.writerows([["", " ", ""], *rows])
    data = load_data(f"csv:{path}")
    assert len(data) == 2
    assert data.origin(0) == {"source": "a.png", "text": text}
    assert data.origin(1) == {"source": "", "text": ""}


@pytest.mark.parametrize("caption", [None, 5, ["a dog"]])
def test_texts_that_are_none_are_told(coco, caption):
    told = json.loads(coco[0].read_text())
    for annotation in told["annotations"]:
        if annotation["image_id"] == 9:
            annotation["caption"] = caption
    coco[0].write_text(json.dumps(told))
    data = CocoCaptions(*coco)
    assert data.origin(1) == {"source": "COCO image 9", "text": ""}
    assert data.content(1) is None
    assert data[2].text == "a dog."
    with pytest.raises(InputError, match="data must have a text for every image, got .* COCO ima"):
        data[1]


def test_no_data_set_hands_pictures_to_a_program(coco, tmp_path, monkeypatch):
    monkeypatch.setattr("PIL.EpsImagePlugin.Ghostscript", lambda *_, **__: pytest.fail("ran"))
    picture = Image.new("RGB", (8, 8))
    picture.save(coco[1] / f"{7:012d}.jpg", format="EPS")
    folder = tmp_path / "hub"
    folder.mkdir()
    picture.save(folder / "0.png", format="EPS")
    (folder / "metadata.jsonl").write_text(json.dumps({"file_name": "0.png", "caption": "a"}))
    for data in (CocoCaptions(*coco), HubCaptions(str(folder), split="train")):
        with pytest.raises(InputError, match="image must be"):
            data[0]


def test_inputs_are_known_by_their_content(tmp_path):
    image = DemoScenes(1)[0].image
    image.save(tmp_path / "a.png")
    path = tmp_path / "pairs.csv"
    path.write_text("image,caption\na.png,a dog\nnone.png,a cat\n")
    data = load_data(f"csv:{path}")
    before = data.content(0)
    assert before == data[0].content == load_data(f"csv:{path}").content(0)
    assert data.content(1) is None
    path.write_text("image,caption\na.png,a cat\n")
    assert load_data(f"csv:{path}").content(0) != before
    image.rotate(90).save(tmp_path / "a.png")
    assert data.content(0) != before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("image,text\na,b\n", r"its first row has the columns \['image', 'text'\]"),
        ("image,image,caption\na,b,c\n", "its first row has the columns"),
        ("image,caption\na,b,\nc,d,\n", "line 2 has 3 fields for 2 columns; a text with ','"),
        ("image,caption\na,one, two\nc,d\n", "line 2 has 3 fields for 2 columns"),
        ("image;caption\na;b\nc\n", "line 3 has 1 fields for 2 columns"),
        ("image,caption\n", "without rows"),
        ("", "data must have a CSV file"),
        ('image,caption\n"a', "data must have a CSV file"),
    ],
)
def test_bad_tables_are_refused(tmp_path, content, message):
    path = tmp_path / "pairs.csv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        load_data(f"csv:{path}")


def test_bad_annotations_are_refused(tmp_path, coco):
    path = tmp_path / "bad.json"
    for content in ("no json", "[]", '{"images": 3}'):
        path.write_text(content)
        with pytest.raises(InputError, match="data must have the captions of COCO"):
            CocoCaptions(path, coco[1])


@pytest.mark.parametrize("content", ['{"images": [], "annotations": []}', "{}", "[" * 100_000])
def test_coco_without_images_is_refused(tmp_path, content):
    (tmp_path / "captions.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="data must have the captions of COCO"):
        CocoCaptions(tmp_path / "captions.json", tmp_path)
