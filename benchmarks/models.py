"""Every dual encoder of the installed transformers and open_clip, with random weights.

How is it used, how far is its full game from its own similarity, or why is it refused? Writes the
tables of the page docs/supported-models.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import open_clip
import transformers
from models_open_clip import open_clip_table
from models_transformers import transformers_table

if TYPE_CHECKING:
    import pandas as pd

_ADVICE = "; models of open_clip go to"
"""How the part of an error begins that says what to do instead."""

OUT = Path(__file__).parent / "results" / "models.md"


def markdown(library: str, version: str, table: pd.DataFrame) -> str:
    """Return a table with its heading."""
    shown = table.drop(columns="library").astype(object)
    shown["model"] = shown["model"].map("`{}`".format)
    shown["difference"] = shown["difference"].map("{:.0e}".format, na_action="ignore")
    shown["reason"] = shown["reason"].str.partition(_ADVICE)[0]
    shown = shown.rename(columns={"reason": "note"}).fillna("")
    return f"## {library} {version}\n\n{shown.to_markdown(index=False)}\n"


def main() -> None:
    """Print the tables and write them."""
    tables = [
        markdown("transformers", transformers.__version__, transformers_table()),
        markdown("open_clip", open_clip.__version__, open_clip_table()),
    ]
    OUT.write_text("\n".join(tables), encoding="utf-8")
    print("\n".join(tables))


if __name__ == "__main__":
    main()
