"""The nodes of a Ray cluster that run candidates: one actor on each, which holds a pool of its own.

Ray pickles what it carries between the processes of a cluster, and those trust each other. No candidate has a say in a
pickle: the node's pool has read its result as data and checked it, and what goes over the cluster, both ways, is one
`bytes` object in the sandbox's own wire format, which the caller reads as data once more.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from ..errors import SandboxError
from . import wire
from .outcome import Limits, Outcome
from .pool import Pool

_CONNECT = 5.0
_START = 150.0
"""Seconds within which a node's pool must be ready."""
_GRACE = 60.0
"""Seconds beyond a candidate's limit after which its node is held to be lost."""
_STOP = 10.0
_PERIOD = 1.0
"""Seconds between two looks at which nodes there are."""


class NodeLost(Exception):
    """The node is gone, or what it answered is; or the pool was closed."""


@dataclass(frozen=True)
class Plan:
    """What each node's pool is made with."""

    preload: tuple[str, ...]
    size: int | None
    """Candidates at once on each node; None: as many as it has CPUs."""
    require_walls: bool


class Station:
    """The actor: a pool on its node."""

    def __init__(self, plan: Plan, size: int) -> None:
        self._pool = Pool(preload=plan.preload, size=size, require_walls=plan.require_walls)

    async def open(self) -> dict[str, str]:
        await self._pool.__aenter__()
        return self._pool.walls

    async def run(self, frame: bytes, limits: Limits) -> bytes:
        outcome = await self._pool.run_frame([frame], limits)
        return await asyncio.to_thread(_pack, outcome)

    async def close(self) -> None:
        await self._pool.close()


@dataclass(eq=False)
class Node:
    """A node whose pool is ready, as the caller sees it."""

    name: str
    size: int
    station: Any
    walls: dict[str, str]
    running: int = 0

    async def run(self, frame: bytes, limits: Limits) -> Outcome:
        """One candidate there. Raises `NodeLost`; `SandboxError` as `Pool.run`. Cancelling kills the candidate."""
        import ray
        from ray.exceptions import RayError, RayTaskError

        answer = self.station.run.remote(frame, limits)
        try:
            async with asyncio.timeout(limits.seconds + _GRACE):
                packed = await answer
        except asyncio.CancelledError:
            ray.cancel(answer)
            raise
        except RayTaskError as error:
            raise SandboxError(f"node {self.name}: {error.cause}") from None
        except (RayError, TimeoutError):
            raise NodeLost from None
        return await asyncio.to_thread(_unpack, packed)

    async def close(self) -> None:
        """Let its pool answer for what runs and tidy up, where it still can; then end the actor."""
        from ray.exceptions import RayError

        with contextlib.suppress(RayError, TimeoutError):
            async with asyncio.timeout(_STOP):
                await self.station.close.remote()
        self.kill()

    def kill(self) -> None:
        import ray

        if ray.is_initialized():
            ray.kill(self.station)


class Nodes:
    """All nodes with a pool that is ready, and the line of those who wait for a place on one of them."""

    def __init__(self, plan: Plan) -> None:
        self.loop = asyncio.get_running_loop()
        self.closed = False
        self.up: dict[str, Node] = {}
        """By Ray's id of the node."""
        self.left_out: dict[str, str] = {}
        """Nodes whose pool does not start, by id: name and reason."""
        self._plan = plan
        self._waiting: deque[asyncio.Future[Node]] = deque()
        self._starts: dict[str, asyncio.Task[None]] = {}
        self._watch: asyncio.Task[None] | None = None

    @classmethod
    async def find(cls, address: str, plan: Plan) -> Self:
        """Connect, and start a pool on every node. Raises `SandboxError` where one of them cannot, or there is none."""
        await asyncio.to_thread(_connect, address)
        nodes = cls(plan)
        try:
            await nodes._look()
            await asyncio.gather(*nodes._starts.values())
            if nodes.left_out or not nodes.up:
                raise SandboxError(nodes._why())
        except BaseException:
            await nodes.close()
            raise
        nodes._watch = nodes.loop.create_task(nodes._keep_looking())
        return nodes

    async def place(self) -> Node:
        """A place on the node with the most room, first come, first served; `leave` gives it back.

        Raises `SandboxError` where no node is left, `NodeLost` after `close`.
        """
        if self.closed:
            raise NodeLost
        waiter = self.loop.create_future()
        self._waiting.append(waiter)
        self._fill()
        try:
            return await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled() and waiter.exception() is None:
                self.leave(waiter.result())
            raise

    def leave(self, node: Node) -> None:
        node.running -= 1
        self._fill()

    def drop(self, node: Node) -> None:
        """This node answers no more. Where it lives, it gets a new pool at the next look."""
        for key in [key for key, known in self.up.items() if known is node]:
            del self.up[key]
            node.kill()

    async def close(self) -> None:
        """End every pool; what runs is answered as crashed, who waits gets `NodeLost`."""
        self.closed = True
        tasks = [*self._starts.values(), *([self._watch] if self._watch else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        nodes, self.up = list(self.up.values()), {}
        await asyncio.gather(*(node.close() for node in nodes))
        self._turn_away(NodeLost())

    def _fill(self) -> None:
        """Hand out the places that there are."""
        while self._waiting:
            free = [node for node in self.up.values() if node.running < node.size]
            if not free:
                return
            waiter = self._waiting.popleft()
            if not waiter.done():
                node = min(free, key=lambda node: node.running / node.size)
                node.running += 1
                waiter.set_result(node)

    def _turn_away(self, why: Exception) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_exception(why)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(_PERIOD)
            await self._look()
            if not self.up and not self._starts:
                self._turn_away(SandboxError(self._why()))

    async def _look(self) -> None:
        """Begin to start a pool on each node that has none; forget the nodes that are gone."""
        present = await asyncio.to_thread(_present)
        for key in self.up.keys() - present.keys():
            self.drop(self.up[key])
        self.left_out = {key: why for key, why in self.left_out.items() if key in present}
        for key in present.keys() - self.up.keys() - self.left_out.keys() - self._starts.keys():
            self._starts[key] = start = self.loop.create_task(self._start(key, present[key]))
            start.add_done_callback(lambda _, key=key: self._starts.pop(key))

    async def _start(self, key: str, facts: dict[str, Any]) -> None:
        from ray.exceptions import RayActorError, RayError, RayTaskError

        name, size = _name(facts), self._plan.size or int(facts["Resources"]["CPU"])
        station = _station(key, self._plan, size)
        try:
            async with asyncio.timeout(_START):
                self.up[key] = Node(name, size, station, await station.open.remote())
            self._fill()
        except RayTaskError as error:
            self.left_out[key] = f"{name}: {error.cause}"
        except TimeoutError:
            self.left_out[key] = f"{name}: its pool did not start within {_START:g} s"
        except RayActorError as error:
            if error.actor_init_failed:
                self.left_out[key] = f"{name}: {str(error).strip().splitlines()[-1]}"
            # Otherwise it died meanwhile; if its node did not, the next look tries again.
        except RayError:
            pass

    def _why(self) -> str:
        """Why there is nobody to run a candidate."""
        if self.left_out:
            return "the sandbox does not start on the Ray cluster's node " + "; ".join(self.left_out.values())
        return "no node of the Ray cluster is left that has CPUs: start one with `ray start --address=…`"


def walls(nodes: Sequence[Node]) -> dict[str, str]:
    """Wall by wall what stands; node by node where they differ."""
    found: dict[str, str] = {}
    for name in nodes[0].walls if nodes else ():
        states = {node.name: node.walls[name] for node in nodes}
        same = len(set(states.values())) == 1
        found[name] = nodes[0].walls[name] if same else "; ".join(f"{node}: {state}" for node, state in states.items())
    return found


def _connect(address: str) -> None:
    """Connect this process, unless it is already. Raises `SandboxError`."""
    # Ray prints what happens in a cluster to stdout, which is for results; this is how Ray is told not to.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "^")
    try:
        import ray
        from ray.exceptions import RayError
    except ModuleNotFoundError:
        raise SandboxError("a cluster needs Ray, which is not installed: pip install optwright[ray]") from None
    if ray.is_initialized():
        return
    try:
        host, _, port = address.rpartition(":")
        socket.create_connection((host, int(port)), _CONNECT).close()  # Ray itself would try for minutes
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except (OSError, ValueError, RuntimeError, RayError) as error:
        why = str(error).strip().partition("\n")[0]
        raise SandboxError(
            f"no Ray cluster answers at {address!r} ({why}): give host:port as `ray start --head` prints it"
        ) from None


def _present() -> dict[str, dict[str, Any]]:
    """The living nodes with CPUs to offer, by id. A node started with none is meant to run nothing."""
    import ray
    from ray.exceptions import RayError

    if not ray.is_initialized():
        return {}
    with contextlib.suppress(RayError):
        return {node["NodeID"]: node for node in ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1}
    return {}


def _name(facts: dict[str, Any]) -> str:
    return f"{facts['NodeManagerAddress']}:{facts['NodeManagerPort']}"


def _station(key: str, plan: Plan, size: int) -> Any:
    """An actor on that node and no other. It takes none of Ray's CPUs, so that it never waits for one."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    where = NodeAffinitySchedulingStrategy(node_id=key, soft=False)
    actor = ray.remote(Station)
    return actor.options(num_cpus=0, max_concurrency=2 * size + 8, scheduling_strategy=where).remote(plan, size)


def _pack(outcome: Outcome) -> bytes:
    return b"".join(wire.encode({**outcome.model_dump(exclude={"value"}), "value": outcome.value}))


def _unpack(packed: bytes) -> Outcome:
    return Outcome.model_validate(wire.decode(bytearray(packed)))
