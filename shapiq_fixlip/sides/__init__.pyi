from .base import Side, TowerSide
from .image import ImageSide
from .image_files import ImageFile
from .image_players import Grid, ImagePlayers, Patches, Superpixels
from .image_removal import Fill, ImageRemoval
from .images import ImageLike, load_image
from .marked_players import Boxes, Regions
from .parsing import ImagePlayersLike, ImageRemovalLike, TextPlayersLike, TextRemovalLike
from .pictured import Pictured
from .text import TextSide
from .text_players import Fixed, Phrases, ReadText, Template, TextPlayers, Tokens, Words
from .text_removal import Replace, TextRemoval
from .view import View

__all__ = [
    "Boxes",
    "Fill",
    "Fixed",
    "Grid",
    "ImageFile",
    "ImageLike",
    "ImagePlayers",
    "ImagePlayersLike",
    "ImageRemoval",
    "ImageRemovalLike",
    "ImageSide",
    "Patches",
    "Phrases",
    "Pictured",
    "ReadText",
    "Regions",
    "Replace",
    "Side",
    "Superpixels",
    "Template",
    "TextPlayers",
    "TextPlayersLike",
    "TextRemoval",
    "TextRemovalLike",
    "TextSide",
    "Tokens",
    "TowerSide",
    "View",
    "Words",
    "load_image",
]
