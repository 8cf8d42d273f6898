"""Draw the picture in the README: ``python docs/make_readme_picture.py``."""

from pathlib import Path

from shapiq_fixlip import explain
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
figure, _ = explain(scene.image, scene.caption).plot()
figure.savefig(Path(__file__).parent / "images" / "explanation.png", dpi=200)
