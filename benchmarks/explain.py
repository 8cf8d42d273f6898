"""A whole explanation of a large CLIP, against running both towers for every pair.

The baseline is what one would write first: both towers see every pair of a masked image and a
masked text, in batches of 64 as in the paper's code, and one dense least squares fit takes all
values. FIxLIP gets the same coalitions and returns the same interactions.
"""

from __future__ import annotations

import time
from typing import Annotated

import numpy as np
import pandas as pd
import torch
import typer
from reporting import print_machine, print_table
from tqdm.auto import tqdm
from transformers import CLIPConfig, CLIPModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

from shapiq_fixlip import FIxLIP, VisionLanguageGame
from shapiq_fixlip.coalitions.random_streams import streams_of
from shapiq_fixlip.coalitions.sampling import Sample, draw_sample
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.demo.tokenizer import make_tokenizer
from shapiq_fixlip.encoders.huggingface import from_transformers

TEXT = "dog next to pizza"
BATCH_SIZE = 64
SEED = 0
P = 0.5


class PlainBaseline:
    """Both towers for every pair, and one dense fit of all of them."""

    def __init__(self, model: CLIPModel, pixels: torch.Tensor, ids: torch.Tensor) -> None:
        """Keep the prepared image and text."""
        self.model, self.pixels, self.ids = model, pixels, ids
        self.side = model.config.vision_config.patch_size

    @torch.inference_mode()
    def values(self, image: np.ndarray, text: np.ndarray) -> np.ndarray:
        """Return the logits of pairs of an image and a text coalition, a row of each."""
        kept = torch.from_numpy(image).to(self.pixels.device)
        grid = self.pixels.shape[2] // self.side
        mask = kept.view(-1, 1, grid, grid)
        mask = mask.repeat_interleave(self.side, 2).repeat_interleave(self.side, 3)
        attention = torch.ones(len(text), self.ids.shape[1], device=self.ids.device)
        attention[:, 1:-1] = torch.from_numpy(text).to(attention)
        outputs = self.model(
            input_ids=self.ids.repeat(len(text), 1),
            attention_mask=attention.long(),
            pixel_values=self.pixels * mask,
        )
        return outputs.logits_per_image.diagonal().double().cpu().numpy()

    def explain(self, image: Sample, text: Sample) -> dict[tuple[int, ...], float]:
        """Evaluate and fit all pairs of coalitions."""
        rows = np.repeat(image.coalitions, len(text), axis=0)
        columns = np.tile(text.coalitions, (len(image), 1))
        batches = tqdm(range(0, len(rows), BATCH_SIZE), desc="baseline", leave=False)
        values = np.concatenate(
            [self.values(rows[i : i + BATCH_SIZE], columns[i : i + BATCH_SIZE]) for i in batches]
        )
        coalitions = np.hstack([rows, columns])
        n_image, n = rows.shape[1], coalitions.shape[1]
        pairs = [(i, j) for i in range(n_image) for j in range(n_image, n)]
        wanted = [(), *((i,) for i in range(n)), *pairs]
        design = np.column_stack([coalitions[:, list(s)].all(axis=1) for s in wanted])
        root = np.sqrt(np.outer(image.weights, text.weights).ravel())
        solution, *_ = np.linalg.lstsq(design * root[:, None], values * root, rcond=None)
        return dict(zip(wanted, solution.tolist(), strict=True))


def same_samples(game: VisionLanguageGame, passes: tuple[int, int]) -> list[Sample]:
    """Draw the coalitions that FIxLIP draws with the same seed."""
    streams = streams_of(SEED)
    return [
        draw_sample(side.n_players, P, size, np.random.default_rng(stream))
        for side, size, stream in zip(game.sides, passes, streams, strict=False)
    ]


def main(
    *,
    device: Annotated[str, typer.Option(help="a torch device")] = "cpu",
    budgets: Annotated[str, typer.Option(help="numbers of pairs")] = "1024 2048",
    baseline_up_to: Annotated[int, typer.Option(help="most pairs of the baseline")] = 2048,
) -> None:
    """Print the seconds of both, their ratio and the largest difference, for each budget."""
    print_machine()
    torch.manual_seed(SEED)
    tokenizer = make_tokenizer()
    special = {
        name: getattr(tokenizer, name) for name in ("bos_token_id", "eos_token_id", "pad_token_id")
    }
    model = CLIPModel(CLIPConfig(text_config=special)).eval().to(device)
    image_processor = CLIPImageProcessorPil()
    image = demo_scene().image
    pixels = image_processor(images=image, return_tensors="pt")["pixel_values"].to(device)
    ids = tokenizer(TEXT, return_tensors="pt")["input_ids"].to(device)
    baseline = PlainBaseline(model, pixels, ids)
    encoder = from_transformers(model, image_processor, tokenizer, batch_size=BATCH_SIZE)
    rows = []
    for budget in map(int, budgets.split()):
        started = time.perf_counter()
        game = VisionLanguageGame(encoder, image, TEXT, normalize=False)
        fixlip = FIxLIP(
            game.n_players,
            p=P,
            estimator="least_squares",
            cross_modal_only=True,
            random_state=SEED,
        )
        ours = fixlip.approximate(budget, game)
        row = {
            "pairs": budget,
            "passes": "{} + {}".format(*fixlip.last_run.passes),
            "FIxLIP s": time.perf_counter() - started,
        }
        if budget <= baseline_up_to:
            started = time.perf_counter()
            theirs = baseline.explain(*same_samples(game, fixlip.last_run.passes))
            row["baseline s"] = time.perf_counter() - started
            row["times faster"] = row["baseline s"] / row["FIxLIP s"]
            row["largest difference"] = max(abs(ours[s] - value) for s, value in theirs.items())
        rows.append(row)
    title = (
        f"Cross-modal explanation of a random CLIP ViT-B/32 on {device}, {game.n_players} players"
    )
    print_table(title, pd.DataFrame(rows))


if __name__ == "__main__":
    typer.run(main)
