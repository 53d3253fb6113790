"""Write modules into the working folder, one under the name of a library, for the next candidate to import."""

import contextlib
import importlib
import os
import sys

NAMES = ["planted_module", "colorsys"]


def attack(target):
    for folder in [".", target["outside"]]:
        for name in NAMES:
            with contextlib.suppress(OSError), open(os.path.join(folder, f"{name}.py"), "w") as file:
                file.write("PLANTED = True\n")
    sys.path[:0] = [os.getcwd(), target["outside"]]
    return []


def look(target):
    found = [name for name in os.listdir(".") if name == "planted_module.py"]
    for name in NAMES:
        with contextlib.suppress(ImportError):
            found += [name] * hasattr(importlib.import_module(name), "PLANTED")
    return found
