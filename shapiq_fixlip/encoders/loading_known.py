"""Loading models of known answers, by names such as ``known:sum``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shapiq_fixlip.encoders.base import Outline
from shapiq_fixlip.encoders.known import CONTEXT_LENGTH, known_encoder
from shapiq_fixlip.encoders.known_readings import reading_of
from shapiq_fixlip.errors import InputError

if TYPE_CHECKING:
    import torch

    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["check", "identity", "load", "outline"]

_PREFIX = "known:"


def load(source: str, batch_size: int, revision: str | None) -> tuple[Encoder, torch.nn.Module]:
    """Return the encoder, and the model in it."""
    _check_revision(revision)
    return known_encoder(reading_of(source.removeprefix(_PREFIX)), batch_size)


def check(encoder: Encoder, model: torch.nn.Module) -> None:
    """Check nothing: tests hold such models to what is known of them."""


def outline(source: str, revision: str | None) -> Outline:
    """Return what is known before a model is made."""
    _check_revision(revision)
    reading_of(source.removeprefix(_PREFIX))
    return Outline(source, has_patches=True, n_patches=None, context_length=CONTEXT_LENGTH)


def identity(source: str, revision: str | None) -> dict[str, str]:
    """Return the name, which tells all."""
    _check_revision(revision)
    reading_of(source.removeprefix(_PREFIX))
    return {"known": source}


def _check_revision(revision: str | None) -> None:
    if revision is not None:
        msg = f"must be of a model on the hub, got {revision!r} for a model of known answers."
        raise InputError("revision", msg)
