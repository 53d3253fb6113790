"""Change what every later program runs on: hooks, the import system, recursion limits, cached small integers."""

import builtins
import ctypes
import sys


def attack(target):
    builtins.__import__, honest = lambda *a, **k: sys.poisoned.append(a[0]) or honest(*a, **k), builtins.__import__
    sys.poisoned = []
    sys.addaudithook(lambda event, _: None)
    sys.setrecursionlimit(5_000)
    sys.meta_path.insert(0, Finder())
    number = ctypes.c_int.from_address(id(257 - 1) + object.__basicsize__ + 8)
    number.value = 255
    return []


class Finder:
    def find_spec(self, *_):
        return None


def look(target):
    found = [name for name in ["poisoned"] if hasattr(sys, name)]
    found += [type(f).__name__ for f in sys.meta_path if type(f).__name__ == "Finder"]
    return found + ["256 is 255"] * (int("25" + "6") != 250 + 6) + ["recursion"] * (sys.getrecursionlimit() == 5_000)
