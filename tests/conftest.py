"""Fixtures: a real S3 server, and hydrant nodes that are stopped when the test ends."""
import os
import pathlib
import signal
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support.disk import SmallDisk  # noqa: E402
from support.fault_proxy import FaultProxy  # noqa: E402
from support.hydrant import Hydrant  # noqa: E402
from support.s3_server import S3Server  # noqa: E402


# A shell starts jobs in the background with SIGINT ignored, and what is ignored is inherited: hydrant leaves it so.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config, items):
    """HYDRANT_TESTS=together leaves out the tests that must run alone, alone leaves out the others; without it all run."""
    share = os.environ.get("HYDRANT_TESTS")
    if share not in ("together", "alone"):
        return
    wanted = [item for item in items if (item.get_closest_marker("alone") is not None) == (share == "alone")]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(wanted)])
    items[:] = wanted


@pytest.fixture
def s3_server(tmp_path):
    server = S3Server(tmp_path / "s3").start()
    yield server
    server.stop()


@pytest.fixture
def proxy(s3_server):
    """Between hydrant and the S3 server; it does no harm until it is told to."""
    proxy = FaultProxy(s3_server.port)
    yield proxy
    proxy.stop()


@pytest.fixture
def proxied_s3(s3_server, proxy):
    """A node's `s3` settings, through the proxy."""
    return s3_server.settings() | {"endpoint": f"http://127.0.0.1:{proxy.port}"}


@pytest.fixture
def make_hydrant(tmp_path):
    """Makes nodes; kills what a test left running, and shows a failing node's log."""
    nodes = []

    def make(name="node", **settings):
        settings.setdefault("s3", {"endpoint": f"file://{tmp_path}/buckets"})
        node = Hydrant(tmp_path / name, **settings)
        nodes.append(node)
        return node

    yield make
    for node in nodes:
        if node.process and node.process.poll() is None:
            node.kill()
        if node.log_path.exists():
            print(f"---- {node.log_path} (last lines)\n" + "\n".join(node.log().splitlines()[-40:]))


@pytest.fixture
def bucket(tmp_path):
    """A bucket of the file sink."""
    path = tmp_path / "buckets" / "test-bucket"
    path.mkdir(parents=True)
    return path


@pytest.fixture
def node(make_hydrant, bucket):
    """A running node that delivers to `bucket`."""
    return make_hydrant().start()


@pytest.fixture
def small_disk(tmp_path):
    """The path of a file system that is quickly full."""
    disk = SmallDisk(tmp_path / "small")
    if not disk.mounted:
        pytest.skip("mounting a small file system is not permitted here")
    yield disk.path
    disk.unmount()
