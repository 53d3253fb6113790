"""Send a frame that claims how little time and memory were used."""

import json
import os
import struct

STATUS = "crashed"


def attack(target):
    claims = {"seconds": 0, "cpu_seconds": 0, "peak_mb": 0, "walls": []}
    text = json.dumps({"status": "ok", "value": 1} | claims).encode()
    os.write(3, struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text)
    os._exit(0)
