"""Write the pairs of COCO that a model finds most similar, with the best caption of each image.

The paper's insertion and deletion, faithfulness and timing are on the 1,000 best ones::

    python benchmarks/paper/select_coco.py captions_val2017.json val2017 --out coco.csv
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from experiments import CLIP

from shapiq_fixlip import load_encoder
from shapiq_fixlip.datasets.coco import CocoCaptions


def main(
    annotations: Annotated[Path, typer.Argument(help="The JSON file of captions.")],
    images: Annotated[Path, typer.Argument(help="The folder of the images.")],
    *,
    model: str = CLIP,
    n: Annotated[int, typer.Option(help="How many pairs.")] = 1000,
    device: str = "cpu",
    out: Annotated[Path, typer.Option(help="A CSV file.")] = Path("coco.csv"),
) -> None:
    """Rank all images by the similarity to their best caption."""
    pairs = CocoCaptions(annotations, images).most_similar(
        load_encoder(model, device=device), n, verbose=True
    )
    table = pd.DataFrame(pairs.pairs(), columns=["image", "caption"])
    table.to_csv(out, index=False)


if __name__ == "__main__":
    typer.run(main)
