"""The few Linux calls that Python does not offer, through ctypes: no extra binaries, nothing at import."""

from __future__ import annotations

import ctypes
import functools
import os
import platform

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
_MOUNT_SETATTR = 442
_MOUNT_ATTR_RDONLY = 1
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_MADV_COLLAPSE = 25


@functools.cache
def libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """The raw system call; raises `OSError` when it fails."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return _checked(libc().syscall(ctypes.c_long(number), *words))


def machine() -> str:
    """`x86_64`, `aarch64`, or another name, for which no system call numbers are known here."""
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())


def unshare(flags: int) -> None:
    _checked(libc().unshare(flags))


def enter_namespace(descriptor: int, kind: int) -> None:
    """Move this process, or its children where `kind` is CLONE_NEWPID, into the namespace that `descriptor` names."""
    _checked(libc().setns(descriptor, kind))


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    _checked(libc().mount(_path(source), _path(target), _path(kind), ctypes.c_ulong(flags), _path(options)))


def unmount(target: str, flags: int) -> None:
    _checked(libc().umount2(_path(target), flags))


def make_read_only(target: str) -> None:
    """Every mount at and below `target` becomes read-only (Linux 5.12)."""

    class MountAttr(ctypes.Structure):
        _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "userns")]

    attr = MountAttr(set=_MOUNT_ATTR_RDONLY)
    syscall(_MOUNT_SETATTR, _AT_FDCWD, _path(target), _AT_RECURSIVE, ctypes.byref(attr), ctypes.sizeof(attr))


def pivot_root(root: str) -> None:
    """Make `root` the file system's root; what was there before is out of reach."""
    os.chdir(root)
    _checked(libc().syscall(ctypes.c_long({"x86_64": 155, "aarch64": 41}[machine()]), b".", b"."))
    unmount(".", MNT_DETACH)
    os.chdir("/")


def die_with_parent() -> None:
    """This process is killed when the one that forked it ends."""
    _checked(libc().prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0))


def inherit_orphans() -> None:
    """Descendants whose parent ends become children of this process."""
    _checked(libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def never_dump() -> None:
    """No core of this process is handed to anyone: a system's core handler runs whatever the limit on core files."""
    _checked(libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))


def no_new_privileges() -> None:
    """Neither this process nor what it starts can gain privileges; Landlock and seccomp ask for it."""
    _checked(libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))


def drop_capabilities() -> None:
    """Give up every capability, those over our own namespaces included."""
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _checked(libc().capset(header, (ctypes.c_uint32 * 6)()))


def use_huge_pages() -> None:
    """Put this process's data into huge pages where the kernel can (Linux 6.1): a fork then has far less to copy."""
    with open("/proc/self/maps") as maps:
        regions = [line.split() for line in maps]
    for where, rights, _, _, inode, *_ in regions:
        if rights == "rw-p" and inode == "0":
            start, end = (int(address, 16) for address in where.split("-"))
            libc().madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_COLLAPSE)


def _path(text: str | None) -> bytes | None:
    return None if text is None else os.fsencode(text)


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
