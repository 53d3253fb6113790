"""The list of system calls, on both architectures: the compiled filter is interpreted as the kernel would."""

import struct

import pytest
from optwright.sandbox import linux, seccomp

ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, REFUSE, ABSENT, KILL = 0x7FFF0000, 0x50001, 0x50026, 0x80000000
PID = 4321

# System call numbers: Linux's asm/unistd_64.h and asm-generic/unistd.h.
REFUSED = {
    "x86_64": {
        **{"fork": 57, "vfork": 58, "execve": 59, "execveat": 322, "socket": 41, "connect": 42, "bind": 49},
        **{"sendmsg": 46, "recvmsg": 47, "ptrace": 101, "process_vm_readv": 310, "mount": 165, "unshare": 272},
        **{"setns": 308, "bpf": 321, "io_uring_setup": 425, "keyctl": 250, "perf_event_open": 298, "chmod": 90},
        **{"userfaultfd": 323, "memfd_create": 319, "setrlimit": 160, "setsid": 112, "tkill": 200, "pidfd_open": 434},
        **{"chown": 92, "setxattr": 188, "utimensat": 280, "shmget": 29, "seccomp": 317, "setpgid": 109},
    },
    "aarch64": {
        **{"execve": 221, "execveat": 281, "socket": 198, "connect": 203, "bind": 200, "sendmsg": 211, "recvmsg": 212},
        **{"ptrace": 117, "process_vm_readv": 270, "mount": 40, "unshare": 97, "setns": 268, "bpf": 280},
        **{"io_uring_setup": 425, "keyctl": 219, "perf_event_open": 241, "fchmodat": 53, "userfaultfd": 282},
        **{"memfd_create": 279, "setrlimit": 164, "setsid": 157, "tkill": 130, "pidfd_open": 434, "setpgid": 154},
        **{"fchownat": 54, "setxattr": 5, "utimensat": 88, "shmget": 194, "seccomp": 277},
    },
}
ALLOWED = {
    "x86_64": {"read": 0, "write": 1, "mmap": 9, "openat": 257, "futex": 202, "exit_group": 231, "getrandom": 318},
    "aarch64": {"read": 63, "write": 64, "mmap": 222, "openat": 56, "futex": 98, "exit_group": 94, "getrandom": 278},
}
ASKED = {
    "x86_64": {"clone": 56, "kill": 62, "tgkill": 234, "prctl": 157, "ioctl": 16, "fcntl": 72, "socketpair": 53}
    | {"prlimit64": 302, "sendto": 44},
    "aarch64": {"clone": 220, "kill": 129, "tgkill": 131, "prctl": 167, "ioctl": 29, "fcntl": 25, "socketpair": 199}
    | {"prlimit64": 261, "sendto": 206},
}


@pytest.fixture(params=ARCH)
def machine(request, monkeypatch):
    monkeypatch.setattr(linux, "machine", lambda: request.param)
    return request.param


def decide(machine: str, number: int, *arguments: int) -> int:
    """What the kernel does about a call, by the classic BPF that the filter is written in."""
    words = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("=iIQ6Q", number, ARCH[machine], 0, *(word % 2**64 for word in words))
    code = list(struct.iter_unpack("=HBBI", seccomp.Filter().code(PID)))
    assert len(code) < 4096
    at = accumulator = 0
    while True:
        operation, yes, no, value = code[at]
        at += 1
        match operation:
            case 0x20:
                (accumulator,) = struct.unpack_from("=I", data, value)
            case 0x54:
                accumulator &= value
            case 0x05:
                at += value
            case 0x15 | 0x35 | 0x45:
                tests = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}
                at += yes if tests[operation] else no
            case 0x06:
                return value


def test_what_computing_needs_is_allowed_and_the_rest_refused(machine):
    assert {name: decide(machine, number) for name, number in ALLOWED[machine].items()} == dict.fromkeys(
        ALLOWED[machine], ALLOW
    )
    assert {name: decide(machine, number) for name, number in REFUSED[machine].items()} == dict.fromkeys(
        REFUSED[machine], REFUSE
    )


@pytest.mark.parametrize("number", [435, 450, 462, 100_000, 0x40000000, 0x40000000 + 41])
def test_calls_that_are_too_new_do_not_exist(machine, number):
    assert decide(machine, number) == ABSENT


def test_a_foreign_convention_is_killed(machine):
    other = next(name for name in ARCH if name != machine)
    data = struct.pack("=iIQ6Q", 0, ARCH[other], 0, *[0] * 6)
    code = list(struct.iter_unpack("=HBBI", seccomp.Filter().code(PID)))
    assert code[0][3] == 4 and struct.unpack_from("=I", data, 4)[0] != code[1][3] and code[1][:3] == (0x15, 1, 0)
    assert code[2] == (0x06, 0, 0, KILL)


@pytest.mark.parametrize(
    ("call", "arguments", "allowed"),
    [
        ("clone", (0x3D0F00,), True),  # what a thread is made with
        ("clone", (17,), False),  # what fork is made with
        ("clone", (0x10000000,), False),
        ("kill", (PID, 6), True),
        ("kill", (1, 9), False),
        ("kill", (-1, 9), False),
        ("kill", (0, 9), False),
        ("tgkill", (PID, PID, 6), True),
        ("tgkill", (1, 1, 6), False),
        ("prctl", (15,), True),
        ("prctl", (22,), False),
        ("ioctl", (0, 0x5421), True),
        ("ioctl", (0, 0x5412), False),  # TIOCSTI
        ("fcntl", (3, 1030), True),
        ("fcntl", (3, 8, 1), False),  # F_SETOWN
        ("fcntl", (3, 10, 9), False),  # F_SETSIG
        ("socketpair", (1, 1), True),
        ("socketpair", (1, 0x80801), True),
        ("socketpair", (1, 2), False),
        ("socketpair", (2, 1), False),
        ("prlimit64", (0, 9, 0), True),
        ("prlimit64", (0, 9, 1), False),
        ("prlimit64", (0, 9, 1 << 32), False),
        ("sendto", (3, 1, 1, 0, 0, 0), True),
        ("sendto", (3, 1, 1, 0, 1 << 32, 16), False),
    ],
)
def test_some_calls_depend_on_their_arguments(machine, call, arguments, allowed):
    assert decide(machine, ASKED[machine][call], *arguments) == (ALLOW if allowed else REFUSE)
