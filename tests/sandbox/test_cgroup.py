"""Control groups: what is written where, on a folder like the kernel's; what the kernel does then, where it lets us."""

import os
import signal
import time
from pathlib import Path

import pytest
from optwright.sandbox import cgroup


@pytest.fixture
def home(tmp_path) -> Path:
    """A group of which the kernel offers all controllers below. It is a plain folder: what is written there stays."""
    (tmp_path / "cgroup.controllers").write_text("cpuset cpu io memory pids\n")
    (tmp_path / "cgroup.subtree_control").write_text("cpu\n")
    return tmp_path


@pytest.mark.parametrize(
    ("offered", "files"),
    [
        ("cpu memory pids", {"pids.max": 7, "memory.max": 1000, "memory.oom.group": 1}),
        ("memory", {"memory.max": 1000, "memory.oom.group": 1}),
        ("io pids", {"pids.max": 7}),
    ],
)
def test_the_controllers_that_are_here_are_used(home, offered, files):
    (home / "cgroup.controllers").write_text(offered)
    groups = cgroup.Groups(home)
    assert groups.limits(1000, 7) == files
    folder = home / f"optwright-{os.getpid()}"
    switched = (folder / "cgroup.subtree_control").read_text().split()
    assert set(switched) == {f"+{name}" for name in offered.split()} & {"+memory", "+pids"}


def test_swap_is_closed_where_it_is_counted(home, monkeypatch):
    mkdir = Path.mkdir

    def kernel_mkdir(path, *args, **options):
        mkdir(path, *args, **options)
        (path / "memory.swap.max").write_text("max")

    monkeypatch.setattr(Path, "mkdir", kernel_mkdir)
    assert cgroup.Groups(home).limits(1000, 7)["memory.swap.max"] == 0


def test_limits_go_into_the_files_of_the_group(tmp_path):
    (tmp_path / "one").mkdir()
    for file in ("pids.max", "memory.max"):
        (tmp_path / "one" / file).write_text("max")
    folder = os.open(tmp_path, os.O_RDONLY)
    cgroup.Group(folder, "one").limit({"pids.max": 7, "memory.max": 1000})
    os.close(folder)
    assert [(tmp_path / "one" / file).read_text() for file in ("pids.max", "memory.max")] == ["7", "1000"]


def test_a_hierarchy_without_controllers_of_use_says_so(home):
    (home / "cgroup.controllers").write_text("hugetlb\n")
    with pytest.raises(OSError, match="neither memory nor pids"):
        cgroup.Groups(home)
    assert not list(home.glob("optwright-*"))


def test_a_group_with_processes_in_it_is_left_as_it_is(home):
    (home / "cgroup.type").write_text("domain\n")  # only the root has none
    (home / "cgroup.procs").write_text("1\n")
    before = {path.name: path.read_text() for path in home.iterdir()}
    with pytest.raises(OSError, match="busy"):
        cgroup.Groups(home)
    assert {path.name: path.read_text() for path in home.iterdir()} == before


@pytest.fixture
def real():
    """A descriptor of this process's own group, if groups can be made there; with or without controllers."""
    own = cgroup._own_group()
    if own is None or not os.access(own, os.W_OK):
        pytest.skip("no cgroup v2 that this user may write to")
    try:
        (own / "optwright-test").mkdir()
    except OSError as error:
        pytest.skip(f"no groups can be made in {own}: {error.strerror}")
    descriptor = os.open(own, os.O_RDONLY | os.O_DIRECTORY)
    yield cgroup.Group(descriptor, "optwright-test")
    os.close(descriptor)
    assert not (own / "optwright-test").exists()


def test_the_end_of_a_group_is_the_end_of_all_that_joined_and_of_what_they_started(real):
    reader, writer = os.pipe()
    member = os.fork()
    if member == 0:
        try:
            real.join()
            for _ in range(3):
                if os.fork() == 0:
                    os.setsid()
                    os.write(writer, b".")
                    time.sleep(60)
            time.sleep(60)
        finally:
            os._exit(1)
    os.close(writer)
    heard = b""
    while len(heard) < 3:
        heard += os.read(reader, 3)
    real.end()
    assert os.waitstatus_to_exitcode(os.waitpid(member, 0)[1]) == -signal.SIGKILL
    assert os.read(reader, 1) == b"", "nobody holds the other end any more"
    os.close(reader)


def test_here_there_are_groups_or_a_reason():
    try:
        groups = cgroup.open_groups()
    except OSError as error:
        assert "cgroup" in str(error) and "\n" not in str(error)
    else:
        groups.close()
        assert not list(groups._path.parent.glob(f"optwright-{os.getpid()}"))
