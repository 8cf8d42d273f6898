"""
Two models on one image
=======================

The package brings a model of CLIP's kind and one of SigLIP's kind: other patches, another
pooling, another loss, trained on the same scenes. Both explain the same cells and words.
"""

from shapiq_fixlip import compare_models
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
comparison = compare_models(scene.image, scene.caption, models=["demo", "demo-siglip"])
comparison.table

# %%
# On one scale, in units of each model's spread.

comparison.plot()

# %%
# For one word.

comparison.plot("tent")

# %%
# How alike they are.

comparison.agreement.round(2)

# %%
# A page with a switch between the models. Point at the words and the cells.

comparison.page()
