from .gradient_maps import grad_eclip
from .pair_attributions import exclip
from .perturbation import banzhaf_values, occlusion, rise, shapley_values
from .relevance_maps import attention_rollout, generic_attention

__all__ = [
    "attention_rollout",
    "banzhaf_values",
    "exclip",
    "generic_attention",
    "grad_eclip",
    "occlusion",
    "rise",
    "shapley_values",
]
