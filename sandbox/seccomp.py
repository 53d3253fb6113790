"""The system calls that a candidate may make: a list of what computing needs; everything else is refused.

Not on the list, among others: new processes and programs (fork, vfork, execve; clone makes threads only), sockets and
connections, signals to others, ptrace and process_vm_*, mounts and namespaces, bpf, io_uring, keyctl, perf, memfd,
userfaultfd, shared memory, and changes of mode, owner, attributes, limits or priorities.
Numbers: Linux's `asm/unistd_64.h` (x86-64) and `asm-generic/unistd.h` (aarch64).
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

from . import linux

# Name, number on x86-64, number on aarch64 (`-`: it has no such call).
_FILES = """
read 0 63  write 1 64  pread64 17 67  pwrite64 18 68  readv 19 65  writev 20 66  preadv 295 69  pwritev 296 70
preadv2 327 286  pwritev2 328 287  lseek 8 62  close 3 57  close_range 436 436  dup 32 23  dup2 33 -  dup3 292 24
open 2 -  openat 257 56  creat 85 -  stat 4 -  fstat 5 80  lstat 6 -  newfstatat 262 79  statx 332 291
access 21 -  faccessat 269 48  faccessat2 439 439  readlink 89 -  readlinkat 267 78  getdents 78 -  getdents64 217 61
getcwd 79 17  chdir 80 49  fchdir 81 50  mkdir 83 -  mkdirat 258 34  rmdir 84 -  unlink 87 -  unlinkat 263 35
rename 82 -  renameat 264 38  renameat2 316 276  link 86 -  linkat 265 37  symlink 88 -  symlinkat 266 36
truncate 76 45  ftruncate 77 46  fallocate 285 47  fsync 74 82  fdatasync 75 83  umask 95 166
statfs 137 43  fstatfs 138 44  flock 73 32  sendfile 40 71  copy_file_range 326 285  fadvise64 221 223
poll 7 -  ppoll 271 73  select 23 -  pselect6 270 72  epoll_create 213 -  epoll_create1 291 20  epoll_ctl 233 21
epoll_wait 232 -  epoll_pwait 281 22  epoll_pwait2 441 441  eventfd 284 -  eventfd2 290 19  pipe 22 -  pipe2 293 59
recvfrom 45 207  shutdown 48 210  getsockopt 55 209  getsockname 51 204  getpeername 52 205
"""
_MEMORY = """
mmap 9 222  munmap 11 215  mprotect 10 226  mremap 25 216  madvise 28 233  brk 12 214  msync 26 227
"""
_THREADS = """
futex 202 98  membarrier 324 283  rseq 334 293  set_robust_list 273 99  get_robust_list 274 100
set_tid_address 218 96  arch_prctl 158 -  sched_yield 24 124  sched_getaffinity 204 123  sched_getparam 143 121
sched_getscheduler 145 120  sched_get_priority_max 146 125  sched_get_priority_min 147 126  exit 60 93
exit_group 231 94  wait4 61 260  waitid 247 95
"""
_SIGNALS_AND_TIME = """
rt_sigaction 13 134  rt_sigprocmask 14 135  rt_sigreturn 15 139  sigaltstack 131 132  rt_sigpending 127 136
rt_sigtimedwait 128 137  rt_sigsuspend 130 133  pause 34 -  restart_syscall 219 128  nanosleep 35 101
clock_nanosleep 230 115  clock_gettime 228 113  clock_getres 229 114  gettimeofday 96 169  time 201 -
times 100 153  getitimer 36 102  setitimer 38 103  alarm 37 -
"""
_WHO_AM_I = """
getpid 39 172  getppid 110 173  gettid 186 178  getuid 102 174  geteuid 107 175  getgid 104 176  getegid 108 177
getresuid 118 148  getresgid 120 150  getgroups 115 158  getpgrp 111 -  getpgid 121 155  getsid 124 156
getpriority 140 141  getrusage 98 165  getrlimit 97 163  uname 63 160  sysinfo 99 179  getrandom 318 278
getcpu 309 168
"""
_ALLOWED = _FILES + _MEMORY + _THREADS + _SIGNALS_AND_TIME + _WHO_AM_I
_CONDITIONAL = """
clone 56 220  kill 62 129  tgkill 234 131  prctl 157 167  ioctl 16 29  fcntl 72 25  socketpair 53 199
prlimit64 302 261  sendto 44 206
"""

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE3 = 435  # answered with "no such call", so that threads are made with clone, whose flags can be read here
_NEWEST = 449  # later calls do not exist for a candidate: libraries fall back to what they used before
_CLONE_THREAD = 0x00010000
_PRCTL = (15, 16)  # PR_SET_NAME, PR_GET_NAME
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS TIOCGWINSZ FIONREAD FIONBIO FIONCLEX FIOCLEX
_FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1032)  # duplicate, flags, locks, pipe size; never F_SETOWN, which signals

_LOAD, _JUMP, _JEQ, _JGE, _JSET, _AND, _RET = 0x20, 0x05, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_REFUSE, _ABSENT = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_SELF = 0x5E1F5E1F  # stands for the process's own number until there is one


class Filter:
    """The compiled list. Made once, before candidates are forked; installed by each of them."""

    def __init__(self) -> None:
        actions = dict.fromkeys(_numbers(_ALLOWED).values(), _op(_RET, _ALLOW))
        numbers = _numbers(_CONDITIONAL)
        actions |= {numbers[call]: test + _op(_RET, _REFUSE) for call, test in _tests().items()}
        actions[_CLONE3] = _op(_RET, _ABSENT)
        self._template = _prologue() + _tree(_ranges(actions))

    def code(self, pid: int) -> bytes:
        """The filter's instructions for the process of this number."""
        return self._template.replace(struct.pack("=I", _SELF), struct.pack("=I", pid))

    def install(self) -> None:
        """Put the filter around this process and its threads, for good. Raises `OSError` where the kernel refuses."""
        code = self.code(os.getpid())
        instructions = ctypes.create_string_buffer(code, len(code))
        program = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(instructions)))
        if linux.libc().prctl(_PR_SET_SECCOMP, _MODE_FILTER, program, 0, 0):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))


def supported() -> bool:
    return linux.machine() in _AUDIT_ARCH


def _prologue() -> bytes:
    """A foreign calling convention is killed; the call's number is left in the accumulator."""
    return b"".join([_op(_LOAD, 4), _op(_JEQ, _AUDIT_ARCH[linux.machine()], 1, 0), _op(_RET, _KILL), _op(_LOAD, 0)])


def _tests() -> dict[str, bytes]:
    """What is asked of the arguments of some calls: code that allows, or falls through to a refusal."""
    return {
        "clone": _op(_LOAD, _low(0)) + _op(_JSET, _CLONE_THREAD, 0, 1) + _op(_RET, _ALLOW),
        "kill": _argument_in(0, (_SELF,)),  # abort() and raise() work; signals to anyone else do not
        "tgkill": _argument_in(0, (_SELF,)),
        "prctl": _argument_in(0, _PRCTL),
        "ioctl": _argument_in(1, _IOCTL),
        "fcntl": _argument_in(1, _FCNTL),
        "socketpair": _unix_stream(),
        "prlimit64": _argument_is_null(2),  # reads limits, sets none
        "sendto": _argument_is_null(4),  # no address
    }


def _ranges(actions: dict[int, bytes]) -> list[tuple[int, bytes]]:
    """What to do from each number on, up to the next; neighbours that are treated alike are one range."""
    ranges = [(0, _op(_RET, _REFUSE))]
    for number in range(_NEWEST + 1):
        action = actions.get(number, _op(_RET, _REFUSE))
        if action != ranges[-1][1]:
            ranges.append((number, action))
    return [*ranges, (_NEWEST + 1, _op(_RET, _ABSENT))]


def _tree(ranges: list[tuple[int, bytes]]) -> bytes:
    """Binary search for the range of the number in the accumulator."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    left, right = _tree(ranges[:middle]), _tree(ranges[middle:])
    first = ranges[middle][0]
    if len(left) // 8 < 256:
        return _op(_JGE, first, len(left) // 8, 0) + left + right
    return _op(_JGE, first, 0, 1) + _op(_JUMP, len(left) // 8) + left + right


def _argument_in(index: int, values: tuple[int, ...]) -> bytes:
    """An argument of 32 bits is one of these."""
    return _op(_LOAD, _low(index)) + b"".join(_op(_JEQ, value, 0, 1) + _op(_RET, _ALLOW) for value in values)


def _argument_is_null(index: int) -> bytes:
    """An argument of 64 bits is zero."""
    halves = _op(_LOAD, _low(index)) + _op(_JEQ, 0, 0, 3) + _op(_LOAD, _low(index) + 4) + _op(_JEQ, 0, 0, 1)
    return halves + _op(_RET, _ALLOW)


def _unix_stream() -> bytes:
    """AF_UNIX and SOCK_STREAM: such a pair talks to itself only, while a datagram pair can be pointed elsewhere."""
    family = _op(_LOAD, _low(0)) + _op(_JEQ, 1, 0, 4)
    return family + _op(_LOAD, _low(1)) + _op(_AND, 0xF) + _op(_JEQ, 1, 0, 1) + _op(_RET, _ALLOW)


def _numbers(table: str) -> dict[str, int]:
    column = {"x86_64": 1, "aarch64": 2}[linux.machine()]
    words = table.split()
    rows = [words[i : i + 3] for i in range(0, len(words), 3)]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


def _low(index: int) -> int:
    """Where the low half of an argument stands in the kernel's `seccomp_data` (little endian)."""
    return 16 + 8 * index


def _op(code: int, value: int, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("=HBBI", code, yes, no, value)
