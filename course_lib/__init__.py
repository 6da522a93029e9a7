"""What the notebooks of "Learning to Learn" import.

Importing it is light: torch comes in when `device()` or `seed()` is first called.
"""

from course_lib.ground.device import device, seed

__version__ = "0.1.0"
__all__ = ["__version__", "device", "seed"]
