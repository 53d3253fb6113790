"""Announce a small result and send it one byte at a time, for ever: a parent that waits for all of it waits long."""

import os
import struct
import time

STATUS = "timeout"


def attack(target):
    text = b'{"status":"ok","value":"' + b"x" * 10_000
    frame = struct.pack("!8sQQ", b"k" * 8, len(text) + 2, 0) + text
    for index in range(len(frame)):
        os.write(3, frame[index : index + 1])
        time.sleep(0.05)
