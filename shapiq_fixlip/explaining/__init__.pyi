from .pairs import GameChoices, PairLike

__all__ = ["GameChoices", "PairLike"]
