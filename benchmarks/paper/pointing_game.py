"""The pointing game: recognition for 1 to 4 named objects, by all methods.

The paper's images are collages of ImageNet, for example from a folder of ten classes::

    python benchmarks/paper/pointing_game.py --data collages:FOLDER --device cuda
"""

from experiments import CLIP, evaluate

if __name__ == "__main__":
    evaluate(
        "pointing-game",
        (CLIP,),
        *("--n-inputs", "500"),
        *("--budgets-image", "16384", "--budget-text", "64", "--out", "pointing-game"),
    )
