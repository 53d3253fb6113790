"""Sandbox: what every pool can do, wherever its candidates run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, Self

from .outcome import Limits, Outcome


class Sandbox(Protocol):
    """`Pool` on this machine and `RayPool` on a cluster: the same Outcome for the same candidate on both."""

    @property
    def walls(self) -> dict[str, str]:
        """Wall by wall, `up` or the reason why it is missing. Empty before the first start."""
        ...

    async def run(
        self,
        source: str,
        call: str,
        args: Sequence[object] = (),
        limits: Limits | None = None,
        on_progress: Callable[[object], None] | None = None,
    ) -> Outcome:
        """Execute `source`, call a function with `args`, and tell what became of it: see `Pool.run`.

        A sandbox that cannot carry progress never calls `on_progress`.
        """
        ...

    async def close(self) -> None:
        """Stop everything that runs; those runs get an Outcome with the status crashed."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(self, *_: object) -> None: ...
