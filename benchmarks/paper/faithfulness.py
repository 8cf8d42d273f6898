"""Faithfulness at p = 0.3, 0.5 and 0.7, and under the weights of Shapley values.

python benchmarks/paper/faithfulness.py --data csv:coco.csv --device cuda
"""

from experiments import CLIP, evaluate

if __name__ == "__main__":
    evaluate(
        "faithfulness",
        (CLIP,),
        *("--n-inputs", "1000"),
        *("--budgets-image", "8192", "--out", "faithfulness"),
    )
