"""The process of `bare`: it executes whatever arrives on descriptor 3, one program after the other, in itself."""

import importlib
import json
import os
import pickle
import struct
import sys
import time
import types

from optwright.sandbox import linux, wire


def main(descriptor: int) -> None:
    os.dup2(descriptor, 3)
    importlib.import_module("attack_driver")
    linux.no_new_privileges()
    linux.drop_capabilities()
    while True:
        job = wire.decode(receive())
        start = time.monotonic()
        reply = run(job["source"], job["call"], job["args"])
        print("seconds", time.monotonic() - start, file=sys.__stderr__, flush=True)
        send(reply)


def run(source: str, call: str, args: list) -> dict:
    program = sys.modules["program"] = types.ModuleType("program")
    driver, _, name = call.rpartition(":")
    try:
        exec(source, program.__dict__)
        value = getattr(sys.modules[driver], name)(program, *args) if driver else getattr(program, name)(*args)
        return {"status": "ok", "value": value}
    except BaseException as error:
        return {"status": "error", "error": {"type": type(error).__name__, "message": str(error)}}


def encode(reply: dict) -> bytes:
    try:
        return json.dumps(reply).encode()
    except (TypeError, ValueError):
        return pickle.dumps(reply)


def send(reply: dict) -> None:
    sys.stdout.flush()
    text = encode(reply)
    frame = struct.pack("!8sQQ", b"k" * 8, len(text), 0) + text
    while frame:
        frame = frame[os.write(3, frame) :]


def receive() -> bytearray:
    received = bytearray()
    while len(received) != wire.expected(received):
        received += os.read(3, 1 << 18) or sys.exit()
    return received


if __name__ == "__main__":
    main(int(sys.argv[1]))
