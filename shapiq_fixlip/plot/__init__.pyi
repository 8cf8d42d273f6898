from .chosen_players import Chosen, players_inside
from .curves import insertion_deletion_plot
from .drawn import Drawn
from .evaluation import evaluation_plot
from .heatmaps import heatmap_grid
from .image_text import image_text_plot
from .networks import network_plots
from .removals import removal_plot
from .side_by_side import image_text_plots
from .subset import subset_plot, subset_plots
from .sweep import sweep_plot

__all__ = [
    "Chosen",
    "Drawn",
    "evaluation_plot",
    "heatmap_grid",
    "image_text_plot",
    "image_text_plots",
    "insertion_deletion_plot",
    "network_plots",
    "players_inside",
    "removal_plot",
    "subset_plot",
    "subset_plots",
    "sweep_plot",
]
