"""Send an array that claims to lie far beyond its frame, so that the parent reads its own memory."""

import os
import struct

STATUS = "crashed"


def attack(target):
    key = b"k" * 8
    text = b'{"status":"ok","value":{"%s":["<f8",[1000000],0]}}' % key.hex().encode()
    os.write(3, struct.pack("!8sQQ", key, len(text), 16) + text + bytes(16))
    os._exit(0)
