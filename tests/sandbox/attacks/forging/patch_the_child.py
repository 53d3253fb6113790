"""Patch the code that runs candidates and sends their results: let this process go on into the server's own code."""

import sys

STATUS = "timeout"


def forge(_):
    return b'{"status":"ok","value":"forged"}'


def attack(target):
    patches = {"_encode": forge, "_exit": lambda _: None, "encode": forge}
    for module in [sys.modules.get("optwright.sandbox.child"), sys.modules["__main__"]]:
        for name, patch in patches.items():
            if hasattr(module, name):
                setattr(module, name, patch)
    return "honest"


def look(target):
    return []
