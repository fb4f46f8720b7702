"""What producers were promised, and whether it was kept.

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

from .objects import DECOMPRESS, objects

# What a client sees of a node that is not there, or goes away under its request.
GONE = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)


def schedule_seed():
    """The seed of a random schedule: printed, so that it can run again."""
    seed = int(os.environ.get("HYDRANT_TEST_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}: run again with HYDRANT_TEST_SEED={seed}")
    return seed


class Producer(threading.Thread):
    """Sends batches over one connection until told to stop, with `pause` seconds between them."""

    def __init__(self, node, number, stream="logs", pause=0.0, sizes=(1, 10, 100, 500), filler_max=400):
        super().__init__(daemon=True)
        self._node, self._number, self._stream = node, number, stream
        self._pause, self._sizes, self._filler_max = pause, sizes, filler_max
        self._ids = itertools.count()
        self._rng = random.Random(number)
        self.stopping = threading.Event()
        self.acknowledged, self.unknown = set(), set()
        self.refusals = 0
        self.problem = None

    def _next_id(self):
        return f"{self._number}-{next(self._ids)}"

    def run(self):
        client = self._node.client()
        try:
            while not self.stopping.is_set():
                self._send(client)
                self.stopping.wait(self._pause)
        except Exception as error:  # reported by the test
            self.problem = error

    def _send(self, client):
        ids = [self._next_id() for _ in range(self._rng.choice(self._sizes))]
        records = [{"Data": f"{i} {'.' * self._rng.randint(0, self._filler_max)}\n".encode()} for i in ids]
        try:
            answer = client.put_record_batch(DeliveryStreamName=self._stream, Records=records)
        except GONE:
            self.unknown.update(ids)
            time.sleep(0.01)
            return
        except botocore.exceptions.ClientError as error:
            # Refused in so many words: "Slow down." while it starts or stops, or has no room.
            assert error.response["Error"]["Code"] == "ServiceUnavailableException", error
            self.refusals += 1
            time.sleep(0.05)
            return
        for i, entry in zip(ids, answer["RequestResponses"]):
            if "RecordId" in entry:
                self.acknowledged.add(i)


class Producers:
    """Several of them as a context: they have stopped when it ends."""

    def __init__(self, node, count, **options):
        self._all = [Producer(node, number, **options) for number in range(count)]

    def __enter__(self):
        for producer in self._all:
            producer.start()
        return self

    def __exit__(self, *_):
        for producer in self._all:
            producer.stopping.set()
        for producer in self._all:
            producer.join(60)

    @property
    def acknowledged(self):
        return set().union(*(producer.acknowledged for producer in self._all))

    @property
    def refusals(self):
        return sum(producer.refusals for producer in self._all)

    def check(self, bucket, compression="UNCOMPRESSED"):
        """Every acknowledged record is in the bucket, none twice, and none that was refused. Returns the acknowledged."""
        assert [producer.problem for producer in self._all if producer.problem] == []
        unknown = set().union(*(producer.unknown for producer in self._all))
        return check_delivered(bucket, self.acknowledged, unknown, compression)


def check_delivered(bucket, acknowledged, unknown=frozenset(), compression="UNCOMPRESSED"):
    where = collections.defaultdict(list)
    for path in objects(bucket):
        for line in DECOMPRESS[compression](path.read_bytes()).splitlines():
            where[line.split()[0].decode()].append(path.name)
    print(f"{len(acknowledged)} acknowledged, {len(unknown)} unknown, {len(where)} delivered in {len(objects(bucket))} objects")
    lost = acknowledged - where.keys()
    twice = {i: paths for i, paths in where.items() if len(paths) > 1}
    invented = where.keys() - acknowledged - unknown
    assert not lost, f"{len(lost)} acknowledged records are not in the bucket, such as {sorted(lost)[:5]}"
    assert not twice, f"{len(twice)} records are there more than once, such as {dict(itertools.islice(twice.items(), 3))}"
    assert not invented, f"{len(invented)} records are there that were refused, such as {sorted(invented)[:5]}"
    return acknowledged
