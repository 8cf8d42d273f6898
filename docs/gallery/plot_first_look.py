"""
One explanation, seen in several ways
=====================================

The scene comes with the package, and so does the small CLIP that looks at it.
"""

from shapiq_fixlip import explain
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.plot import heatmap_grid

scene = demo_scene()
explanation = explain(scene.image, scene.caption)
print(explanation)

# %%
# Everything at once: what each patch and each word contributes, and the strongest pairs of both.
# Blue, dashed lines join what spoils each other: the tent is not a lion.

explanation.plot()

# %%
# One word: where in the image it finds support, and where not.

explanation.plot("unicorn")

# %%
# One patch: which words it supports. This one shows a part of the tent.

explanation.plot("patch (4,4)")

# %%
# All words side by side, on one scale.

heatmap_grid(explanation.values, explanation.game, n_columns=5)

# %%
# First order alone, each side on its own scale: what patches and words add without their pairs.

explanation.plot(first_order=True, scale="separate", palette="colour_blind")

# %%
# The numbers.

explanation.table().head(8)
