"""Patch the driver module that called it, and the scorer that would be called next."""

import sys


def solve(weights, values, capacity):
    for name in ["score", "drive", "careless"]:
        setattr(sys.modules["attack_driver"], name, lambda *_: 1e9)
    return [0.0, 0.0, 0.0]
