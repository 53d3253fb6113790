"""Search everything that this process was born with: objects, modules, frames, arguments."""

import gc
import os
import sys


def attack(target):
    loot = [text for text in [*sys.argv, *sys.orig_argv, *os.environ.values()] if "canary" in text]
    frame = sys._getframe()
    while frame:
        loot += [text for text in frame.f_locals.values() if isinstance(text, str) and text.startswith("canary")]
        frame = frame.f_back
    for thing in gc.get_objects(generation=None):
        if type(thing) is dict:
            loot += [value for value in thing.values() if type(value) is str and value.startswith("canary-")]
    return loot
