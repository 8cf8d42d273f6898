from .exact import exact_interactions
from .fixlip import FIxLIP
from .settings import ApproximationSettings
from .shapley import CrossModalShapley, ShapleyIndex

__all__ = [
    "ApproximationSettings",
    "CrossModalShapley",
    "FIxLIP",
    "ShapleyIndex",
    "exact_interactions",
]
