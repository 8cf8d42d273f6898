"""What the commands that compare have in common: how they write a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from shapiq_fixlip.output import writing

if TYPE_CHECKING:
    from pathlib import Path

    from shapiq_fixlip.comparisons.explanation_comparison import ExplanationComparison
    from shapiq_fixlip.comparisons.index_comparison import Comparison
    from shapiq_fixlip.comparisons.model_comparison import ModelComparison
    from shapiq_fixlip.output import Results

__all__ = ["write_comparison"]


def write_comparison(
    compared: Comparison | ModelComparison | ExplanationComparison,
    results: Results,
    out: Path,
    *,
    dpi: int,
) -> None:
    """Write the files, the page and the picture of a comparison.

    Args:
        compared: The comparison.
        results: From :func:`~shapiq_fixlip.output.result_folder`.
        out: The folder, for errors.
        dpi: Of the picture.
    """
    with writing(out):
        compared.write(results.workplace)
        compared.page(results.workplace / f"{compared.stem}.html")
        figure, _ = compared.plot()
        figure.savefig(results.workplace / f"{compared.stem}.png", dpi=dpi)
        plt.close(figure)
