"""Return an honest value, and write another result when Python destroys what is left."""

import gc
import os
import struct


class Bomb:
    def __del__(self, write=os.write, pack=struct.pack):
        text = b'{"status":"ok","value":"forged"}'
        write(3, pack("!8sQQ", b"k" * 8, len(text), 0) + text)


def attack(target):
    globals()["bomb"] = Bomb()
    return []


def look(target):
    gc.collect()
    return []
