"""Write bytes that are not a frame to every descriptor."""

import contextlib
import os

STATUS = "crashed"


def attack(target):
    for descriptor in range(256):
        with contextlib.suppress(OSError):
            os.write(descriptor, b"\xff" * 100)
    return []
