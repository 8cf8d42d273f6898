"""Loading models of open_clip: by name and tag, from a checkpoint file, a folder or the hub."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import open_clip
import timm
import torch
from open_clip.pretrained import download_pretrained, download_pretrained_from_hf
from open_clip.tokenizer import DEFAULT_CONTEXT_LENGTH, HFTokenizer
from open_clip.utils import to_2tuple

from shapiq_fixlip.encoders.base import Outline
from shapiq_fixlip.encoders.foreign_code import no_questions, weights_only
from shapiq_fixlip.encoders.open_clip import from_open_clip, trunk_takes_tokens
from shapiq_fixlip.encoders.repository import folder_repository, hub_repository
from shapiq_fixlip.errors import InputError, first_line
from shapiq_fixlip.files import file_digest, is_folder

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import Encoder
    from shapiq_fixlip.encoders.repository import Repository

__all__ = ["identity", "load", "outline"]

_PREFIX = "open_clip:"
_HUB, _FOLDER = "hf-hub:", "local-dir:"

_CONFIGURATION_FILES = ("open_clip_config.json", "tokenizer_config*.json")
"""What open_clip reads in a folder; a ``config.json`` beside it is for other libraries."""

_TOKENIZER_FILES = ("*.json", "*.txt", "*.model")


@dataclass(frozen=True)
class _Model:
    """What is known of a model without its weights.

    Attributes:
        source: What the user calls it.
        name: What open_clip calls it.
        tag: Its weights; ``None`` unless it is one of open_clip's own models.
        repository: Where its files are; ``None`` if it is one of open_clip's own models.
        config: Its parts and their settings.
        tower: Where the configuration of its text tower from transformers is; ``None`` if it has
            none.
    """

    source: str
    name: str
    tag: str | None
    repository: Repository | None
    config: dict[str, Any]
    tower: Repository | None

    @property
    def text(self) -> dict[str, Any]:
        """The settings of the text side."""
        return self.config["text_cfg"]

    def tokenizer_repository(self) -> Repository | None:
        """Find a tokenizer of transformers: beside the model, or else where the model says."""
        name = self.text.get("hf_tokenizer_name")
        if not name:
            return None
        own = self.repository  # a folder has its tokenizer; a repository on the hub may have one
        if own is not None and (own.revision is None or any(own.folder.glob("tokenizer*.json"))):
            return own
        return _other(name, self.source)

    def weights(self) -> torch.nn.Module:
        """Load the model; a pickle is loaded only if it holds nothing but weights."""
        if self.repository is not None and self.repository.revision is not None:  # beside the rest
            download_pretrained_from_hf(self.repository.source, revision=self.repository.revision)
        changes = {}
        if self.tower is not None:
            tower = {"hf_model_name": str(self.tower.folder), "hf_model_pretrained": False}
            changes["text_cfg"] = {**self.text, **tower}
        # weights belong to one activation; the tag may know it where the model's name does not
        tag = open_clip.get_pretrained_cfg(self.name, self.tag or "")
        return open_clip.create_model(
            self.name,
            self.tag,
            require_pretrained=True,
            force_quick_gelu=tag.get("quick_gelu", False),
            weights_only=True,
            **changes,
        )

    def tokenizer(self) -> Any:  # noqa: ANN401 - a SimpleTokenizer or an HFTokenizer
        """Load the tokenizer."""
        repository = self.tokenizer_repository()
        if repository is None:
            return open_clip.get_tokenizer(self.name)
        options = {**self.text.get("tokenizer_kwargs", {}), "trust_remote_code": False}
        elsewhere = [name for name in options if name == "subfolder" or name.endswith("_file")]
        if elsewhere:
            msg = (
                "must have its tokenizer directly in its own folder, "
                f"got {self.source!r} with {elsewhere[0]!r} of another place."
            )
            raise InputError("model", msg)
        return HFTokenizer(
            str(repository.folder),
            context_length=self.text.get("context_length", DEFAULT_CONTEXT_LENGTH),
            tokenizer_mode=self.text.get("tokenizer_mode"),
            **options,
        )


def load(source: str, batch_size: int, revision: str | None) -> tuple[Encoder, torch.nn.Module]:
    """Load a model in single precision on the CPU.

    Returns:
        The encoder and the model in it.
    """
    found = _find(source, revision)
    try:
        with no_questions(), weights_only(source):
            tokenizer, model = found.tokenizer(), found.weights()
    except InputError:
        raise
    except Exception as error:  # downloads and files fail in many ways
        msg = f"must have weights and a tokenizer that load, got {source!r} ({first_line(error)})"
        raise InputError("model", msg) from error
    return from_open_clip(model, tokenizer, batch_size=batch_size), model


def outline(source: str, revision: str | None) -> Outline:
    """Read the configuration of a model."""
    found = _find(source, revision)
    try:
        vision = open_clip.CLIPVisionCfg(**found.config["vision_cfg"])
        text = open_clip.CLIPTextCfg(**found.config["text_cfg"])
        n_patches = _n_patches(vision)
    except Exception as error:  # broken files fail in many ways
        raise _without_configuration(source, error) from error
    return Outline(source, n_patches is not None, n_patches, text.context_length)


def identity(source: str, revision: str | None) -> dict[str, str]:
    """Return what changes whenever anything changes that values depend on."""
    found = _find(source, revision)
    try:
        own = found.repository
        identities = {
            f"{other.source}/{name}": what
            for other in (found.tower, found.tokenizer_repository())
            if other is not None and other != own
            for name, what in other.identity().items()
        }
        if own is not None:
            return own.identity() | identities
        known = open_clip.get_pretrained_cfg(found.name, found.tag)
        weights = Path(download_pretrained(known) if known else str(found.tag))
        return {"weights": file_digest(weights)} | identities
    except InputError:
        raise
    except Exception as error:  # as above
        msg = f"must have files that can be read, got {source!r} ({first_line(error)})"
        raise InputError("model", msg) from error


def _find(source: str, revision: str | None) -> _Model:
    """Find the configuration of a model, and check that it names no code.

    Raises:
        InputError: If there is no configuration, or it names code.
    """
    try:
        repository = _repository(source, revision)
        if repository is None:
            name, tag = _name_and_tag(source)
        else:
            name, tag = f"{_FOLDER}{repository.folder}", None
        config = open_clip.get_model_config(name)
        _check_trunk(source, config["vision_cfg"].get("timm_model_name"))
        tower = config["text_cfg"].get("hf_model_name")
        of_tower = _other(tower, source) if tower else None
    except InputError:
        raise
    except Exception as error:  # the hub and broken files fail in many ways
        raise _without_configuration(source, error) from error
    return _Model(source, name, tag, repository, config, of_tower)


def _repository(source: str, revision: str | None) -> Repository | None:
    """Find the files of a model; ``None`` if it is one of open_clip's own."""
    name = source.removeprefix(_PREFIX)
    if name.startswith(_HUB):
        return hub_repository(
            name.removeprefix(_HUB),
            revision,
            _CONFIGURATION_FILES,
            more_files=_TOKENIZER_FILES,
            label=source,
        )
    if revision is not None:
        msg = f"must be of a model on the hub, got {revision!r} for {source!r}."
        raise InputError("revision", msg)
    folder = source if is_folder(source) else name.removeprefix(_FOLDER)
    if folder == source or name.startswith(_FOLDER):
        if not is_folder(folder):
            msg = f"must name an existing folder after {_FOLDER}, got {source!r}."
            raise InputError("model", msg)
        return folder_repository(folder, _CONFIGURATION_FILES, label=source)
    return None


def _other(name: str, source: str) -> Repository:
    """Find a text tower or a tokenizer that a model names, in a folder or on the hub."""
    label = f"{source}, which needs {name}"
    if is_folder(name):
        return folder_repository(name, label=label)
    return hub_repository(name, more_files=_TOKENIZER_FILES, label=label)


def _check_trunk(source: str, name: str | None) -> None:
    """Check that timm itself has an image tower; its name may also be that of a repository.

    Raises:
        InputError: If timm does not have it.
    """
    if name and not timm.is_model(name):
        msg = f"must have an image tower that timm knows, got {source!r} with {name!r}."
        raise InputError("model", msg)


def _without_configuration(source: str, error: Exception) -> InputError:
    msg = f"must have a configuration that loads, got {source!r} ({first_line(error)})"
    return InputError("model", msg)


def _n_patches(vision: Any) -> int | None:  # noqa: ANN401 - a CLIPVisionCfg, which has no types
    """Return the number of patches of an image tower; ``None`` if it takes only pixels."""
    if vision.timm_model_name:
        with torch.device("meta"):  # a model without weights
            trunk: Any = timm.create_model(vision.timm_model_name)
        return trunk.patch_embed.num_patches if trunk_takes_tokens(trunk) else None
    if not isinstance(vision.layers, int):  # a ResNet has a number for each stage
        return None
    (height, width), (rows, columns) = map(to_2tuple, (vision.image_size, vision.patch_size))
    return (height // rows) * (width // columns)


def _name_and_tag(source: str) -> tuple[str, str]:
    """Return the name and the tag of one of open_clip's own models.

    Raises:
        InputError: If the model or its tag is unknown.
    """
    name, _, tag = source.removeprefix(_PREFIX).partition("/")
    if name not in open_clip.list_models():
        close = get_close_matches(name, open_clip.list_models(), n=5, cutoff=0) or ["ViT-B-32"]
        msg = f"must be one of open_clip ({', '.join(close)}, ...), got {source!r}."
        raise InputError("model", msg)
    tags = open_clip.list_pretrained_tags_by_model(name)
    if tag not in tags and not Path(tag).is_file():
        msg = (
            f"must name weights as in {_PREFIX}{name}/TAG, with one of the tags "
            f"{', '.join(tags)} or a checkpoint file, got {source!r}."
        )
        raise InputError("model", msg)
    return name, tag
