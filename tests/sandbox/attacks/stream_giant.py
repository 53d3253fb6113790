"""Announce a huge frame on the result channel, and stream for ever."""

import os
import struct


def attack(target):
    os.write(3, struct.pack("!8sQQ", b"k" * 8, 1 << 62, 1 << 62))
    while True:
        os.write(3, bytes(1 << 20))
