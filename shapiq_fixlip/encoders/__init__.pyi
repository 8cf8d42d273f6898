from .base import Encoder, ImageTower, Outline, PatchTower, PreparedImage, TextTower
from .callables import CallableEncoder, Channels
from .huggingface import TransformersModel, TransformersProcessor, from_transformers
from .loading import ModelLike, load_encoder
from .open_clip import from_open_clip
from .open_clip_text import OpenClipModel
from .tokenizer import PreparedText, Span, Tokenizer
from .tokenizers import HuggingFaceTokenizer, OpenClipTokenizer, TransformersTokenizer

__all__ = [
    "CallableEncoder",
    "Channels",
    "Encoder",
    "HuggingFaceTokenizer",
    "ImageTower",
    "ModelLike",
    "OpenClipModel",
    "OpenClipTokenizer",
    "Outline",
    "PatchTower",
    "PreparedImage",
    "PreparedText",
    "Span",
    "TextTower",
    "Tokenizer",
    "TransformersModel",
    "TransformersProcessor",
    "TransformersTokenizer",
    "from_open_clip",
    "from_transformers",
    "load_encoder",
]
