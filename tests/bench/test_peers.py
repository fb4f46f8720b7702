"""Loss is counted for peers as for hydrant."""
import collections
import pathlib

import pytest

from peer_runs import measure
from peer_runs.setups import Setup

SETUP = Setup("rsyslog", "nothing", [], pathlib.Path())


@pytest.fixture(autouse=True)
def any_version(monkeypatch):
    monkeypatch.setattr(measure, "version", lambda program: "1")


@pytest.mark.parametrize("found,lost,duplicates", [
    ([b"a\n", b"b\n", b"b\n"], 0, 0),
    ([b"a\n", b"b\n"], 1, 0),
    ([], 3, 0),
    # One lost and one doubled are not nothing.
    ([b"a\n", b"a\n", b"b\n"], 1, 1),
    # What was never sent is no record of ours.
    ([b"a\n", b"b\n", b"b\n", b"c\n"], 0, 1)])
def test_lines_are_compared_by_content(found, lost, duplicates):
    row = measure.figures(SETUP, collections.Counter([b"a\n", b"b\n", b"b\n"]), collections.Counter(found))
    assert (row["records"], row["lost"], row["duplicates"]) == (3, lost, duplicates)
