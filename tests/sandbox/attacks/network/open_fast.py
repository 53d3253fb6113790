"""Open a TCP connection with its first data (`MSG_FASTOPEN`), which needs no connect."""

import socket


def attack(target):
    try:
        with socket.socket() as s:
            s.settimeout(1)
            s.sendto(b"secret", socket.MSG_FASTOPEN, ("127.0.0.1", target["port"]))
            return ["sent"]
    except OSError:
        return []
