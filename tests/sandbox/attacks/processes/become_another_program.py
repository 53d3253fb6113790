"""Replace this process by another program, which answers in its place."""

import os
import sys

ANSWER = """
import os, struct
text = b'{"status":"ok","value":["another program answered"]}'
os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text)
"""


def attack(target):
    os.set_inheritable(3, True)
    for program in [sys.executable, "/bin/sh", "/proc/self/exe"]:
        try:
            os.execv(program, [program, "-c", ANSWER] if "sh" not in program else [program, "-c", "exit 0"])
        except OSError:
            pass
    return []
