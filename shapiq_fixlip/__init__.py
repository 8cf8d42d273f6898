"""Why a vision-language model finds an image and a text similar, as a plugin of shapiq.

Public names are loaded when they are first used, so that importing the package takes no time and
loads none of torch, transformers, open_clip and shapiq.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapiq_fixlip.approximators.exact import exact_interactions
    from shapiq_fixlip.approximators.fixlip import FIxLIP
    from shapiq_fixlip.approximators.shapley import CrossModalShapley
    from shapiq_fixlip.baselines.exclip import exclip
    from shapiq_fixlip.baselines.grad_eclip import grad_eclip
    from shapiq_fixlip.baselines.perturbation import banzhaf_values, occlusion, rise, shapley_values
    from shapiq_fixlip.baselines.relevance_maps import attention_rollout, generic_attention
    from shapiq_fixlip.comparisons.indices import Comparison, compare
    from shapiq_fixlip.comparisons.model_comparison import ModelComparison
    from shapiq_fixlip.comparisons.models import compare_models
    from shapiq_fixlip.comparisons.pairs import Explanation, explain_pairs
    from shapiq_fixlip.comparisons.probabilities import Sweep, sweep_p
    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.encoders.callables import CallableEncoder
    from shapiq_fixlip.encoders.huggingface import from_transformers
    from shapiq_fixlip.encoders.loading import load_encoder
    from shapiq_fixlip.encoders.open_clip import from_open_clip
    from shapiq_fixlip.encoders.tokenizers import HuggingFaceTokenizer, OpenClipTokenizer
    from shapiq_fixlip.errors import InputError
    from shapiq_fixlip.experiments.parquet import BatchExplanations, read_batch
    from shapiq_fixlip.explainer import VisionLanguageExplainer
    from shapiq_fixlip.games.contrast import ContrastGame
    from shapiq_fixlip.games.loading import load_game
    from shapiq_fixlip.games.separable import SeparableGame
    from shapiq_fixlip.games.vision_language import VisionLanguageGame
    from shapiq_fixlip.metrics.faithfulness import (
        Faithfulness,
        faithfulness_figures,
        p_faithfulness,
    )
    from shapiq_fixlip.metrics.insertion_deletion import (
        InsertionDeletion,
        insertion_deletion,
        mean_curves,
    )
    from shapiq_fixlip.metrics.pointing_game import (
        PointingGame,
        Target,
        box_targets,
        label_targets,
        pointing_game,
        quadrant_targets,
    )
    from shapiq_fixlip.metrics.sanity import PromptSanity, prompt_sanity
    from shapiq_fixlip.metrics.shares import (
        ModalityShares,
        modality_shares,
        synergy_share,
    )
    from shapiq_fixlip.metrics.stability import (
        prompt_sensitivity,
        seed_stability,
    )
    from shapiq_fixlip.page.report import Report, report
    from shapiq_fixlip.plot.comparison import comparison_plot
    from shapiq_fixlip.plot.curves import insertion_deletion_plot
    from shapiq_fixlip.plot.heatmaps import heatmap_grid
    from shapiq_fixlip.plot.image_text import image_text_plot
    from shapiq_fixlip.plot.models import models_plot
    from shapiq_fixlip.plot.sweep import sweep_plot
    from shapiq_fixlip.results.run_report import RunReport
    from shapiq_fixlip.results.tables import (
        image_interactions,
        interaction_table,
        text_interactions,
    )
    from shapiq_fixlip.sides.base import Side, TowerSide
    from shapiq_fixlip.sides.image import ImageSide
    from shapiq_fixlip.sides.image_players import Grid, Patches, Superpixels
    from shapiq_fixlip.sides.image_removal import Fill
    from shapiq_fixlip.sides.marked_players import Boxes, Regions
    from shapiq_fixlip.sides.text import TextSide
    from shapiq_fixlip.sides.text_players import Fixed, Phrases, Template, Tokens, Words
    from shapiq_fixlip.sides.text_removal import Replace

__version__ = "0.1.0"

__all__ = [
    "BatchExplanations",
    "Boxes",
    "CallableEncoder",
    "Comparison",
    "ContrastGame",
    "CrossModalShapley",
    "Encoder",
    "Explanation",
    "FIxLIP",
    "Faithfulness",
    "Fill",
    "Fixed",
    "Grid",
    "HuggingFaceTokenizer",
    "ImageSide",
    "InputError",
    "InsertionDeletion",
    "ModalityShares",
    "ModelComparison",
    "OpenClipTokenizer",
    "Patches",
    "Phrases",
    "PointingGame",
    "PromptSanity",
    "Regions",
    "Replace",
    "Report",
    "RunReport",
    "SeparableGame",
    "Side",
    "Superpixels",
    "Sweep",
    "Target",
    "Template",
    "TextSide",
    "Tokens",
    "TowerSide",
    "VisionLanguageExplainer",
    "VisionLanguageGame",
    "Words",
    "attention_rollout",
    "banzhaf_values",
    "box_targets",
    "compare",
    "compare_models",
    "comparison_plot",
    "exact_interactions",
    "exclip",
    "explain_pairs",
    "faithfulness_figures",
    "from_open_clip",
    "from_transformers",
    "generic_attention",
    "grad_eclip",
    "heatmap_grid",
    "image_interactions",
    "image_text_plot",
    "insertion_deletion",
    "insertion_deletion_plot",
    "interaction_table",
    "label_targets",
    "load_encoder",
    "load_game",
    "mean_curves",
    "modality_shares",
    "models_plot",
    "occlusion",
    "p_faithfulness",
    "pointing_game",
    "prompt_sanity",
    "prompt_sensitivity",
    "quadrant_targets",
    "read_batch",
    "report",
    "rise",
    "seed_stability",
    "shapley_values",
    "sweep_p",
    "sweep_plot",
    "synergy_share",
    "text_interactions",
]

_MODULES = {
    "BatchExplanations": "experiments.parquet",
    "Boxes": "sides.marked_players",
    "CallableEncoder": "encoders.callables",
    "Comparison": "comparisons.indices",
    "ContrastGame": "games.contrast",
    "CrossModalShapley": "approximators.shapley",
    "Encoder": "encoders.base",
    "Explanation": "comparisons.pairs",
    "FIxLIP": "approximators.fixlip",
    "Faithfulness": "metrics.faithfulness",
    "Fill": "sides.image_removal",
    "Fixed": "sides.text_players",
    "Grid": "sides.image_players",
    "HuggingFaceTokenizer": "encoders.tokenizers",
    "ImageSide": "sides.image",
    "InputError": "errors",
    "InsertionDeletion": "metrics.insertion_deletion",
    "ModalityShares": "metrics.shares",
    "ModelComparison": "comparisons.model_comparison",
    "OpenClipTokenizer": "encoders.tokenizers",
    "Patches": "sides.image_players",
    "Phrases": "sides.text_players",
    "PointingGame": "metrics.pointing_game",
    "PromptSanity": "metrics.sanity",
    "Regions": "sides.marked_players",
    "Replace": "sides.text_removal",
    "Report": "page.report",
    "RunReport": "results.run_report",
    "SeparableGame": "games.separable",
    "Side": "sides.base",
    "Superpixels": "sides.image_players",
    "Sweep": "comparisons.probabilities",
    "Target": "metrics.pointing_game",
    "Template": "sides.text_players",
    "TextSide": "sides.text",
    "Tokens": "sides.text_players",
    "TowerSide": "sides.base",
    "VisionLanguageExplainer": "explainer",
    "VisionLanguageGame": "games.vision_language",
    "Words": "sides.text_players",
    "attention_rollout": "baselines.relevance_maps",
    "banzhaf_values": "baselines.perturbation",
    "box_targets": "metrics.pointing_game",
    "compare": "comparisons.indices",
    "compare_models": "comparisons.models",
    "comparison_plot": "plot.comparison",
    "exact_interactions": "approximators.exact",
    "exclip": "baselines.exclip",
    "explain_pairs": "comparisons.pairs",
    "faithfulness_figures": "metrics.faithfulness",
    "from_open_clip": "encoders.open_clip",
    "from_transformers": "encoders.huggingface",
    "generic_attention": "baselines.relevance_maps",
    "grad_eclip": "baselines.grad_eclip",
    "heatmap_grid": "plot.heatmaps",
    "image_interactions": "results.tables",
    "image_text_plot": "plot.image_text",
    "insertion_deletion": "metrics.insertion_deletion",
    "insertion_deletion_plot": "plot.curves",
    "interaction_table": "results.tables",
    "label_targets": "metrics.pointing_game",
    "load_encoder": "encoders.loading",
    "load_game": "games.loading",
    "mean_curves": "metrics.insertion_deletion",
    "modality_shares": "metrics.shares",
    "models_plot": "plot.models",
    "occlusion": "baselines.perturbation",
    "p_faithfulness": "metrics.faithfulness",
    "pointing_game": "metrics.pointing_game",
    "prompt_sanity": "metrics.sanity",
    "prompt_sensitivity": "metrics.stability",
    "quadrant_targets": "metrics.pointing_game",
    "read_batch": "experiments.parquet",
    "report": "page.report",
    "rise": "baselines.perturbation",
    "seed_stability": "metrics.stability",
    "shapley_values": "baselines.perturbation",
    "sweep_p": "comparisons.probabilities",
    "sweep_plot": "plot.sweep",
    "synergy_share": "metrics.shares",
    "text_interactions": "results.tables",
}


def __getattr__(name: str) -> object:
    """Import a public name from the module that defines it."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    """List the public names before they are loaded, too."""
    return sorted({*globals(), *__all__})
