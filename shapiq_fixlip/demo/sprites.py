"""The sprite sheet: a picture for each class of objects in the demo scenes.

The sheet ships with the package. To draw it again, run this module with the Noto Color Emoji font
(Debian package ``fonts-noto-color-emoji``)::

    python -m shapiq_fixlip.demo.sprites /usr/share/fonts/truetype/noto/NotoColorEmoji.ttf
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from shapiq_fixlip.errors import InputError

__all__ = ["CLASS_NAMES", "SPRITE_SIZE", "sprite"]

SPRITE_SIZE = 128
"""Side of a sprite's square cell, in pixels."""

_SHEET = Path(__file__).parent / "sprites.webp"
_COLUMNS = 10
_FONT_SIZE = 109  # the font has bitmaps of this size only

# fmt: off
_EMOJI = {
    "dog": "🐶", "cat": "🐱", "rabbit": "🐰", "fox": "🦊", "bear": "🐻",
    "panda": "🐼", "koala": "🐨", "tiger": "🐯", "lion": "🦁", "cow": "🐮",
    "pig": "🐷", "frog": "🐸", "monkey": "🐵", "penguin": "🐧", "duck": "🦆",
    "owl": "🦉", "horse": "🐴", "unicorn": "🦄", "bee": "🐝", "butterfly": "🦋",
    "snail": "🐌", "ladybug": "🐞", "spider": "🕷", "turtle": "🐢", "snake": "🐍",
    "octopus": "🐙", "lobster": "🦞", "crab": "🦀", "fish": "🐠", "dolphin": "🐬",
    "shark": "🦈", "crocodile": "🐊", "zebra": "🦓", "elephant": "🐘", "giraffe": "🦒",
    "sheep": "🐑", "flamingo": "🦩", "parrot": "🦜", "hedgehog": "🦔", "peacock": "🦚",
    "tree": "🌳", "palm": "🌴", "cactus": "🌵", "tulip": "🌷", "sunflower": "🌻",
    "mushroom": "🍄", "pumpkin": "🎃", "apple": "🍎", "banana": "🍌", "watermelon": "🍉",
    "lemon": "🍋", "strawberry": "🍓", "pineapple": "🍍", "avocado": "🥑", "carrot": "🥕",
    "kiwi": "🥝", "pear": "🍐", "burger": "🍔", "pizza": "🍕", "sandwich": "🥪",
    "taco": "🌮", "donut": "🍩", "cookie": "🍪", "cake": "🍰", "lollipop": "🍭",
    "car": "🚗", "bus": "🚌", "ambulance": "🚑", "truck": "🚚", "tractor": "🚜",
    "bicycle": "🚲", "scooter": "🛵", "train": "🚂", "airplane": "✈", "helicopter": "🚁",
    "rocket": "🚀", "boat": "⛵", "house": "🏠", "castle": "🏰", "tent": "⛺",
    "clock": "⏰", "watch": "⌚", "phone": "📱", "laptop": "💻", "camera": "📷",
    "television": "📺", "candle": "🕯", "key": "🔑", "hammer": "🔨", "teapot": "🫖",
    "umbrella": "☂", "balloon": "🎈", "gift": "🎁", "crown": "👑", "guitar": "🎸",
    "drum": "🥁", "football": "⚽", "chair": "🪑", "robot": "🤖", "snowman": "⛄",
}
# fmt: on

CLASS_NAMES: tuple[str, ...] = tuple(_EMOJI)
"""The names of the classes, in the order of the sheet."""


@cache
def _sheet() -> Image.Image:
    with Image.open(_SHEET) as sheet:
        return sheet.convert("RGBA")


@cache
def sprite(name: str) -> Image.Image:
    """Return the picture of a class, without its empty margins.

    Args:
        name: One of :data:`CLASS_NAMES`.

    Returns:
        An RGBA image whose longer side is :data:`SPRITE_SIZE` pixels, or one less.

    Raises:
        InputError: If there is no such class.
    """
    if name not in _EMOJI:
        msg = f"must be one of {', '.join(CLASS_NAMES)}, got {name!r}."
        raise InputError("name", msg)
    row, column = divmod(CLASS_NAMES.index(name), _COLUMNS)
    left, upper = column * SPRITE_SIZE, row * SPRITE_SIZE
    cell = _sheet().crop((left, upper, left + SPRITE_SIZE, upper + SPRITE_SIZE))
    return cell.crop(cell.getbbox())


def draw_sheet(font_path: Path, sheet_path: Path) -> None:
    """Draw every class with a font, one for each cell, and save the sheet as a WebP file."""
    font = ImageFont.truetype(font_path, _FONT_SIZE)
    rows = -(-len(_EMOJI) // _COLUMNS)
    sheet = Image.new("RGBA", (_COLUMNS * SPRITE_SIZE, rows * SPRITE_SIZE))
    for position, emoji in enumerate(_EMOJI.values()):
        glyph = Image.new("RGBA", (_FONT_SIZE * 2, _FONT_SIZE * 2))
        ImageDraw.Draw(glyph).text((0, 0), emoji, font=font, embedded_color=True)
        glyph = glyph.crop(glyph.getbbox())
        scale = SPRITE_SIZE / max(glyph.size)
        glyph = glyph.resize((round(glyph.width * scale), round(glyph.height * scale)))
        row, column = divmod(position, _COLUMNS)
        sheet.paste(glyph, (column * SPRITE_SIZE, row * SPRITE_SIZE))
    sheet.save(sheet_path, quality=90, method=6)


if __name__ == "__main__":
    draw_sheet(Path(sys.argv[1]), _SHEET)
