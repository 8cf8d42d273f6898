"""Models side by side: the same pairs under CLIP, SigLIP and SigLIP 2.

python benchmarks/paper/models.py --data csv:coco.csv --device cuda
"""

from experiments import CLIP, SIGLIP_2, evaluate

MODELS = (
    CLIP,
    "openai/clip-vit-base-patch16",
    "google/siglip-base-patch16-224",
    "google/siglip-large-patch16-256",
    SIGLIP_2,
    "google/siglip2-base-patch16-224",
    "google/siglip2-large-patch16-256",
)

if __name__ == "__main__":
    evaluate(
        "insertion-deletion",
        MODELS,
        *("--metrics", "insertion-deletion,faithfulness,shares"),
        *("--methods", "fixlip:0.5,k-sii,shapley", "--out", "models"),
    )
