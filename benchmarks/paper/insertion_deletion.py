"""Insertion and deletion: curves and the area between them, first order against second order.

The paper's pairs are the 1,000 most similar ones of COCO, which ``select_coco.py`` writes::

    python benchmarks/paper/insertion_deletion.py --data csv:coco.csv --device cuda
"""

from experiments import CLIP, evaluate

if __name__ == "__main__":
    evaluate(
        "insertion-deletion",
        (CLIP,),
        *("--n-inputs", "1000"),
        *("--budgets-image", "8192", "--out", "insertion-deletion"),
    )
