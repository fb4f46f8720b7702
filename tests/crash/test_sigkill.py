"""SIGKILL at random moments while numbered records are sent: every acknowledged record is in the bucket, nothing is there twice.

Each attempt to send a record has an id of its own, so that an id found twice is always a duplicate of ours. A record whose
acknowledgement was not received may be there or not: it was never promised.
"""
import collections
import itertools
import os
import random
import threading
import time

import botocore.exceptions
import pytest

from support.objects import DECOMPRESS, objects
from support.ports import wait_until

KILLS = int(os.environ.get("HYDRANT_TEST_KILLS", 55))
CONNECTIONS = 4
# What a client sees of a node that is not there, or goes away under its request.
GONE = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)


class Producer(threading.Thread):
    """Sends batches over one connection until told to stop."""

    def __init__(self, node, number):
        super().__init__(daemon=True)
        self._node, self._number = node, number
        self._ids = itertools.count()
        self._rng = random.Random(number)
        self.stopping = threading.Event()
        self.acknowledged, self.unknown = set(), set()
        self.problem = None

    def _next_id(self):
        return f"{self._number}-{next(self._ids)}"

    def run(self):
        client = self._node.client()
        try:
            while not self.stopping.is_set():
                self._send(client)
        except Exception as error:  # reported by the test
            self.problem = error

    def _send(self, client):
        ids = [self._next_id() for _ in range(self._rng.choice((1, 10, 100, 500)))]
        records = [{"Data": f"{i} {'.' * self._rng.randint(0, 400)}\n".encode()} for i in ids]
        try:
            answer = client.put_record_batch(DeliveryStreamName="logs", Records=records)
        except GONE:
            self.unknown.update(ids)
            time.sleep(0.01)
            return
        except botocore.exceptions.ClientError as error:
            # Refused in so many words: "Slow down." while it starts or stops.
            assert error.response["Error"]["Code"] == "ServiceUnavailableException", error
            time.sleep(0.05)
            return
        for i, entry in zip(ids, answer["RequestResponses"]):
            if "RecordId" in entry:
                self.acknowledged.add(i)


def kill_again_and_again(node, rng):
    for _ in range(KILLS):
        # Sometimes right after the start, in the middle of recovery; mostly under load.
        time.sleep(rng.choice((0, rng.uniform(0, 0.1), rng.uniform(0.1, 0.8))))
        node.kill()
        node.spawn() if rng.random() < 0.2 else node.start()


@pytest.mark.slow
@pytest.mark.parametrize("destination", ["file", "s3"])
@pytest.mark.parametrize("compression", ["GZIP"])
def test_every_acknowledged_record_arrives_once(make_hydrant, bucket, s3_server, destination, compression):
    seed = int(os.environ.get("HYDRANT_TEST_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: run again with HYDRANT_TEST_SEED={seed}")
    settings = {"log": {"segment_size": "4 MiB"}}
    if destination == "s3":
        bucket = s3_server.bucket("test-bucket")
        settings["s3"] = s3_server.settings()
    node = make_hydrant(**settings).start()
    node.create_stream("logs", "test-bucket", CompressionFormat=compression,
                       BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1})
    producers = [Producer(node, number) for number in range(CONNECTIONS)]
    for producer in producers:
        producer.start()
    kill_again_and_again(node, random.Random(seed))
    if node.process.poll() is not None:
        node.start()
    for producer in producers:
        producer.stopping.set()
    for producer in producers:
        producer.join(60)
        assert producer.problem is None
    wait_until(lambda: node.admin("/ready")[0] == 200, what="ready after the last start")
    assert node.stop() == 0

    where = collections.defaultdict(list)
    for path in objects(bucket):
        for line in DECOMPRESS[compression](path.read_bytes()).splitlines():
            where[line.split()[0].decode()].append(path.name)
    acknowledged = set().union(*(producer.acknowledged for producer in producers))
    unknown = set().union(*(producer.unknown for producer in producers))
    print(f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(unknown)} unknown, {len(where)} delivered in {len(objects(bucket))} objects")
    lost = acknowledged - where.keys()
    twice = {i: paths for i, paths in where.items() if len(paths) > 1}
    invented = where.keys() - acknowledged - unknown
    assert not lost, f"{len(lost)} acknowledged records are not in the bucket, such as {sorted(lost)[:5]}"
    assert not twice, f"{len(twice)} records are there more than once, such as {dict(itertools.islice(twice.items(), 3))}"
    assert not invented, f"{len(invented)} records are there that were refused, such as {sorted(invented)[:5]}"
    assert len(acknowledged) > 1000
