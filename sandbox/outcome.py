"""What goes into the sandbox (`Limits`) and what comes out (`Outcome`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Status = Literal["ok", "error", "timeout", "memory", "output", "crashed", "refused"]


class Limits(BaseModel):
    """What one candidate may use; the parent measures all of it, never the candidate."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seconds: float = 60.0
    """Wall-clock time, from the fork to the last byte of the result."""
    memory_mb: int = 2048
    """Address space beyond what the warm server has already mapped, in MiB."""
    output_bytes: int = 64_000
    """Kept of stdout and of stderr each; the rest is dropped while it streams."""
    result_bytes: int = 64_000_000
    """Largest result that is accepted, JSON and arrays together."""
    scratch_mb: int = 256
    """Largest file that the candidate may write in its private scratch folder, in MiB."""


class CandidateError(BaseModel):
    """An exception that left the candidate's code."""

    model_config = ConfigDict(frozen=True)

    type: str
    message: str
    line: int | None = None
    """Line in the candidate's source where it was raised, counted from 1."""
    traceback: str = ""
    """Frames of the candidate's own source only."""


class Outcome(BaseModel):
    """What became of one candidate. A bad program is an Outcome, never an exception."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    status: Status
    value: Any = None
    """The returned value: JSON types, tuples as lists, and numpy arrays where arrays were returned."""
    stdout: str = ""
    stderr: str = ""
    error: CandidateError | None = None
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0
    walls: tuple[str, ...] = ()
    """The walls that stood around this run, by name."""
