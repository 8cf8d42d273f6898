from .explanation_comparison import ExplanationComparison
from .explanations import compare_explanations
from .index_comparison import Comparison
from .indices import compare
from .model_comparison import ModelComparison
from .models import compare_models
from .pairs import explain_pairs
from .probabilities import Sweep, sweep_p
from .side_by_side import DrawnSideBySide, SavedSideBySide, SideBySide

__all__ = [
    "Comparison",
    "DrawnSideBySide",
    "ExplanationComparison",
    "ModelComparison",
    "SavedSideBySide",
    "SideBySide",
    "Sweep",
    "compare",
    "compare_explanations",
    "compare_models",
    "explain_pairs",
    "sweep_p",
]
