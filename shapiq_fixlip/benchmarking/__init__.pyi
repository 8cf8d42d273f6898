from .approximators import runner_class
from .computers import SeparableComputer, computer_at
from .setups import VisionLanguageSetup

__all__ = ["SeparableComputer", "VisionLanguageSetup", "computer_at", "runner_class"]
