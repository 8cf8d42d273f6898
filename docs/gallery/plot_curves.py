"""
Curves: does the explanation hold, and at which p?
==================================================
"""

from shapiq_fixlip import (
    FIxLIP,
    VisionLanguageGame,
    Words,
    insertion_deletion,
    insertion_deletion_plot,
    load_encoder,
    sweep_p,
    sweep_plot,
)
from shapiq_fixlip.baselines.perturbation import shapley_values
from shapiq_fixlip.demo.scenes import demo_scene

scene = demo_scene()
game = VisionLanguageGame(load_encoder("demo"), scene.image, scene.caption, words=Words())
values = FIxLIP(game.n_players, random_state=0).approximate(game=game)

# %%
# Insertion and deletion: players leave in the order of the explanation. The more room between both
# curves, the better the explanation ranks them. Pairs know more than single players.

insertion_deletion_plot(
    {
        "pairs (FIxLIP)": insertion_deletion(values, game),
        "Shapley values": insertion_deletion(shapley_values(game, random_state=0), game),
    }
)

# %%
# The strongest interactions against ``p``, the share of players that are present, from one set of
# passes.

sweep = sweep_p(game, random_state=0)
sweep_plot(sweep, game, n_strongest=6)

# %%
# How far these can be trusted.

sweep.quality.round(3)
