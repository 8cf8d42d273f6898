from . import (
    approximators,
    baselines,
    benchmarking,
    comparisons,
    datasets,
    encoders,
    experiments,
    explaining,
    games,
    metrics,
    page,
    plot,
    results,
    sides,
)
from .approximators.exact import exact_interactions
from .approximators.fixlip import FIxLIP
from .approximators.shapley import CrossModalShapley
from .comparisons.explanations import compare_explanations
from .comparisons.indices import compare
from .comparisons.models import compare_models
from .comparisons.pairs import explain_pairs
from .comparisons.probabilities import sweep_p
from .encoders.base import Encoder
from .encoders.callables import CallableEncoder
from .encoders.huggingface import from_transformers
from .encoders.loading import load_encoder
from .encoders.open_clip import from_open_clip
from .errors import InputError, ResourceError
from .experiments.parquet import read_batch
from .explaining.explain import explain
from .explaining.explainer import VisionLanguageExplainer
from .explaining.explanation import Explanation
from .explaining.game import explain_game
from .games.contrast import ContrastGame
from .games.separable import SeparableGame
from .games.vision_language import VisionLanguageGame
from .plot.image_text import image_text_plot
from .results.run_report import RunReport
from .results.tables import interaction_table
from .sides.image_players import Grid, Patches, Superpixels
from .sides.image_removal import Fill
from .sides.marked_players import Boxes, Regions
from .sides.text_players import Fixed, Phrases, Template, Tokens, Words
from .sides.text_removal import Replace

__version__: str

__all__ = [
    "Boxes",
    "CallableEncoder",
    "ContrastGame",
    "CrossModalShapley",
    "Encoder",
    "Explanation",
    "FIxLIP",
    "Fill",
    "Fixed",
    "Grid",
    "InputError",
    "Patches",
    "Phrases",
    "Regions",
    "Replace",
    "ResourceError",
    "RunReport",
    "SeparableGame",
    "Superpixels",
    "Template",
    "Tokens",
    "VisionLanguageExplainer",
    "VisionLanguageGame",
    "Words",
    "approximators",
    "baselines",
    "benchmarking",
    "compare",
    "compare_explanations",
    "compare_models",
    "comparisons",
    "datasets",
    "encoders",
    "exact_interactions",
    "experiments",
    "explain",
    "explain_game",
    "explain_pairs",
    "explaining",
    "from_open_clip",
    "from_transformers",
    "games",
    "image_text_plot",
    "interaction_table",
    "load_encoder",
    "metrics",
    "page",
    "plot",
    "read_batch",
    "results",
    "sides",
    "sweep_p",
]
