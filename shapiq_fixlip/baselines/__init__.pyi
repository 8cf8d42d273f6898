from .grad_cam import grad_cam
from .gradient_maps import grad_eclip
from .legrad import legrad
from .metagame import metagame
from .pair_attributions import exclip
from .perturbation import banzhaf_values, occlusion, rise, shapley_values
from .relevance_maps import attention_rollout, generic_attention

__all__ = [
    "attention_rollout",
    "banzhaf_values",
    "exclip",
    "generic_attention",
    "grad_cam",
    "grad_eclip",
    "legrad",
    "metagame",
    "occlusion",
    "rise",
    "shapley_values",
]
