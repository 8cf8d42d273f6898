"""
Curves: does the explanation hold, and at which p?
==================================================
"""

from shapiq_fixlip import explain, sweep_p
from shapiq_fixlip.baselines import shapley_values
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.metrics import insertion_deletion
from shapiq_fixlip.plot import insertion_deletion_plot

scene = demo_scene()
explanation = explain(scene.image, scene.caption, text_players="words")
game = explanation.game

# %%
# Insertion and deletion: players leave in the order of the explanation. The more room between both
# curves, the better the explanation ranks them. Pairs know more than single players.

insertion_deletion_plot(
    {
        "pairs (FIxLIP)": insertion_deletion(explanation.values, game),
        "Shapley values": insertion_deletion(shapley_values(game, random_state=0), game),
    }
)

# %%
# The strongest interactions against ``p``, the share of players that are present, from one set of
# passes.

sweep = sweep_p(game)
sweep.plot(n_strongest=6)

# %%
# How far these can be trusted.

sweep.quality.round(3)
