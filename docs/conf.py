"""Sphinx: ``make docs`` builds the documentation into ``docs/_build``."""

import os
import sys
import warnings
from pathlib import Path
from typing import TypeAliasType

os.environ["HF_HUB_OFFLINE"] = "1"  # the embedded models need no hub
sys.path.insert(0, str(Path(__file__).parent))

import transformers
from gallery_warnings import stop_at_warnings
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

import shapiq_fixlip

transformers.utils.logging.disable_progress_bar()

project = "shapiq-fixlip"
author = "the shapiq-fixlip developers"
release = version = shapiq_fixlip.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "sphinxcontrib.bibtex",
]
exclude_patterns = ["_build", "*.template.md", "gallery"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_title = f"shapiq-fixlip {release}"
html_show_sphinx = html_show_copyright = False

myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"

autodoc_typehints = "none"  # the docstrings say it in words
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
napoleon_use_rtype = False
napoleon_attr_annotations = False
napoleon_use_ivar = True
suppress_warnings = ["config.cache"]  # a function is among the settings of the gallery

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"/plot_",
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib", stop_at_warnings),
    "ignore_repr_types": "tuple|Drawn",  # figures and axes are shown, not printed
    "show_signature": False,
    "download_all_examples": False,
    "remove_config_comments": True,
    "min_reported_time": 60,
}

# of the tools that build the pages; those of the examples are errors
warnings.filterwarnings("ignore", category=DeprecationWarning)


def describe_alias(
    _app: Sphinx, _what: str, _name: str, documented: object, _options: object, lines: list[str]
) -> None:
    """Describe a type alias that a namespace hands on by what stands below it in its module."""
    if isinstance(documented, TypeAliasType):
        described = ModuleAnalyzer.for_module(documented.__module__).find_attr_docs()
        lines[:] = described.get(("", documented.__name__), [])


def setup(app: Sphinx) -> None:
    """Add what is of this documentation alone."""
    app.connect("autodoc-process-docstring", describe_alias)
