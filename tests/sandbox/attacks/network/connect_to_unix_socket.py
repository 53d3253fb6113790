"""Reach a Unix socket of the outside by its path, with a stream and with datagrams."""

import socket


def attack(target):
    loot = []
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect(target["unix_socket"])
            s.sendall(b"secret")
            loot.append("stream")
    except OSError:
        pass
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.sendto(b"secret", target["unix_datagram"])
            loot.append("datagram")
    except OSError:
        pass
    return loot
