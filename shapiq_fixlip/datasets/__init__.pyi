from .base import Example, Origin, PairDataset
from .coco import CocoCaptions
from .coded import CodedImages
from .collages import ImageCollages
from .demo import DemoCollages, DemoMarked, DemoScenes
from .hub import HubCaptions
from .loading import load_data
from .table import CaptionTable

__all__ = [
    "CaptionTable",
    "CocoCaptions",
    "CodedImages",
    "DemoCollages",
    "DemoMarked",
    "DemoScenes",
    "Example",
    "HubCaptions",
    "ImageCollages",
    "Origin",
    "PairDataset",
    "load_data",
]
