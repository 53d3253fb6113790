"""Patch the code that runs candidates and sends their results: let this process go on into the server's own code."""

import sys

STATUS = "timeout"


def attack(target):
    child = sys.modules["optwright.sandbox.child"]
    honest = child._encode
    child._encode = lambda _: honest({"status": "ok", "value": "forged"})
    child._exit = lambda _: None
    return "honest"


def look(target):
    return []
