"""Stay in one call into C that takes ages and never lets go of Python's lock, so that no thread or handler can act."""

import re

STATUS = "timeout"


def attack(target):
    return re.match(r"(a+)+$", "a" * 64 + "b")
