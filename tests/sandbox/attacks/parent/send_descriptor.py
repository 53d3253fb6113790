"""Hand a hundred descriptors to the parent along with the result, to fill its table."""

import array
import os
import socket
import struct


def attack(target):
    text = b'{"status":"ok","value":["sent"]}'
    frame = struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text
    channel = socket.socket(fileno=3)
    try:
        channel.sendmsg([frame], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [1] * 100))])
        os._exit(0)
    except OSError:
        channel.detach()
        return []
