"""Reach the TCP listener by multipath TCP, which walls for TCP may not know."""

import socket


def attack(target):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as s:  # IPPROTO_MPTCP
            s.settimeout(1)
            s.connect(("127.0.0.1", target["port"]))
            s.sendall(b"secret")
            return ["sent"]
    except OSError:
        return []
