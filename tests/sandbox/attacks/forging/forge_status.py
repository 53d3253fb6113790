"""Claim an end that only the parent may tell: that time was up, that it never started."""

import os
import struct

STATUS = "crashed"


def attack(target):
    text = b'{"status":"timeout","error":{"type":"Timeout","message":"not my fault"}}'
    os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text)
    os._exit(0)
