"""The sandbox that the settings ask for: on this machine, or on the nodes of a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence

from ..evaluators.program import PRELOAD
from ..sandbox.contract import Sandbox
from ..sandbox.pool import Pool
from ..sandbox.ray_pool import RayPool
from .settings import Settings


def sandbox(settings: Settings, preload: Sequence[str] = PRELOAD, size: int | None = None) -> Sandbox:
    """A pool with these modules, by default what judging programs needs; not started yet.

    `size` programs run at once on this machine (default: the number of CPUs).
    """
    if settings.ray_address is not None:
        return RayPool(settings.ray_address, preload=preload, require_walls=settings.require_walls)
    return Pool(preload=preload, size=size, require_walls=settings.require_walls)
