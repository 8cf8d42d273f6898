from .explained import Explained, Named
from .intervals import error_bars
from .run_report import RunReport
from .tables import interaction_columns, interaction_table, strongest_interactions
from .views import (
    cross_pairs,
    explained_spread,
    image_interactions,
    shared_values,
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
