"""
A page to hover over
====================

One file that needs no network, made by ``report`` and by ``shapiq-fixlip explain``. Point at a
word or a patch, click to pin, move the slider, sort the table. The switch holds three values of
``p``, all from the same passes.
"""

from shapiq_fixlip import VisionLanguageGame, Words, load_encoder, report, sweep_p
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
game = VisionLanguageGame(load_encoder("demo"), scene.image, scene.caption, words=Words())
sweep = sweep_p(game, [0.3, 0.5, 0.7], random_state=0)
report(sweep.values, game, facts={"model": "demo", "passes": "256 + 256, shared by all p"})
