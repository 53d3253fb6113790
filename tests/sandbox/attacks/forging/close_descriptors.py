"""Close every descriptor, the result channel included, and return as if nothing had happened."""

import os

STATUS = "crashed"


def attack(target):
    os.closerange(0, 256)
    return "all is well"
