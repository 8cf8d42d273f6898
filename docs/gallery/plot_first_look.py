"""
One explanation, seen in several ways
=====================================

The scene comes with the package, and so does the small CLIP that looks at it.
"""

from shapiq_fixlip import (
    FIxLIP,
    VisionLanguageGame,
    heatmap_grid,
    image_text_plot,
    interaction_table,
    load_encoder,
)
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
game = VisionLanguageGame(load_encoder("demo"), scene.image, scene.caption)
fixlip = FIxLIP(game.n_players, p=0.5, random_state=0)
values = fixlip.approximate(game=game)
print(fixlip.report)

# %%
# Everything at once: what each patch and each word contributes, and the strongest pairs of both.
# Blue, dashed lines join what spoils each other: the tent is not a lion.

image_text_plot(values, game)

# %%
# One word: where in the image it finds support, and where not.

image_text_plot(values, game, condition_on="unicorn")

# %%
# One patch: which words it supports. This one shows a part of the tent.

image_text_plot(values, game, condition_on="patch (4,4)")

# %%
# All words side by side, on one scale.

heatmap_grid(values, game, n_columns=5)

# %%
# First order alone, each side on its own scale. *Unicorn* by itself lowers the similarity; its
# patches make up for that.

image_text_plot(values, game, first_order=True, scale="separate", palette="colour_blind")

# %%
# The numbers.

interaction_table(values, game, fixlip.standard_errors()).head(8)
