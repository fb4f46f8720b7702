"""Nodes that many cases share, and the count of cases by what their expectations rest on."""
import pytest

from support.api_client import ApiClient
from support.case_files import KINDS, counts, fixtures, load_cases
from support.hydrant import Hydrant


@pytest.fixture(scope="session")
def api(tmp_path_factory):
    """A function from a kind of node (fixtures.yaml) to a client of a running one."""
    nodes, clients = {}, {}

    def node(kind):
        if kind not in nodes or nodes[kind].process.poll() is not None:
            folder = tmp_path_factory.mktemp(kind)
            buckets = folder / "buckets"
            (buckets / "conformance-bucket").mkdir(parents=True)
            settings = {"s3": {"endpoint": f"file://{buckets}"}, "log": {"durability": "memory"}}
            nodes[kind] = Hydrant(folder / "node", **settings | (fixtures()["nodes"][kind] or {})).start()
            clients[kind] = ApiClient(nodes[kind])
        return clients[kind]

    yield node
    for running in nodes.values():
        if running.process.poll() is None:
            running.kill()


def pytest_terminal_summary(terminalreporter):
    """How many cases are documented, observed and judged, by operation; and how many of them failed."""
    failed = {report.nodeid for report in terminalreporter.stats.get("failed", [])}
    ran = sum("test_conformance.py::test_case" in report.nodeid
              for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, []))
    if not ran:
        return
    terminalreporter.section("conformance")
    terminalreporter.line(f"{len(load_cases())} cases, {ran} ran, {sum('::test_case[' in name for name in failed)} failed")
    for operation, row in counts().items():
        terminalreporter.line(f"  {operation:32} " + "  ".join(f"{count:4} {kind}" for count, kind in zip(row, KINDS)))

