"""RayPool: run untrusted Python behind walls on every node of a Ray cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Self

from ..errors import SandboxError
from . import ray_nodes
from .outcome import CandidateError, Limits, Outcome
from .pool import refused
from .ray_nodes import NodeLost, Nodes, Plan
from .session import request

_LIVES = 3
"""Nodes that may be lost under one candidate; it may be what brings them down."""


class RayPool:
    """A `Pool` on each node of an existing Ray cluster, used like one: the same candidate has the same Outcome.

    `address` is the head's `host:port`; a process that is connected to a cluster already uses that one, and stays
    connected. Every node needs optwright, of the same version. A candidate goes to the node with the most room. Nodes
    that join are used, nodes that die are dropped, and what ran there runs again elsewhere: each candidate is answered
    once. `per_node` candidates run at once on each node (default: the number of CPUs that Ray counts there; nodes with
    none are not used). With `require_walls`, no candidate runs on a node where a wall is missing.

    A node that is there at the start and cannot run candidates is an error; one that joins later is left out.
    """

    def __init__(
        self,
        address: str,
        *,
        preload: Sequence[str] = ("numpy",),
        per_node: int | None = None,
        require_walls: bool = False,
    ) -> None:
        self._address = address
        self._plan = Plan(tuple(preload), per_node, require_walls)
        self._starting = asyncio.Lock()
        self._nodes: Nodes | None = None

    async def __aenter__(self) -> Self:
        await self._started()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop the pool on every node; what runs or waits gets an Outcome with the status crashed."""
        nodes, self._nodes = self._nodes, None
        if nodes is not None:
            await nodes.close()

    @property
    def walls(self) -> dict[str, str]:
        """Wall by wall, `up` or the reason why it is missing, node by node where they differ. Empty at first."""
        return ray_nodes.walls(list(self._nodes.up.values())) if self._nodes else {}

    @property
    def nodes(self) -> dict[str, int]:
        """How many candidates run at once, by node (`address:port` of its raylet)."""
        return {node.name: node.size for node in self._nodes.up.values()} if self._nodes else {}

    async def run(
        self,
        source: str,
        call: str,
        args: Sequence[object] = (),
        limits: Limits | None = None,
        on_progress: Callable[[object], None] | None = None,
    ) -> Outcome:
        """As `Pool.run`, but progress is not carried from a cluster: `on_progress` is never called.

        Raises `TypeError` where `args` cannot be sent, and `SandboxError` where a node's sandbox does not work, no node
        is left, no cluster answers, or Ray is not installed.
        """
        limits = limits or Limits()
        refusal = refused(source, call, self._plan.preload)
        if refusal is not None:
            return refusal
        frame = b"".join(request(source, call, args, limits))
        nodes = await self._started()
        for _ in range(_LIVES):
            outcome = await _attempt(nodes, frame, limits)
            if outcome is not None:
                return outcome
            if nodes.closed:
                return _crashed("the pool was closed while this candidate ran")
        return _crashed(f"{_LIVES} nodes in a row were lost while this candidate ran")

    async def _started(self) -> Nodes:
        """The cluster's nodes, with a pool on each."""
        async with self._starting:
            if self._nodes is None:
                self._nodes = await Nodes.find(self._address, self._plan)
            if self._nodes.loop is not asyncio.get_running_loop():
                raise SandboxError("this pool belongs to another event loop: make one pool for each loop")
            return self._nodes


async def _attempt(nodes: Nodes, frame: bytes, limits: Limits) -> Outcome | None:
    """The Outcome from the node with the most room; None where the node is lost before it answers."""
    try:
        node = await nodes.place()
    except NodeLost:
        return None
    try:
        return await node.run(frame, limits)
    except NodeLost:
        nodes.drop(node)
        return None
    finally:
        nodes.leave(node)


def _crashed(message: str) -> Outcome:
    return Outcome(status="crashed", error=CandidateError(type="Crash", message=message))
