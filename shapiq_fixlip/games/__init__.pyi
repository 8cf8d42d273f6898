from .contrast import ContrastGame
from .image_text import ImageTextGame
from .loading import load_game
from .probability import ProbabilityGame
from .saved import SavedGame, SavedImage
from .separable import SeparableGame
from .vision_language import VisionLanguageGame
from .zero_shot import zero_shot_game

__all__ = [
    "ContrastGame",
    "ImageTextGame",
    "ProbabilityGame",
    "SavedGame",
    "SavedImage",
    "SeparableGame",
    "VisionLanguageGame",
    "load_game",
    "zero_shot_game",
]
