"""Announce a huge frame on the result channel, and stream 200 MB."""

import os
import struct

STATUS = "output"


def attack(target):
    os.write(3, struct.pack("!8sQQ", b"k" * 8, 1 << 62, 1 << 62))
    for _ in range(200):
        os.write(3, bytes(1 << 20))
