from .exact import exact_interactions
from .fixlip import FIxLIP
from .settings import ApproximationSettings
from .shapley import CrossModalShapley

__all__ = [
    "ApproximationSettings",
    "CrossModalShapley",
    "FIxLIP",
    "exact_interactions",
]
