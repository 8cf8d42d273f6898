"""Draw the picture in the README: ``python docs/make_readme_picture.py``."""

from pathlib import Path

from shapiq_fixlip import FIxLIP, VisionLanguageGame, image_text_plot, load_encoder
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
game = VisionLanguageGame(load_encoder("demo"), scene.image, scene.caption)
values = FIxLIP(game.n_players, random_state=0).approximate(game=game)
figure, _ = image_text_plot(values, game)
figure.savefig(Path(__file__).parent / "images" / "explanation.png", dpi=110)
