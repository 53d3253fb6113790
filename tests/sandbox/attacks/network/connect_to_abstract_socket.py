"""Reach a Unix socket that has a name but no file, so that no wall around files stands before it."""

import socket


def attack(target):
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as s:
            s.connect("\0" + target["abstract_socket"])
            s.sendall(b"secret")
            return ["sent"]
    except OSError:
        return []
