"""Explanations a second on a GPU, where their time goes, and what less precision costs.

Random models of real sizes, the photo of an astronaut that scikit-image ships, 256 passes of each
tower, order 2 with errors and what is resolved. ``encoder`` (both towers), ``solver`` and ``rest``
(the game is made) are shares of the time; ``of the rate`` tells the operations of the image passes,
as a share of what the device does in products of large matrices of the same type.

The second table tells the error of interactions by other types of numbers and by compiled blocks,
relative to float32, also for the embedded models and a demo scene, as random weights say little of
trained ones: ``largest``, the largest one as a share of the largest interaction, and the
correlation of all interactions.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
import torch
import typer
from reporting import print_machine, print_table
from skimage import data
from transformers import CLIPConfig, CLIPModel, SiglipConfig, SiglipModel
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from shapiq_fixlip import FIxLIP, VisionLanguageGame, explain_game, load_encoder
from shapiq_fixlip.demo.scenes import demo_scene
from shapiq_fixlip.demo.tokenizer import make_tokenizer
from shapiq_fixlip.encoders.compiling import compile_blocks
from shapiq_fixlip.encoders.huggingface import from_transformers

if TYPE_CHECKING:
    from shapiq_fixlip import Encoder, Explanation
    from shapiq_fixlip.sides import ImageLike

TEXT = "a photo of a lion left of a blue star and a tent next to a red car"
PASSES = 256
SEED = 0
PRECISIONS = ("float32", "bfloat16", "float16")
MATRIX, N_PRODUCTS = 4096, 10

type Sizes = dict[str, int]

CLIPS: dict[str, tuple[Sizes, Sizes]] = {
    "tiny": (
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "patch_size": 32},
        {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2},
    ),
    "ViT-B/32": ({"patch_size": 32}, {}),
    "ViT-B/16": ({"patch_size": 16}, {}),
    "ViT-L/14-336": (
        {
            "hidden_size": 1024,
            "intermediate_size": 4096,
            "num_hidden_layers": 24,
            "num_attention_heads": 16,
            "patch_size": 14,
            "image_size": 336,
        },
        {"hidden_size": 768, "intermediate_size": 3072, "num_attention_heads": 12},
    ),
}
SIGLIP = {
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_hidden_layers": 27,
    "num_attention_heads": 16,
}
"""Both towers of SO400M; its images have 384 pixels and patches of 14."""

MODELS = (*CLIPS, "SO400M")
TRAINED = ("demo", "demo-siglip")


def make_encoder(name: str, device: str, dtype: str, *, is_compiled: bool = False) -> Encoder:
    """Return a random model of a size, or an embedded one."""
    torch.compiler.reset()  # many models in one process are beyond what torch compiles
    if name in TRAINED:
        return load_encoder(name, device=device, dtype=dtype, compile=is_compiled)
    torch.manual_seed(SEED)
    tokenizer = make_tokenizer()
    special: dict[str, Any] = {
        key: getattr(tokenizer, key) for key in ("bos_token_id", "eos_token_id", "pad_token_id")
    }
    model: CLIPModel | SiglipModel
    if name in CLIPS:
        vision, text = CLIPS[name]
        size = vision.get("image_size", 224)
        config = CLIPConfig(vision_config=vision, text_config={**text, **special})
        model = CLIPModel(config)
        processor: Any = CLIPImageProcessorPil(size={"shortest_edge": size}, crop_size=size)
    else:
        of_image = {**SIGLIP, "image_size": 384, "patch_size": 14}
        of_text = {**SIGLIP, **special, "vocab_size": len(tokenizer), "projection_size": 1152}
        model = SiglipModel(SiglipConfig(vision_config=of_image, text_config=of_text))
        processor = SiglipImageProcessorPil(size={"height": 384, "width": 384})
    model = model.eval().to(device, getattr(torch, dtype))
    batch_size = 16 if device == "cpu" else 64
    encoder = from_transformers(model, processor, tokenizer, batch_size=batch_size)
    if is_compiled:
        compile_blocks(encoder)
    return encoder


def explained(
    encoder: Encoder, image: ImageLike, text: str
) -> tuple[Explanation, dict[str, float]]:
    """Explain one image and one text, and return the seconds of its parts."""
    started = time.perf_counter()
    game = VisionLanguageGame(encoder, image, text)
    prepared = time.perf_counter()
    fixlip = FIxLIP(game.n_players, random_state=SEED)
    explanation = explain_game(game, fixlip, budget_image=PASSES, budget_text=PASSES)
    synchronise()
    seconds = {"rest": prepared - started, "encoder": fixlip.last_run.seconds_encoder}
    seconds["solver"] = time.perf_counter() - prepared - seconds["encoder"]
    return explanation, seconds


def synchronise() -> None:
    """Wait for the GPU, if there is one."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def operations_of_passes(name: str, n_patches: int) -> float:
    """Return the floating-point operations of the image passes: products of matrices alone."""
    vision = CLIPS[name][0] if name in CLIPS else SIGLIP
    width, n_layers = vision.get("hidden_size", 768), vision.get("num_hidden_layers", 12)
    inner, n = vision.get("intermediate_size", 3072), n_patches + 1
    of_layer = n * (4 * width**2 + 2 * width * inner) + 2 * n**2 * width
    return 2.0 * PASSES * n_layers * of_layer


def matrix_rate(device: str, dtype: str) -> float:
    """Return the operations a second of products of large matrices."""
    matrix = torch.randn(MATRIX, MATRIX, device=device).to(getattr(torch, dtype))
    matrix @ matrix
    synchronise()
    started = time.perf_counter()
    for _ in range(N_PRODUCTS):
        matrix @ matrix
    synchronise()
    return N_PRODUCTS * 2.0 * MATRIX**3 / (time.perf_counter() - started)


def speed_of(name: str, device: str, dtype: str, *, is_compiled: bool, n_runs: int) -> dict:
    """Return how fast a model is explained; the first explanation is not counted."""
    encoder = make_encoder(name, device, dtype, is_compiled=is_compiled)
    photo = data.astronaut()
    explained(encoder, photo, TEXT)
    runs = [explained(encoder, photo, TEXT) for _ in range(n_runs)]
    seconds = pd.DataFrame([seconds for _, seconds in runs]).median()
    n_image, n_text = (side.n_players for side in runs[-1][0].game.sides)
    operations = operations_of_passes(name, n_image)
    return {
        "model": name,
        "type": f"{dtype}, compiled" if is_compiled else dtype,
        "players": f"{n_image} + {n_text}",
        "a second": 1 / seconds.sum(),
        **(seconds / seconds.sum())[["encoder", "solver", "rest"]],
        "of the rate": operations / seconds["encoder"] / matrix_rate(device, dtype),
    }


def errors_of(name: str, device: str) -> list[dict]:
    """Return the errors of interactions by type of numbers, and by compiled blocks."""
    choices = [(dtype, False) for dtype in PRECISIONS] + [("float32", True)]
    scene = demo_scene()
    image, text = (scene.image, scene.caption) if name in TRAINED else (data.astronaut(), TEXT)
    encoders = [make_encoder(name, device, dtype, is_compiled=flag) for dtype, flag in choices]
    found = [explained(encoder, image, text)[0].values.values[1:] for encoder in encoders]
    return [
        {
            "model": name,
            "type": f"{dtype}, compiled" if is_compiled else dtype,
            "largest": np.abs(values - found[0]).max() / np.abs(found[0]).max(),
            "correlation": np.corrcoef(values, found[0])[0, 1],
        }
        for (dtype, is_compiled), values in zip(choices[1:], found[1:], strict=True)
    ]


def main(
    *,
    device: Annotated[str, typer.Option(help="a torch device")] = "cuda",
    models: Annotated[str, typer.Option(help="sizes, by commas")] = ",".join(MODELS[1:]),
    dtypes: Annotated[str, typer.Option(help="types, by commas")] = "float32,bfloat16",
    compiled: Annotated[bool, typer.Option(help="also with compiled blocks")] = False,
    n_runs: Annotated[int, typer.Option(help="explanations; the median counts")] = 3,
) -> None:
    """Print explanations a second with their shares of time, and errors by precision."""
    print_machine()
    print(f"torch {torch.__version__}, {device}", end="")
    print(f", {torch.cuda.get_device_name()}" if torch.cuda.is_available() else "")
    names = models.split(",")
    rows = [
        speed_of(name, device, dtype, is_compiled=is_compiled, n_runs=n_runs)
        for name in names
        for dtype in dtypes.split(",")
        for is_compiled in ((False, True) if compiled else (False,))
    ]
    print_table("explanations a second, and shares of their time", pd.DataFrame(rows))
    errors = [row for name in (*TRAINED, *names) for row in errors_of(name, device)]
    print_table("errors of interactions, relative to float32", pd.DataFrame(errors))


if __name__ == "__main__":
    typer.run(main)
