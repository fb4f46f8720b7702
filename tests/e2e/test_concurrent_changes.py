"""A thousand calls of the control plane at once while records are put: no torn state, no lost change, no lost record."""
import collections
import concurrent.futures
import threading

import botocore.exceptions
import pytest

from support.hydrant import s3_destination
from support.objects import read_all
from support.ports import wait_until

THREADS, TASKS = 20, 500
DESTINATION = "destinationId-000000000001"


class Producer(threading.Thread):
    """Puts numbered lines until told to stop; what was acknowledged must be delivered."""

    def __init__(self, node):
        super().__init__()
        self._client, self._stopping = node.client(), threading.Event()
        self.sent, self.problem = [], None

    def run(self):
        try:
            while not self._stopping.is_set():
                line = b"%d\n" % len(self.sent)
                self._client.put_record(DeliveryStreamName="shared", Record={"Data": line})
                self.sent.append(line)
        except Exception as error:  # raised by the test
            self.problem = error

    def finish(self):
        self._stopping.set()
        self.join()
        assert self.problem is None
        return self.sent


def update_or_lose(client, number):
    """One optimistic update: (version that it made, its prefix), or None when another was quicker."""
    stream = client.describe_delivery_stream(DeliveryStreamName="shared")["DeliveryStreamDescription"]
    version, prefix = int(stream["VersionId"]), f"{number}/"
    destination = stream["Destinations"][0]
    assert destination["S3DestinationDescription"]["Prefix"] == destination["ExtendedS3DestinationDescription"]["Prefix"], "one state, not two"
    try:
        client.update_destination(DeliveryStreamName="shared", CurrentDeliveryStreamVersionId=str(version), DestinationId=DESTINATION,
                                  ExtendedS3DestinationUpdate={"Prefix": prefix})
    except botocore.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "ConcurrentModificationException"
        return None
    return version + 1, prefix


def make_and_remove(client, number):
    name = f"brief-{number}"
    client.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=s3_destination("test-bucket", Prefix="brief/"))
    assert name in client.list_delivery_streams(Limit=1000)["DeliveryStreamNames"]
    client.delete_delivery_stream(DeliveryStreamName=name)


@pytest.mark.slow
def test_a_thousand_calls_while_records_are_put(node, bucket):
    node.create_stream("shared", "test-bucket", Prefix="0/")
    clients = [node.client() for _ in range(THREADS)]
    producer = Producer(node)
    producer.start()

    def work(number):
        client = clients[number % THREADS]
        return make_and_remove(client, number) if number % 10 == 0 else update_or_lose(client, number)
    # 450 updates of two calls, 50 streams of three.
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        made = [result for result in pool.map(work, range(TASKS)) if result]
    sent = producer.finish()

    client = clients[0]
    stream = client.describe_delivery_stream(DeliveryStreamName="shared")["DeliveryStreamDescription"]
    versions = collections.Counter(version for version, _ in made)
    assert sorted(versions) == list(range(2, len(made) + 2)) and max(versions.values()) == 1, "each version was made once"
    assert int(stream["VersionId"]) == len(made) + 1
    assert stream["Destinations"][0]["ExtendedS3DestinationDescription"]["Prefix"] == dict(made)[len(made) + 1]
    wait_until(lambda: client.list_delivery_streams()["DeliveryStreamNames"] == ["shared"], what="the others are gone")
    wait_until(lambda: sorted(read_all(bucket).splitlines(True)) == sorted(sent), what="all that was put, once")
    assert node.stop() == 0
