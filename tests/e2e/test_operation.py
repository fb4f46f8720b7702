"""What an operator looks at: metrics, health, streams, log lines; and many streams at once."""
import concurrent.futures
import json
import re
import signal
import subprocess
import urllib.request

import pytest

from support.hydrant import BINARY
from support.objects import objects, read_all
from support.ports import wait_until

SAMPLE = re.compile(r'^[a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_]\w*="(\\.|[^"\\])*",?)*\})? (-?[0-9.eE+-]+|NaN|[+-]Inf)( \d+)?$')


def metrics(node):
    """name{labels} → value of the Prometheus text."""
    status, text = node.admin("/metrics")
    assert status == 200
    values = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            assert SAMPLE.match(line), line
            series, _, value = line.rpartition(" ")
            values[series] = float(value)
    return values


def total(values, name, **labels):
    """Sum of the series of that name with those labels."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return sum(value for series, value in values.items()
               if series.split("{")[0] == name and all(label in series for label in wanted))


def test_health_and_ready(node):
    status, body = node.admin("/health")
    assert status == 200 and json.loads(body)["status"] == "ok"
    assert node.admin("/ready")[0] == 200
    assert node.admin("/nothing-here")[0] == 404


def test_metrics_count_what_happened(node, bucket):
    node.create_stream("logs", "test-bucket")
    node.client().put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"x" * 100}] * 250)
    wait_until(lambda: read_all(bucket) == b"x" * 25_000, what="delivery")
    # Firehose's IncomingRecords and IncomingBytes, DeliveryToS3.Records and .Bytes.
    def counted():
        values = metrics(node)
        return (total(values, "hydrant_incoming_records_total", stream="logs") == 250
                and total(values, "hydrant_incoming_bytes_total", stream="logs") == 25_000
                and total(values, "hydrant_delivered_records_total", stream="logs") == 250)
    wait_until(counted, what="the counters agree with what was sent")
    text = node.admin("/metrics")[1]
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name = re.match(r"[a-zA-Z0-9_:]+", line).group()
            family = re.sub(r"_(bucket|sum|count)$", "", name)
            assert f"# HELP {family} " in text or f"# HELP {name} " in text, f"{name} has no help"


def test_streams_says_state_and_backlog(node, bucket):
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900})
    node.client().put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"x" * 100}] * 10)
    state = wait_until(lambda: (lambda s: s["backlog_records"] == 10 and s)(node.stream_state("logs")), what="ten records wait")
    assert state["state"] == "running"
    assert "test-bucket" in state["destination"]
    assert state["backlog_bytes"] >= 1000
    assert state["lag_seconds"] >= 0
    result = subprocess.run([BINARY, "streams", "--config", node.config_path], capture_output=True, text=True, timeout=10)
    assert result.returncode == 0 and "logs" in result.stdout and "running" in result.stdout


def test_put_sends_standard_input(node, bucket):
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1})
    lines = b"".join(b"line %d\n" % number for number in range(12_345))
    result = subprocess.run([BINARY, "put", "logs", "--config", node.config_path], input=lines, capture_output=True, timeout=30)
    assert result.returncode == 0, result.stderr
    wait_until(lambda: read_all(bucket, lines) == lines, what="every line is delivered")
    missing = subprocess.run([BINARY, "put", "none", "--config", node.config_path], input=b"x\n", capture_output=True, timeout=30)
    assert missing.returncode != 0 and b"none" in missing.stderr


@pytest.mark.parametrize("number,code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_put_says_what_was_acknowledged(node, bucket, number, code):
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 900})
    put = subprocess.Popen([BINARY, "put", "logs", "--config", node.config_path], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    put.stdin.write(b"one\ntwo\n")
    put.stdin.flush()
    wait_until(lambda: node.stream_state("logs")["backlog_records"] == 2, what="both lines are there")
    put.send_signal(number)
    _, error = put.communicate(timeout=10)  # the input stays open until here
    assert put.returncode == code
    assert b"acknowledged: 2 records" in error and b"interrupted" in error


def test_an_interrupted_put_waits_for_no_node(node, bucket):
    put = subprocess.Popen([BINARY, "put", "logs", "--endpoint", "http://127.0.0.1:1"], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    put.stdin.write(b"one\n")
    put.stdin.flush()
    assert b"waiting: " in put.stderr.readline()
    put.send_signal(signal.SIGINT)
    _, error = put.communicate(timeout=10)
    assert put.returncode == 130
    assert b"acknowledged: 0 records" in error and b"1 records that were read are not acknowledged" in error


def test_a_put_that_is_early_waits_for_the_node(make_hydrant, bucket):
    node = make_hydrant().start()
    node.create_stream("logs", "test-bucket")
    assert node.stop() == 0
    put = subprocess.Popen([BINARY, "put", "logs", "--endpoint", node.endpoint], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    put.stdin.write(b"early\n")
    put.stdin.close()
    assert b"waiting: " in put.stderr.readline()
    node.start()
    assert put.wait(30) == 0
    wait_until(lambda: read_all(bucket) == b"early\n", what="delivery")


def test_an_escaped_name_and_rounded_rates(node, bucket):
    node.create_stream("logs", "test-bucket")
    request = urllib.request.Request(f"{node.endpoint}/streams/log%73/lines", data=b"x\n", method="POST")
    with urllib.request.urlopen(request, timeout=5) as response:
        assert json.load(response)["records"] == 1
    rate = wait_until(lambda: (lambda r: 0 < r < 0.1 and r)(node.stream_state("logs")["records_in_per_second"]), what="the rate falls")
    assert rate == round(rate, 3)


def test_log_lines_are_json_when_not_on_a_terminal(node, bucket):
    node.create_stream("logs", "test-bucket")
    assert node.stop() == 0
    lines = node.log().splitlines()
    assert lines
    for line in lines:
        assert isinstance(json.loads(line), dict), line


def test_idle_memory_is_small(node):
    assert node.rss_bytes() < 40 << 20


def test_many_streams_at_once(make_hydrant, bucket):
    node = make_hydrant().start()
    client = node.client(retries=4)
    names = [f"stream-{number:03d}" for number in range(100)]
    for name in names:
        node.create_stream(name, "test-bucket", client, Prefix=f"{name}/", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1})

    def put(name):
        for number in range(3):
            client.put_record(DeliveryStreamName=name, Record={"Data": f"{name} {number}\n".encode()})
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(put, names))
    assert node.stop() == 0
    for name in names:
        sent = "".join(f"{name} {number}\n" for number in range(3)).encode()
        assert read_all(bucket / name, sent) == sent
    assert len(objects(bucket)) <= 300
