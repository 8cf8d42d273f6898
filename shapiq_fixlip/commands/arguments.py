"""Options of several commands, each with the name and the description of its Python argument."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from shapiq_fixlip.commands import parsers
from shapiq_fixlip.typing import ClassValue, Estimator, ExplainedIndex, ValueScale

__all__ = [
    "Against",
    "BudgetImage",
    "BudgetText",
    "ClassNames",
    "ClassValueOption",
    "Data",
    "DataRandomState",
    "Device",
    "EstimatorOption",
    "Image",
    "ImagePlayers",
    "ImageRemoval",
    "Index",
    "Json",
    "MaxOrder",
    "Model",
    "NInputs",
    "NWorkers",
    "Out",
    "P",
    "PromptTemplate",
    "Quiet",
    "RandomState",
    "Ray",
    "RetryFailed",
    "Revision",
    "Revisions",
    "Text",
    "TextOrClass",
    "TextPlayers",
    "TextRemoval",
    "Truncation",
    "Value",
    "computation",
    "input_",
    "output",
]

input_ = partial(typer.Option, rich_help_panel="Input")
players = partial(typer.Option, rich_help_panel="Players")
computation = partial(typer.Option, rich_help_panel="Computation")
output = partial(typer.Option, rich_help_panel="Output")
_argument = partial(typer.Argument, rich_help_panel="Input", show_default=False)

Image = Annotated[str | None, _argument(help="The image. Default: a demo scene.")]
Text = Annotated[str | None, _argument(help="The text. Default: that of the scene.")]
TextOrClass = Annotated[
    str | None,
    _argument(
        help="The text; with class names one of them, by default the one that fits best. "
        "Default: that of the scene."
    ),
]
Model = Annotated[
    str,
    input_(
        help="The model: 'demo', 'demo-siglip' or 'demo-shortcut' (embedded), a folder, an id on "
        "the Hugging Face hub, or 'open_clip:MODEL/TAG'."
    ),
]
Revision = Annotated[
    str | None,
    input_(help="Branch, tag or commit of a model on the hub. Default: the latest version."),
]
Revisions = Annotated[
    list[str],
    input_(
        help="Branch, tag or commit on the hub, one for each model ('' for the latest version). "
        "Repeat the option for each."
    ),
]
ClassNames = Annotated[
    parsers.Texts | None,
    input_(
        parser=parsers.texts,
        metavar="NAME,...",
        help="Explain why the image is of one of these classes. Default: none.",
    ),
]
ClassValueOption = Annotated[
    ClassValue,
    input_(
        parser=parsers.choice(ClassValue),
        metavar="VALUE",
        help="What is explained of a class: margin, mean-margin, logit or probability.",
    ),
]
PromptTemplate = Annotated[str, input_(help="The text of a class, with {} for its name.")]
Against = Annotated[str | None, input_(help="Another text: explain why the first one fits better.")]
Data = Annotated[
    str,
    input_(
        help="Data set: demo-scenes, demo-collages, demo-marked, coded[:196], csv:FILE, "
        "coco:CAPTIONS,IMAGES, collages:FOLDER or hub:NAME[@SPLIT]."
    ),
]
NInputs = Annotated[
    int | None,
    input_(
        parser=parsers.whole_number,
        help="Maximum number of inputs. More can be added to a run later. Default: all; 100 of "
        "demo data, collages and a hub.",
    ),
]
DataRandomState = Annotated[
    int, input_(parser=parsers.whole_number, help="Seed of randomly generated data.")
]

ImagePlayers = Annotated[
    str,
    players(
        help="Players of the image: patches, ROWSxCOLUMNS, superpixels[:NUMBER], labels:FILE or "
        "boxes:LEFT,TOP,RIGHT,BOTTOM;..."
    ),
]
TextPlayers = Annotated[
    str,
    players(
        help="Players of the text: tokens, words, phrases:ONE;ANOTHER, fixed (no players) or "
        "template, for a text such as 'a photo of a {dog}'."
    ),
]
ImageRemoval = Annotated[
    str,
    players(
        help="How absent image players are removed: zero, mean, gray, black, blur, drop or "
        "fill:FILE."
    ),
]
TextRemoval = Annotated[
    str,
    players(
        help="How absent text players are removed: attention, remove, replace or replace:TOKEN."
    ),
]

Truncation = Annotated[
    bool,
    players(
        "--truncation",
        help="Whether to explain only the first words of a text that has too many tokens, which is "
        "refused otherwise.",
    ),
]

Value = Annotated[
    ValueScale,
    computation(
        parser=parsers.choice(ValueScale),
        metavar="logit|cosine",
        help="What is explained: logit or cosine of the embeddings.",
    ),
]
Index = Annotated[
    ExplainedIndex,
    computation(
        parser=parsers.choice(ExplainedIndex),
        metavar="INDEX",
        help="Interaction index: FWBII, FBII, WBII, BII, BV, Fourier, SV, SII, k-SII, FSII, STII, "
        "CHII or kADD-SHAP.",
    ),
]
P = Annotated[
    float | None,
    computation(
        parser=parsers.number,
        help="Probability that a player is present, for FWBII and WBII. Default: 0.5.",
    ),
]
MaxOrder = Annotated[
    int | None,
    computation(
        parser=parsers.whole_number,
        help="Maximum number of players in an interaction. Default: 2; 1 for SV and BV.",
    ),
]
EstimatorOption = Annotated[
    Estimator,
    computation(
        parser=parsers.choice(Estimator),
        metavar="ESTIMATOR",
        help="How indices at one p are fitted: shrinkage or least_squares.",
    ),
]
BudgetImage = Annotated[
    int | None,
    computation(parser=parsers.whole_number, help="Maximum number of image passes. Default: 256."),
]
BudgetText = Annotated[
    int | None,
    computation(parser=parsers.whole_number, help="Maximum number of text passes. Default: 256."),
]
RandomState = Annotated[int, computation(parser=parsers.whole_number, help="Seed of the sampling.")]
Device = Annotated[str, computation(help="Torch device, such as 'cuda', or 'auto'.")]
Dtype = Annotated[
    str | None,
    computation(
        metavar="TYPE",
        help="Type of weights and activations, such as 'bfloat16'; embeddings stay float32. "
        "Default: float32.",
    ),
]
Compile = Annotated[
    bool,
    computation(
        "--compile",
        help="Whether torch compiles the model first, which takes up to minutes and pays for many "
        "inputs.",
    ),
]
Ray = Annotated[
    str | None,
    computation(help="Run on Ray: 'local' for this machine, or the address of a cluster."),
]
NWorkers = Annotated[
    int | None,
    computation(
        parser=parsers.whole_number,
        help="Number of workers on Ray. Default: the number of GPUs for work on GPUs, else of "
        "CPUs.",
    ),
]
RetryFailed = Annotated[
    bool,
    computation(
        "--retry-failed",
        help="Whether to repeat inputs that failed in an earlier run, or whose files are damaged.",
    ),
]

Out = Annotated[Path, output(help="Folder for the results.")]
Quiet = Annotated[bool, output("--quiet", "-q", help="Print only results, warnings and errors.")]
Json = Annotated[bool, output("--json", help="Print the summary as JSON.")]
