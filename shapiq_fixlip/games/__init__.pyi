from .contrast import ContrastGame
from .image_text import ImageTextGame
from .loading import load_game
from .saved import SavedGame, SavedImage
from .separable import SeparableGame
from .vision_language import VisionLanguageGame

__all__ = [
    "ContrastGame",
    "ImageTextGame",
    "SavedGame",
    "SavedImage",
    "SeparableGame",
    "VisionLanguageGame",
    "load_game",
]
