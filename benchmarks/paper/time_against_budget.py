"""Seconds and faithfulness against image passes.

python benchmarks/paper/time_against_budget.py --data csv:coco.csv --device cuda
"""

from experiments import SIGLIP_2, evaluate

if __name__ == "__main__":
    evaluate(
        "time",
        (SIGLIP_2,),
        *("--n-inputs", "10"),
        *("--budgets-image", "128,256,512,1024,2048,4096,8192", "--out", "time"),
    )
