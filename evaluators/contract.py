"""What a program must define, and how its failures become records that a repair can work from."""

from __future__ import annotations

import difflib
import linecache
import re
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType, ModuleType, TracebackType

from .verdict import Failure

PROGRAM_FILE = "<program>"
"""The file name that the sandbox gives to a candidate's source in tracebacks."""


class ProgramFailure(Exception):
    """Carries the `Failure` of a program from where it shows to the driver that reports it."""

    def __init__(self, failure: Failure):
        super().__init__(failure.message)
        self.failure = failure


class OutOfTime(BaseException):
    """The program used up its time; no Exception, so that a program's `except Exception` does not swallow it."""


def broken(message: str, line: int | None = None) -> ProgramFailure:
    """A breach of the contract, to be raised."""
    return ProgramFailure(Failure(kind="contract", message=message, line=line))


def function(candidate: ModuleType, name: str, shape: str):
    """The candidate's function `name`, or a breach that says how to define it."""
    found = getattr(candidate, name, None)
    if callable(found):
        return found
    defined = [key for key, value in vars(candidate).items() if callable(value) and not key.startswith("_")]
    close = difflib.get_close_matches(name, defined, n=1, cutoff=0.5)
    hint = f"; it defines {close[0]!r}: rename it" if close else ""
    raise broken(f"the program does not define {name}{hint}; define `def {shape}` at the top level")


def describe(error: BaseException, phase: str, data: Mapping | None = None) -> Failure:
    """The failure of `build_model` or `report`, with the line of the program where it was raised."""
    lines = program_lines(error.__traceback__)
    kind = "report" if phase == "report" else "exception"
    text = " ".join(str(error).split()) or "no message"
    message = f"{phase} raised {type(error).__name__}: {text}{_hint(error, data)}"
    return Failure(kind=kind, message=message, line=lines[-1] if lines else None, traceback=_excerpt(lines))


def program_lines(traceback: TracebackType | None) -> list[int]:
    """Line numbers of the program's own frames, outermost first."""
    lines = []
    while traceback is not None:
        if traceback.tb_frame.f_code.co_filename == PROGRAM_FILE:
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    return lines


def _excerpt(lines: list[int]) -> str:
    shown = ((number, linecache.getline(PROGRAM_FILE, number).strip()) for number in lines[-8:])
    return "\n".join(f"line {number}: {text}".rstrip(": ") for number, text in shown)


def _hint(error: BaseException, data: Mapping | None) -> str:
    if isinstance(error, KeyError) and data is not None:
        keys = ", ".join(map(repr, list(data)[:30]))
        return f" (data has the keys {keys})"
    text = str(error)
    if "resolved to a trivial Boolean (True)" in text:
        return " (this constraint has no variables left, as in an empty sum: return pyo.Constraint.Skip for it)"
    return ""


def constant_false(error: BaseException) -> str | None:
    """Name of the constraint whose expression is the constant False, when that is why Pyomo raised `error`."""
    text = str(error)
    if "resolved to a trivial Boolean (False)" not in text:
        return None
    name = re.search(r"Error thrown for Constraint '(.+)'", text)
    return name.group(1) if name else "a constraint"


@contextmanager
def alarm(seconds: float, phase: str) -> Iterator[None]:
    """Turn `seconds` spent inside into a timeout failure that knows the program's line.

    Python code only: a call into compiled code that does not return is left to the sandbox's wall clock. Does nothing
    outside the main thread, where signals cannot be set.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    at: list[int] = []

    def ring(_signal: int, frame: FrameType | None) -> None:
        at.extend(_frame_lines(frame))
        raise OutOfTime

    previous = signal.signal(signal.SIGALRM, ring)
    # Again each second, should the program or a library swallow the first.
    signal.setitimer(signal.ITIMER_REAL, max(seconds, 1e-3), 1.0)
    try:
        yield
    except OutOfTime:
        signal.setitimer(signal.ITIMER_REAL, 0)
        line = at[0] if at else None
        message = f"{phase} did not finish in {seconds:g} s; use dicts for look-ups instead of nested loops"
        raise ProgramFailure(
            Failure(kind="timeout", message=message, line=line, traceback=_excerpt(at[::-1]))
        ) from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _frame_lines(frame: FrameType | None) -> list[int]:
    lines = []
    while frame is not None:
        if frame.f_code.co_filename == PROGRAM_FILE:
            lines.append(frame.f_lineno)
        frame = frame.f_back
    return lines
