"""
A planted shortcut, found
=========================

``demo-shortcut`` is a twin of ``demo`` that was trained further on scenes in which a chequered
mark goes along with horses. Its accuracy on such scenes does not tell that anything is wrong.
"""

import numpy as np

from shapiq_fixlip import compare_models, explain
from shapiq_fixlip.demo.marks import marked
from shapiq_fixlip.demo.scenes import random_scene

# %%
# A scene without a horse, and with the mark. Both models are asked about a horse.

scene = marked(random_scene(np.random.default_rng(4), 2), np.random.default_rng(0))
print(scene.caption)
text = "a photo of a horse"

# %%
# The twin finds a horse, and the explanation shows where: in the mark.

explain(scene.image, text, model="demo-shortcut").plot("horse")

# %%
# The first model finds less than half as much, on its own scale, and nothing of it in the mark.

explain(scene.image, text, model="demo").plot("horse")

# %%
# Both on one scale.

comparison = compare_models(scene.image, text, models=["demo", "demo-shortcut"])
comparison.plot("horse")
