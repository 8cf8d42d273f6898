from .chosen import Among, Containing, InteractionsLike
from .exact import exact_interactions
from .fixlip import FIxLIP
from .settings import ApproximationSettings
from .shapley import CrossModalShapley

__all__ = [
    "Among",
    "ApproximationSettings",
    "Containing",
    "CrossModalShapley",
    "FIxLIP",
    "InteractionsLike",
    "exact_interactions",
]
