"""Damage on disk: said once, in so many words; nothing thrown away; counted right."""
import json
import pathlib
import re
import time

import pytest

from support.objects import read_all
from support.ports import wait_until
from support.segments import segments, shard

LATE = {"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900}}


def problems(node):
    return [problem["detail"] for problem in json.loads(node.admin("/health")[1])["problems"]]


def lost(node):
    return int(re.search(r'^hydrant_log_lost_records_total\{stream="logs"\} (\d+)', node.admin("/metrics")[1], re.M).group(1))


def put(node, first, count, size=1000):
    """Numbered records of `size` bytes, by 500."""
    client = node.client()
    records = [b"%09d" % number + b"." * (size - 10) + b"\n" for number in range(first, first + count)]
    for at in range(0, count, 500):
        answer = client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": r} for r in records[at:at + 500]])
        assert answer["FailedPutCount"] == 0
    return records


@pytest.mark.parametrize("left", [None, b"", b"\xa5" * 5000])
def test_a_lost_ledger_delivers_again_and_says_so(make_hydrant, bucket, left):
    node = make_hydrant().start()
    node.create_stream("logs", "test-bucket")
    records = b"".join(put(node, 0, 100))
    wait_until(lambda: read_all(bucket) == records, what="delivery")
    node.kill()
    ledger = shard(node) / "ledger"
    ledger.unlink() if left is None else ledger.write_bytes(left)
    node.start()
    wait_until(lambda: sorted(read_all(bucket).split()) == sorted((records * 2).split()), what="all is delivered again")
    (problem,) = problems(node)
    assert str(ledger) in problem and "100 records are delivered again" in problem
    lines = [json.loads(line) for line in node.log().splitlines()]
    (line,) = [line for line in lines if "what the log holds is delivered again" in line["message"]]
    assert line["level"] == "error" and line["shard"] == "logs/0" and line["records"] == 100 and "restore" in line["mend"]
    if left is not None:
        assert ledger.with_name("ledger.damaged").read_bytes() == left
    assert lost(node) == 0
    node.kill()
    node.start()
    assert problems(node) == []


@pytest.mark.parametrize("size", [0, 30])
def test_a_truncated_last_segment_is_kept_and_named(make_hydrant, bucket, size):
    node = make_hydrant(log={"segment_size": "4 MiB"}).start()
    node.create_stream("logs", "test-bucket", **LATE)
    records = put(node, 0, 10_000)
    node.kill()
    last = segments(node)[-1]
    first = int(last.name.split("-")[0])
    assert first > 0
    with open(last, "r+b") as file:
        file.truncate(size)
    node.start()
    (problem,) = problems(node)
    assert f"{last}.damaged" in problem and f"from position {first} on" in problem
    assert last.with_name(last.name + ".damaged").stat().st_size == size
    assert node.stop() == 0
    assert read_all(bucket) == b"".join(records[:first])


def test_one_damaged_range_is_told_once_and_counted_right(make_hydrant, bucket, tmp_path):
    away = {"endpoint": "http://127.0.0.1:1", "access_key_id": "any", "secret_access_key": "any"}
    node = make_hydrant(s3=away, log={"segment_size": "8 MiB"}).start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1})
    records = put(node, 0, 12_000)
    wait_until(lambda: (shard(node) / "ledger").read_bytes().count(b'"seal"') >= 4, what="chunks are sealed")
    node.kill()
    with open(segments(node)[0], "r+b") as file:
        file.seek(1_500_000)
        file.write(bytes(2_000_000))

    # The chunks that cross it are built again, and stay open.
    node.start()

    def settled():
        before = lost(node)
        time.sleep(0.5)
        return before >= 1900 and lost(node) == before and before
    count = wait_until(settled, what="the lost records are counted")
    node.kill()
    node.settings["s3"] = {"endpoint": f"file://{tmp_path}/buckets"}
    node.start()
    wait_until(lambda: node.stream_state("logs")["backlog_records"] == 0, what="the rest is delivered")
    assert lost(node) == count == len(records) - len(read_all(bucket).splitlines())
    assert node.stream_state("logs")["delivered_records"] == len(records) - count
    assert node.log().count("Records were lost to damage") == 1
    begins = [json.loads(line)["positions_begin"] for line in node.log().splitlines() if "damage in a record log" in line]
    assert begins and len(begins) == len(set(begins))
    assert set(read_all(bucket).splitlines(True)) < set(records)


def test_a_damaged_line_of_a_ledger_is_skipped_and_the_stream_runs(make_hydrant, bucket):
    node = make_hydrant().start()
    node.create_stream("logs", "test-bucket", **LATE)
    first = b"".join(put(node, 0, 100))
    assert node.stop() == 0
    assert read_all(bucket) == first
    ledger = shard(node) / "ledger"
    lines = ledger.read_bytes().split(b"\n")
    assert b'"seal"' in lines[2] and b'"done"' in lines[3]
    lines[2] = b"0" * len(lines[2])
    damaged = b"\n".join(lines)
    ledger.write_bytes(damaged)
    node.start()
    assert node.stream_state("logs")["state"] == "running"
    (problem,) = problems(node)
    assert str(ledger) in problem and "2 of them were skipped, the first is line 3" in problem
    assert "Lines of a ledger were not readable" in node.log()
    assert ledger.with_name("ledger.damaged").read_bytes() == damaged
    second = b"".join(put(node, 100, 100))
    assert node.stop(timeout=20) == 0
    assert sorted(read_all(bucket).split()) == sorted((first * 2 + second).split())
    assert lost(node.start()) == 0
    assert problems(node) == []


@pytest.mark.parametrize("gone", [False, True])
def test_producers_keep_records_of_a_stream_whose_definition_is_damaged(make_hydrant, bucket, gone):
    node = make_hydrant().start()
    node.create_stream("logs", "test-bucket", **LATE)
    records = b"".join(put(node, 0, 100))
    node.kill()
    definition = pathlib.Path(node.settings["data_dir"], "catalog", "logs.json")
    good = definition.read_bytes()
    definition.write_bytes(good[:40] + b"#" + good[41:])
    for _ in range(2):  # it is said at every start
        node.start()
        assert any("logs.json" in problem for problem in problems(node))
        with pytest.raises(Exception, match="ServiceUnavailable"):
            put(node, 100, 1)
        with pytest.raises(Exception, match="ResourceInUse"):
            node.create_stream("logs", "test-bucket")
        node.kill()
    aside = definition.with_name("logs.json.damaged")
    if gone:  # nobody has a copy
        aside.unlink()
        node.start()
        node.create_stream("logs", "test-bucket", **LATE)
        put(node, 100, 1)
        return
    definition.write_bytes(good)
    node.start()
    assert problems(node) == []
    assert node.stop() == 0
    assert read_all(bucket) == records
