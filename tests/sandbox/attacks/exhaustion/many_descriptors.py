"""Open descriptors until it fails."""

import os


def attack(target):
    opened = 0
    try:
        while opened < 2_000:
            os.pipe()
            opened += 2
    except OSError:
        pass
    return [] if opened < 1_000 else [opened]
