from .explained import Explained, Named
from .intervals import error_bars
from .run_report import RunReport
from .tables import (
    cross_pairs,
    explained_spread,
    image_interactions,
    interaction_columns,
    interaction_table,
    shared_values,
    strongest_interactions,
    text_interactions,
)

__all__ = [
    "Explained",
    "Named",
    "RunReport",
    "cross_pairs",
    "error_bars",
    "explained_spread",
    "image_interactions",
    "interaction_columns",
    "interaction_table",
    "shared_values",
    "strongest_interactions",
    "text_interactions",
]
