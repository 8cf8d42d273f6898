"""
shapiq's own plots, Banzhaf beside Shapley
==========================================

Values are ``shapiq.InteractionValues``, so the plots of shapiq take them as they are. Here each
is shown twice, of the same image, caption and players: on the left, or first, the weighted
Banzhaf interactions at one half, then Shapley interactions (k-SII). Both are exact: nine cells
and the words have few enough coalitions.
"""

import matplotlib.pyplot as plt
from PIL import Image

from shapiq_fixlip import VisionLanguageGame, exact_interactions, load_encoder
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.results import text_interactions

scene = demo_scene()
game = VisionLanguageGame(
    load_encoder("demo"), scene.image, scene.caption, image_players="3x3", text_players="words"
)
explanations = {
    "Banzhaf": exact_interactions(game, "FBII", max_order=2),
    "Shapley": exact_interactions(game, "k-SII", max_order=2),
}
names = list(game.player_names)

# %%
# Pictures of the cells, for the plots that show players as images.

side = game.image_side
cells = dict(enumerate(side.player_pictures))

# %%
# Network plot
# ------------

for label, values in explanations.items():
    figure, axes = values.plot_network(feature_names=names, n_interactions=25, show=False)
    axes.set_title(label)

# %%
# Interaction graph
# -----------------
# With the cells at their players and the image in the centre.

for label, values in explanations.items():
    figure, axes = values.plot_si_graph(
        feature_names=names,
        feature_image_patches=cells,
        center_image=Image.fromarray(side.image),
        n_interactions=20,
        show=False,
    )
    axes.set_title(label)

# %%
# Sentence plot
# -------------
# Of the text players alone.

for label, values in explanations.items():
    figure, axes = text_interactions(values, game).plot_sentence(list(game.text_labels), show=False)
    axes.set_title(label)

# %%
# Force plot
# ----------

for label, values in explanations.items():
    figure = values.get_top_k(12).plot_force(
        feature_names=names, show=False, contribution_threshold=0.08
    )
    figure.suptitle(label)

# %%
# Waterfall plot
# --------------

for label, values in explanations.items():
    plt.figure()
    axes = values.plot_waterfall(feature_names=names, show=False, max_display=10, abbreviate=False)
    axes.set_title(label)

# %%
# UpSet plot
# ----------

for label, values in explanations.items():
    figure = values.plot_upset(feature_names=names, n_interactions=14, show=False)
    figure.suptitle(label)

plt.show()
