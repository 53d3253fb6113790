"""Leave files, patched modules and environment variables for the next candidate."""

import builtins
import contextlib
import os
import random
import sys

import numpy

FOLDERS = [".", "/tmp", "/dev/shm", os.path.expanduser("~")]  # where libraries lie below /tmp, that is shut


def attack(target):
    for folder in FOLDERS:
        with contextlib.suppress(OSError), open(os.path.join(folder, target["mark"]), "w") as file:
            file.write("secret")
    os.makedirs("/".join(["deep"] * 100), exist_ok=True)
    os.makedirs("closed", 0, exist_ok=True)
    numpy.sum = builtins.abs = lambda *_: "poisoned"
    sys.modules["left_behind"] = sys
    os.environ["LEFT_BEHIND"] = "1"
    random.seed(0)
    return []


def look(target):
    found = [name for name in sys.modules if name == "left_behind"] + [k for k in os.environ if k == "LEFT_BEHIND"]
    for folder in FOLDERS:
        with contextlib.suppress(OSError):
            found += [name for name in os.listdir(folder) if name in (target["mark"], "deep", "closed")]
    return found + [total for total in [numpy.sum(numpy.ones(3)), abs(-3)] if total != 3]
