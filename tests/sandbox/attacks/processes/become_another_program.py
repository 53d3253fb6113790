"""Replace this process by another program, which answers in its place."""

import contextlib
import os
import sys

ANSWER = """
import os, struct
text = b'{"status":"ok","value":["another program answered"]}'
os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text)
"""


def attack(target):
    os.set_inheritable(3, True)
    for program in [sys.executable, "/proc/self/exe"]:
        with contextlib.suppress(OSError):
            os.execv(program, [program, "-c", ANSWER])
    return []
