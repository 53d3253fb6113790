"""Overflow the C stack."""

import sys


def attack(target):
    sys.setrecursionlimit(10**9)

    class Endless:
        def __getattr__(self, name):
            return getattr(self, name)

    return Endless().a
