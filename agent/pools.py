"""The sandbox that the settings ask for: on this machine, or on the nodes of a Ray cluster."""

from __future__ import annotations

from ..evaluators.program import PRELOAD
from ..sandbox.contract import Sandbox
from ..sandbox.pool import Pool
from ..sandbox.ray_pool import RayPool
from .settings import Settings


def sandbox(settings: Settings) -> Sandbox:
    """A pool with what judging programs needs; not started yet."""
    if settings.ray_address is not None:
        return RayPool(settings.ray_address, preload=PRELOAD, require_walls=settings.require_walls)
    return Pool(preload=PRELOAD, require_walls=settings.require_walls)
