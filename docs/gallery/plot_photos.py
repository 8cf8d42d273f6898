"""
Photos, 196 patches
===================

The embedded models have seen drawn scenes only, so photos are a test of what carries over. For
photos of your own, take a model that knows them: ``model="openai/clip-vit-base-patch16"``.
"""

from skimage import data

from shapiq_fixlip import Superpixels, explain
from shapiq_fixlip.plot import removal_plot

cat = explain(data.chelsea(), "a photo of a cat", model="demo-siglip")
print(cat)

# %%
# The map of *cat* is at an eye and at the nose.

cat.plot()

# %%
# What is left of the photo as its least and its most important parts are removed first.

removal_plot(cat.values, cat.game, shares=(0.6, 0.2, 0.05))

# %%
# Segments follow what is in the image, and thirty can be looked at.

segments = explain(
    data.chelsea(), "a photo of a cat", model="demo-siglip", image_players=Superpixels(30)
)
segments.plot("cat", numbered=True)

# %%
# A photo of which the model knows nothing: maps of words scatter, and much of them is pale.

woman = explain(data.astronaut(), "a woman with a flag", model="demo-siglip", text_players="words")
woman.plot()
