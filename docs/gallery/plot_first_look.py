"""
One explanation, seen in several ways
=====================================

The scene comes with the package, and so does the small CLIP that looks at it.
"""

from shapiq_fixlip import explain
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.plot import heatmap_grid, subset_plot

scene = demo_scene()
explanation = explain(scene.image, scene.caption)
print(explanation)

# %%
# Everything at once: what each patch and each word contributes, and a map for each word that
# matters: which patches it works with. What spoils each other is blue: the tent is not a lion.

explanation.plot()

# %%
# Few players are joined by links. What lowers the similarity is dashed.

cells = explain(scene.image, scene.caption, image_players="3x3", text_players="words")
cells.plot()

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
# First order alone: what patches and words add without their pairs.

explanation.plot(first_order=True, palette="colour_blind")

# %%
# Some players, and everything between them.

players = ["lion", "tent", "patch (5,0)", "patch (5,1)", "patch (3,4)"]
subset_plot(explanation.values, explanation.game, players)

# %%
# More patches, and a column of a paper: the other embedded model sees 14 × 14.

explain(scene.image, scene.caption, model="demo-siglip").plot(width=3.25)

# %%
# The numbers.

explanation.table().head(8)
