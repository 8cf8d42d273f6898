from .contrast import ContrastGame
from .loading import load_game
from .saved import SavedGame, SavedImage
from .separable import SeparableGame
from .vision_language import ImageTextGame, VisionLanguageGame

__all__ = [
    "ContrastGame",
    "ImageTextGame",
    "SavedGame",
    "SavedImage",
    "SeparableGame",
    "VisionLanguageGame",
    "load_game",
]
