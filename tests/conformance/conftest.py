"""Nodes that many cases share, and the count of cases by what their expectations rest on."""
import collections

import pytest

from support.api_client import ApiClient
from support.case_files import KINDS, fixtures, load_cases
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
    counts = collections.Counter(case.kind for case in load_cases())
    terminalreporter.section("conformance")
    terminalreporter.line(f"{len(load_cases())} cases: " + ", ".join(f"{counts[kind]} {kind}" for kind in KINDS)
                          + f"; {ran} ran, {sum('::test_case[' in name for name in failed)} failed")
    by_operation = collections.defaultdict(collections.Counter)
    for case in load_cases():
        by_operation[case.operation][case.kind] += 1
    for operation, kinds in sorted(by_operation.items()):
        terminalreporter.line(f"  {operation:32} " + "  ".join(f"{kinds[kind]:4} {kind}" for kind in KINDS))

