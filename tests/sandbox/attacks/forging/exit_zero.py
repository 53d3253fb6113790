"""Leave with exit status 0 and no result."""

import os

STATUS = "crashed"


def attack(target):
    os._exit(0)
