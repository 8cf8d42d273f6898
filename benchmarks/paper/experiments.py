"""What the scripts of the paper's experiments share: the command with their own settings."""

from __future__ import annotations

import sys

from shapiq_fixlip.commands.app import run_command

CLIP = "openai/clip-vit-base-patch32"
SIGLIP_2 = "google/siglip2-base-patch32-256"


def evaluate(experiment: str, models: tuple[str, ...], *settings: str) -> None:
    """Run ``shapiq-fixlip evaluate``; what is typed after the script takes the place of these."""
    typed = sys.argv[1:]
    chosen = () if "--models" in typed else (part for name in models for part in ("--models", name))
    run_command(["evaluate", experiment, *chosen, *settings, *typed])
