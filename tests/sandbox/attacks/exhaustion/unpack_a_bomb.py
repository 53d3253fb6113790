"""Unpack a small compressed text that becomes 600 MB, inside a library that asks for no permission."""

import gzip

STATUS = "memory"


def attack(target):
    return [len(gzip.decompress(gzip.compress(bytes(10 << 20)) * 60))]
