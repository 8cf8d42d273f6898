"""What other libraries raise while a model is found, loaded or run, as an error of one line."""

from __future__ import annotations

import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING

from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

from shapiq_fixlip.errors import InputError, ResourceError, is_of_the_machine

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["reason", "refusing"]

_MAX_REASON_LENGTH = 200
"""Characters of another library's message that an error quotes."""

_PANIC = "PanicException"
"""What libraries written in Rust raise, such as tokenizers; it is no ``Exception``."""

_LOG_IN = "log in with `hf auth login`"
_FORBIDDEN = (401, 403)

_HUB_ADVICE: dict[type[Exception], str] = {
    GatedRepoError: f"it is gated: accept its licence on its page on the hub, and {_LOG_IN}",
    RevisionNotFoundError: "the hub has no such revision of it",
    RepositoryNotFoundError: (
        f"the hub has no such model: check the spelling; if it is private, {_LOG_IN}"
    ),
}
"""What to do about errors of the hub; the first one that fits counts."""

_OFFLINE = (LocalEntryNotFoundError, OfflineModeIsEnabled, ConnectionError)


@contextmanager
def refusing(problem: str, file: str | None = None, *, argument: str = "model") -> Iterator[None]:
    """Turn whatever other libraries raise into an error about the model.

    A full disk and too little memory are no fault of the model, and pass through.

    Args:
        problem: The rest of a sentence about the model, without its full stop.
        file: The file that is read, if its name helps. Default: none.
        argument: What the error is about. Default ``"model"``.

    Raises:
        ResourceError: If the hub cannot be reached.
        InputError: If anything else is raised.
    """
    try:
        yield
    except (InputError, ResourceError):
        raise
    except BaseException as error:
        if any(isinstance(cause, _OFFLINE) for cause in _causes(error)):
            msg = (
                "The Hugging Face hub cannot be reached: check the connection, or pass a folder; "
                f"the {argument} {problem}."
            )
            raise ResourceError(msg) from error
        is_fault = isinstance(error, Exception) or type(error).__name__ == _PANIC
        if not is_fault or any(map(is_of_the_machine, _causes(error))):
            raise
        msg = f"{problem} ({'' if file is None else f'{file}: '}{reason(error)})."
        raise InputError(argument, msg) from error


def reason(error: BaseException) -> str:
    """Return in one line why something failed; for the hub, what to do about it."""
    for cause in _causes(error):
        if advice := _advice(cause):
            return advice
    written = textwrap.shorten(str(error), _MAX_REASON_LENGTH, placeholder=" ...")
    return written or type(error).__name__


def _advice(error: BaseException) -> str | None:
    """Return what to do about an error of the hub; ``None`` for any other error."""
    if isinstance(error, HfHubHTTPError):
        status = getattr(error.response, "status_code", None)
        for kind, advice in _HUB_ADVICE.items():
            if isinstance(error, kind):
                return advice
        return f"the hub does not permit it: {_LOG_IN}" if status in _FORBIDDEN else None
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, its cause, the cause of that, and so on."""
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__
