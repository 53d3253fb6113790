"""Import a module from a folder that is not a library, run its code, and leave byte code beside it."""

import importlib
import sys


def attack(target):
    sys.path.insert(0, target["outside"])
    sys.dont_write_bytecode = False
    try:
        return [importlib.import_module("secret_module").TEXT]
    except ImportError:
        return []
    finally:
        sys.path.remove(target["outside"])
