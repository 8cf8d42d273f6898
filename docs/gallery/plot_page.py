"""
A page to hover over
====================

One file that needs no network, made by ``explanation.page()`` and by ``shapiq-fixlip explain``.
Point at a word or a patch, click to pin, search the table, or let clicks remove parts and ask what
if. The tabs hold three values of ``p``, all from the same passes.
"""

from shapiq_fixlip import VisionLanguageGame, load_encoder, sweep_p
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
game = VisionLanguageGame(load_encoder("demo"), scene.image, scene.caption, text_players="words")
sweep_p(game, [0.3, 0.5, 0.7]).page()
