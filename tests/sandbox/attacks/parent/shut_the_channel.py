"""Shut the result channel in both directions, after half of a result."""

import os
import socket
import struct

STATUS = "crashed"


def attack(target):
    os.write(3, struct.pack("!8sQQ", b"k" * 8, 1000, 0) + b'{"status":"ok"')
    channel = socket.socket(fileno=3)
    channel.shutdown(socket.SHUT_RDWR)
    os._exit(0)
