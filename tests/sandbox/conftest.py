"""What several tests of the sandbox share: a driver module, and a Ray cluster."""

import logging
import sys
from pathlib import Path

import optwright
import pytest
from ray_cluster import Cluster

DRIVER = """
def drive(program, factor):
    return [program.f(factor), program.__name__]
def fail(program):
    raise ValueError("the driver failed")
"""


@pytest.fixture(scope="package")
def drivers(tmp_path_factory):
    """A folder on the path of whatever runs here, with a module to preload."""
    folder = tmp_path_factory.mktemp("drivers")
    (folder / "sandbox_test_driver.py").write_text(DRIVER)
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))


@pytest.fixture(scope="package")
def cluster(drivers):
    """A head of one CPU, to which this process is connected; the tests add other nodes and kill them."""
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install optwright[ray]")
    cluster = Cluster([str(Path(optwright.__file__).parents[1]), str(drivers)])
    try:
        ray.init(cluster.address, _node_ip_address=cluster.head, log_to_driver=False, logging_level=logging.ERROR)
        yield cluster
    finally:
        ray.shutdown()
        cluster.close()
    assert not cluster.left()
