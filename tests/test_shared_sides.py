"""Games of many images and texts share the passes of equal ones, and only these."""

import numpy as np
import pytest
from PIL import Image

from shapiq_fixlip import FIxLIP, InputError, VisionLanguageGame, load_encoder
from shapiq_fixlip.datasets.demo import DemoScenes
from shapiq_fixlip.experiments.batch import Batch
from shapiq_fixlip.experiments.parquet import write_parquet
from shapiq_fixlip.experiments.runner import run
from shapiq_fixlip.games.shared_sides import SharedSides
from shapiq_fixlip.sides.base import TowerSide

CHOICES = {"image_players": "3x3", "text_players": "words"}
TEXTS = ("a lion", "a tent and a lion", "a lion")


@pytest.fixture(scope="module")
def images():
    return [DemoScenes(2)[number].image for number in range(2)]


def explained(game):
    return FIxLIP(game.n_players, random_state=0).approximate(game=game, budget_image=64)


def test_values_are_those_of_games_by_themselves(images):
    encoder = load_encoder("demo")
    shared = SharedSides(encoder, CHOICES)
    for number, text in enumerate(TEXTS):
        image = images[number % 2]
        game = shared.game(image, text, number % 2)
        alone = VisionLanguageGame(encoder, image, text, **CHOICES)
        assert game.text == text
        assert explained(game).interactions == explained(alone).interactions


def test_passes_of_equal_images_and_texts_are_made_once(images):
    shared = SharedSides(load_encoder("demo"), CHOICES)
    games = [shared.game(images[0], text, "same") for text in TEXTS]
    assert games[0].image_side is games[1].image_side is games[2].image_side
    assert games[0].text_side is games[2].text_side
    explained(games[0])
    made = games[0].image_side.n_passes
    explained(games[2])
    assert games[2].image_side.n_passes == made


def test_the_oldest_are_forgotten(images):
    shared = SharedSides(load_encoder("demo"), CHOICES, n_kept=1)
    first = shared.game(images[0], "a lion", 0)
    assert shared.game(images[0], "a tent", 0).image_side is first.image_side
    shared.game(images[1], "a tent", 1)
    again = shared.game(images[0], "a lion", 0)
    assert again.image_side is not first.image_side
    assert again.text_side is not first.text_side


def test_a_bad_text_spoils_no_later_game(images):
    shared = SharedSides(load_encoder("demo"), CHOICES)
    for _ in range(2):
        with pytest.raises(InputError, match="text must"):
            shared.game(images[0], "", 0)
    assert shared.game(images[0], "a lion", 0).n_players_image == 9


def test_a_batch_shares_equal_images(tmp_path, monkeypatch):
    made = []
    embed_rows = TowerSide._embed_rows

    def counted(side, rows):
        made.append((side.kind, len(rows)))
        return embed_rows(side, rows)

    monkeypatch.setattr(TowerSide, "_embed_rows", counted)
    Image.fromarray(np.zeros((32, 32, 3), dtype=np.uint8)).save(tmp_path / "one.png")
    counts = []
    for texts in (["a lion"], ["a lion", "a tent", "a lion"]):
        table = tmp_path / f"{len(texts)}.csv"
        table.write_text("image,caption\n" + "".join(f"one.png,{text}\n" for text in texts))
        made.clear()
        batch = Batch(data=f"csv:{table}", budget_image=64, **CHOICES)
        numbers, folder = range(len(texts)), tmp_path / f"out{len(texts)}"
        written = write_parquet(run(batch, numbers, folder), numbers, folder)
        assert written["error"].isna().all()
        counts.append(sum(n for kind, n in made if kind == "cell"))
    assert counts[0] == counts[1] > 0
