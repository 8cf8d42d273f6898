from .faithfulness import Faithfulness, faithfulness_figures, p_faithfulness
from .known_answers import KnownAnswers, known_answers
from .known_interactions import known_interactions, planted_pairs
from .recognition import PointingGame, pointing_game
from .removal_curves import (
    InsertionDeletion,
    insertion_deletion,
    insertion_deletion_limit,
    mean_curves,
)
from .sanity import PromptSanity, prompt_sanity
from .shares import ModalityShares, modality_shares, synergy_share
from .similarity import agreement
from .stability import prompt_sensitivity, seed_stability
from .synergy import SynergisticFaithfulness, synergistic_faithfulness
from .targets import Target, box_targets, label_targets, quadrant_targets

__all__ = [
    "Faithfulness",
    "InsertionDeletion",
    "KnownAnswers",
    "ModalityShares",
    "PointingGame",
    "PromptSanity",
    "SynergisticFaithfulness",
    "Target",
    "agreement",
    "box_targets",
    "faithfulness_figures",
    "insertion_deletion",
    "insertion_deletion_limit",
    "known_answers",
    "known_interactions",
    "label_targets",
    "mean_curves",
    "modality_shares",
    "p_faithfulness",
    "planted_pairs",
    "pointing_game",
    "prompt_sanity",
    "prompt_sensitivity",
    "quadrant_targets",
    "seed_stability",
    "synergistic_faithfulness",
    "synergy_share",
]
