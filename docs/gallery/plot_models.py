"""
Two models on one image
=======================

The package brings a model of CLIP's kind and one of SigLIP's kind: other patches, another
pooling, another loss, trained on the same scenes. Both explain the same cells and words.
"""

from shapiq_fixlip import compare_models, models_plot
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
comparison = compare_models(["demo", "demo-siglip"], scene.image, scene.caption, random_state=0)
comparison.table

# %%
# On one scale, in units of each model's spread.

models_plot(comparison)

# %%
# For one word.

models_plot(comparison, condition_on="tent")

# %%
# How alike they are.

comparison.agreement.round(2)

# %%
# A page with a switch between the models. Point at the words and the cells.

comparison.report()
