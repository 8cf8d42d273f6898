"""Loading models of open_clip: by name and tag, from a checkpoint file, a folder or the hub."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import open_clip
import timm
import torch
from open_clip.pretrained import download_pretrained, download_pretrained_from_hf
from open_clip.tokenizer import DEFAULT_CONTEXT_LENGTH, HFTokenizer
from open_clip.utils import to_2tuple

from shapiq_fixlip.encoders.base import Outline
from shapiq_fixlip.encoders.failures import refusing
from shapiq_fixlip.encoders.foreign_code import no_questions, weights_only
from shapiq_fixlip.encoders.open_clip import check, encoder_of
from shapiq_fixlip.encoders.open_clip_configuration import CONFIGURATION, read_configuration
from shapiq_fixlip.encoders.open_clip_names import PREFIX, OwnModel, quoted
from shapiq_fixlip.encoders.open_clip_towers import trunk_takes_tokens
from shapiq_fixlip.encoders.open_clip_weights import check_after_loading, check_before_loading
from shapiq_fixlip.encoders.repository import Repository, folder_repository, hub_repository
from shapiq_fixlip.errors import InputError
from shapiq_fixlip.files import PACKAGE_FOLDER, file_digest, is_folder
from shapiq_fixlip.progress import LOGGER

if TYPE_CHECKING:
    from shapiq_fixlip.encoders.base import Encoder

__all__ = ["check", "identity", "load", "outline"]

_HUB, _FOLDER = "hf-hub:", "local-dir:"

_CONFIGURATION_FILES = (CONFIGURATION, "tokenizer_config*.json")
"""What open_clip reads in a folder; a ``config.json`` beside it is for other libraries."""

_TOKENIZER_FILES = ("*.json", "*.txt", "*.model")


@dataclass(frozen=True)
class _Model:
    """What is known of a model without its weights.

    Attributes:
        source: What the user calls it.
        name: What open_clip calls it.
        where: Where its files are, or which of open_clip's own models it is.
        config: Its parts and their settings.
        tower: Where the configuration of its text tower from transformers is; ``None`` if it has
            none.
    """

    source: str
    name: str
    where: Repository | OwnModel
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
        if isinstance(self.where, Repository):
            # a folder has its tokenizer; a repository on the hub may have one
            is_local = self.where.revision is None
            if is_local or any(self.where.folder.glob("tokenizer*.json")):
                return self.where
        return _other(name, self.source)

    def weights(self) -> torch.nn.Module:
        """Load the model; a pickle is loaded only if it holds nothing but weights."""
        options: dict[str, Any] = {}
        if self.tower is not None:
            tower = {"hf_model_name": str(self.tower.folder), "hf_model_pretrained": False}
            options["text_cfg"] = {**self.text, **tower}
        tag = None
        if isinstance(self.where, Repository):
            if self.where.revision is not None:  # beside the rest
                download_pretrained_from_hf(self.where.source, revision=self.where.revision)
            check_before_loading(self.name, self.where.folder, self.source, **options)
        else:
            tag = self.where.weights
            # the first forces it on, without a warning of open_clip; the second may turn it off
            options["force_quick_gelu"] = options["quick_gelu"] = self.where.quick_gelu
            if self.where.is_file:
                check_before_loading(self.name, Path(tag), self.source, **options)
            options["force_preprocess_cfg"] = self.where.preprocessing
        model = open_clip.create_model(
            self.name, tag, require_pretrained=True, weights_only=True, **options
        )
        check_after_loading(model, self.source)
        return model

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
    with (
        refusing(f"must have weights and a tokenizer that load, got {source!r}"),
        no_questions(),
        weights_only(source),
    ):
        tokenizer, model = found.tokenizer(), found.weights()
    try:
        encoder = encoder_of(model, tokenizer, preprocess=None, batch_size=batch_size)
    except InputError as error:
        msg = f"must have parts that fit together, got {source!r}, whose {error}"
        raise InputError("model", msg) from error
    if isinstance(found.where, OwnModel) and found.where.is_file:
        _tell(found.where)
    return encoder, model


def _tell(own: OwnModel) -> None:
    """Say how the weights of a file are read: a guess is a warning."""
    if own.is_guess:
        message = f"{own}: no weights of {own.name} are published, so the default is taken."
        warnings.warn(message, RuntimeWarning, skip_file_prefixes=(PACKAGE_FOLDER,))
    else:
        LOGGER.info("%s, as published or as its name says.", own)


def outline(source: str, revision: str | None) -> Outline:
    """Read the configuration of a model."""
    found = _find(source, revision)
    with refusing(_no_configuration(source)):
        vision = open_clip.CLIPVisionCfg(**found.config["vision_cfg"])
        text = open_clip.CLIPTextCfg(**found.config["text_cfg"])
        n_patches = _n_patches(vision)
    return Outline(source, n_patches is not None, n_patches, text.context_length)


def identity(source: str, revision: str | None) -> dict[str, str]:
    """Return what changes whenever anything changes that values depend on."""
    found = _find(source, revision)
    with refusing(f"must have files that can be read, got {source!r}"):
        where = found.where
        identities = {
            f"{other.source}/{name}": what
            for other in (found.tower, found.tokenizer_repository())
            if other not in (None, where)
            for name, what in other.identity().items()
        }
        if isinstance(where, Repository):
            return where.identity() | identities
        published = open_clip.get_pretrained_cfg(where.name, where.weights)
        file = where.weights if where.is_file else download_pretrained(published)
        return {"weights": file_digest(Path(file))} | identities


def _find(source: str, revision: str | None) -> _Model:
    """Find the configuration of a model, and check that it names no code.

    Raises:
        InputError: If there is no configuration, or it names code.
    """
    with refusing(_no_configuration(source)):
        where = _repository(source, revision) or OwnModel.of(source)
        if isinstance(where, Repository):
            name = f"{_FOLDER}{where.folder}"
            config = read_configuration(where.folder / CONFIGURATION)["model_cfg"]
        else:
            name, config = where.name, open_clip.get_model_config(where.name)
        _check_trunk(source, config["vision_cfg"].get("timm_model_name"))
        tower = config["text_cfg"].get("hf_model_name")
        of_tower = _other(tower, source) if tower else None
    return _Model(source, name, where, config, of_tower)


def _repository(source: str, revision: str | None) -> Repository | None:
    """Find the files of a model; ``None`` if it is one of open_clip's own."""
    name = source.removeprefix(PREFIX)
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
            msg = f"must name an existing folder after {_FOLDER}, got {quoted(source)}."
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


def _no_configuration(source: str) -> str:
    return f"must have a configuration that loads, got {quoted(source)}"


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
