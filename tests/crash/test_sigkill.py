"""SIGKILL at random moments while numbered records are sent: every acknowledged record is in the bucket, nothing is there twice."""
import os
import random
import time

import pytest

from support.ledger import Producers, schedule_seed
from support.ports import wait_until

KILLS = int(os.environ.get("HYDRANT_TEST_KILLS", 55))
CONNECTIONS = 4


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
    rng = random.Random(schedule_seed())
    settings = {"log": {"segment_size": "4 MiB"}}
    if destination == "s3":
        bucket = s3_server.bucket("test-bucket")
        settings["s3"] = s3_server.settings()
    node = make_hydrant(**settings).start()
    node.create_stream("logs", "test-bucket", CompressionFormat=compression,
                       BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1})
    with Producers(node, CONNECTIONS) as producers:
        kill_again_and_again(node, rng)
        if node.process.poll() is not None:
            node.start()
    wait_until(lambda: node.admin("/ready")[0] == 200, what="ready after the last start")
    assert node.stop() == 0
    assert len(producers.check(bucket, compression)) > 1000
