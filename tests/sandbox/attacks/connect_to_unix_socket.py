"""Reach a Unix socket of the outside: by path, by abstract name, and from a datagram pair that is pointed elsewhere."""

import ctypes
import socket


def attack(target):
    loot = []
    for address in [target["unix_socket"], "\0" + target["abstract_socket"]]:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
                s.connect(address)
                s.sendall(b"secret")
                loot.append(address)
        except OSError:
            pass
        try:
            ours, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            loot.append("datagram pair")
            ours.sendto(b"secret", address)
        except OSError:
            pass
        try:
            ours, _ = socket.socketpair()
            if ctypes.CDLL(None).connect(ours.fileno(), b"\1\0/tmp/x", 9) == 0:
                loot.append("reconnected")
        except OSError:
            pass
    return loot
