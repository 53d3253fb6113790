"""Overflow the C stack with a recursion that has no limit."""

import sys

STATUS = ("crashed", "error")  # Python 3.12 and later raise an exception


def attack(target):
    sys.setrecursionlimit(10**9)

    class Endless:
        def __getattr__(self, name):
            return getattr(self, name)

    return Endless().a
