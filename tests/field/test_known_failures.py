"""Failures that users of other agents have reported, each with its thread, and that they don't happen here."""
import base64
import http.client
import json
import threading
import time

import botocore.exceptions
import pytest

from support.fault_proxy import answer_error, delay
from support.ledger import check_delivered, schedule_seed
from support.metrics import metric
from support.objects import objects
from support.ports import wait_until
from support.segments import log_bytes, segments, shard, write_segment

MEBIBYTE = 1 << 20
MEMORY = {"memory": "64 MiB"}
# What `memory` allows, and the process itself.
GROWTH_MAX = (64 + 64) * MEBIBYTE
NOBODY = {"endpoint": "http://127.0.0.1:1", "access_key_id": "any", "secret_access_key": "any"}
LATE = {"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 900}}


def record(name, size=1000):
    """A line of `size` bytes that begins with its name."""
    return f"{name} ".encode().ljust(size - 1, b".") + b"\n"


def put(client, names, size=1000, stream="logs", at_once=500):
    """By the batch, each of them taken. Returns the names as a set."""
    for at in range(0, len(names), at_once):
        records = [{"Data": record(name, size)} for name in names[at:at + at_once]]
        answer = client.put_record_batch(DeliveryStreamName=stream, Records=records)
        assert answer["FailedPutCount"] == 0
    return set(names)


def put_until_taken(client, names, size, refusals):
    """As the API's guide says: what failed is sent again, and nothing else is."""
    while names:
        try:
            answer = client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": record(n, size)} for n in names])
        except botocore.exceptions.ClientError as error:
            assert error.response["Error"]["Code"] == "ServiceUnavailableException"
            refusals.append(len(names))
            time.sleep(0.05)
            continue
        assert len(answer["RequestResponses"]) == len(names)
        failed = [name for name, entry in zip(names, answer["RequestResponses"]) if "ErrorCode" in entry]
        assert len(failed) == answer["FailedPutCount"]
        names = failed


class SameAgain:
    """Sends one request again and again, made once: so the load is hydrant's, not ours."""

    def __init__(self, node, count, size):
        data = base64.b64encode(b"x" * size).decode()
        self._body = json.dumps({"DeliveryStreamName": "logs", "Records": [{"Data": data}] * count}).encode()
        self._connection = http.client.HTTPConnection("127.0.0.1", node.port, timeout=30)

    def put(self):
        """Whether it was taken; producers are told to slow down when not."""
        headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "Firehose_20150804.PutRecordBatch"}
        self._connection.request("POST", "/", self._body, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        assert answer.status == 200 or b"ServiceUnavailableException" in text, text
        return answer.status == 200


def in_parallel(count, work):
    """work(number) in so many threads; raises what one of them raised."""
    errors = []

    def run(number):
        try:
            work(number)
        except Exception as error:
            errors.append(error)
    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


def drained(node, stream="logs", timeout=40):
    wait_until(lambda: node.stream_state(stream)["backlog_records"] == 0, timeout=timeout, what="everything is delivered")


def test_vector_13455_no_permission_on_the_bucket_loses_nothing_and_the_log_shrinks_afterwards(make_hydrant, s3_server):
    """https://github.com/vectordotdev/vector/issues/13455: without permission on the bucket the S3 sink drops what is
    buffered as not worth a retry; when it is granted only new events arrive, and the buffer's files stay for ever."""
    bucket = s3_server.bucket("test-bucket")
    s3_server.add_user("writer", "writer-secret")
    s3 = s3_server.settings() | {"access_key_id": "writer", "secret_access_key": "writer-secret"}
    node = make_hydrant(s3=s3, log={"segment_size": "4 MiB", "retention": "0"}).start()
    node.create_stream("logs", "test-bucket")
    names = put(node.client(), [f"{n}" for n in range(20_000)])
    error = wait_until(lambda: node.stream_state("logs")["last_error"], what="the operator is told")
    assert error.startswith("S3.AccessDenied") and "s3:PutObject" in error
    assert objects(bucket) == [] and log_bytes(node) > 20 * MEBIBYTE * 0.9
    s3_server.allow_put("writer", "test-bucket")
    drained(node)
    wait_until(lambda: log_bytes(node) <= 4 * MEBIBYTE, what="delivered records leave the disk")
    names |= put(node.client(), ["after"])
    drained(node)
    check_delivered(bucket, names)


def test_vector_20118_a_restart_repeats_nothing(make_hydrant, s3_server):
    """https://github.com/vectordotdev/vector/issues/20118: after a restart data that is in the bucket already is sent
    again, although buffer and acknowledgements are on."""
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings()).start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 0})
    names = set()
    for number, end in enumerate((node.stop, node.kill) * 3):
        names |= put(node.client(), [f"{number}-{n}" for n in range(2000)])
        if number % 3 == 0:
            drained(node)  # else it ends with some on their way
        end()
        node.start()
    drained(node)
    check_delivered(bucket, names)


def test_vector_26035_a_large_backlog_is_not_loaded_at_start(make_hydrant, s3_server):
    """https://github.com/vectordotdev/vector/issues/26035: at start the S3 sink's whole disk buffer is read into memory,
    and the more an outage left there, the surer the process is killed for lack of it, again and again."""
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=NOBODY, log={"durability": "os"}, **MEMORY).start()
    idle = node.rss_bytes()
    node.create_stream("logs", "test-bucket")
    names = put(node.client(), [f"{n}" for n in range(400)], size=500_000, at_once=8)
    assert log_bytes(node) > GROWTH_MAX * 1.4
    node.kill()
    node.settings["s3"] = s3_server.settings()
    begin = time.monotonic()
    node.start()
    assert time.monotonic() - begin < 5
    drained(node)
    assert node.rss_bytes("VmHWM") < idle + GROWTH_MAX
    check_delivered(bucket, names)


def test_vector_18336_a_record_that_cannot_be_read_stops_nothing_behind_it(make_hydrant, bucket, tmp_path):
    """https://github.com/vectordotdev/vector/issues/18336: one record of the disk buffer can't be read back, and nothing
    behind it is ever sent; new events fill the buffer until somebody removes it."""
    node = make_hydrant(s3=NOBODY).start()
    node.create_stream("logs", "test-bucket", **LATE)
    names = put(node.client(), [f"{n}" for n in range(5000)])
    node.kill()
    (segment,) = segments(node)
    data = bytearray(segment.read_bytes())
    data[data.index(record("2250")) + 500] ^= 1
    segment.write_bytes(data)
    node.settings["s3"] = {"endpoint": f"file://{tmp_path}/buckets"}
    node.start()
    names |= put(node.client(), ["after"])
    assert node.stop() == 0
    # Those that were appended with it are gone with it, which is counted; the ones behind are not.
    check_delivered(bucket, names - {f"{n}" for n in range(2000, 2500)})
    node.start()
    assert metric(node, "hydrant_log_lost_records_total") == 500


def test_vector_16666_what_is_buffered_for_one_part_of_a_bucket_waits_for_no_other(make_hydrant, s3_server, proxy, proxied_s3):
    """https://github.com/vectordotdev/vector/issues/16666: with several keys in one bucket objects hold more time than
    the batch's timeout, and what came for one key while another's batch was open is missing."""
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=proxied_s3).start()
    node.create_stream("often", "test-bucket", Prefix="often/", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1})
    node.create_stream("seldom", "test-bucket", Prefix="seldom/", **LATE)
    client, begin, undisturbed = node.client(), time.monotonic(), 4
    names = {"often": set(), "seldom": set()}

    def put_until(end):
        while (now := time.monotonic() - begin) < end:
            for stream in names:
                names[stream] |= put(client, [f"{now:.3f}-{n}" for n in range(20)], stream=stream)
            time.sleep(0.02)
    put_until(undisturbed)
    proxy.schedule(schedule_seed(), share=0.2)
    put_until(2 * undisturbed)
    drained(node, "often")
    assert not (bucket / "seldom").exists(), "its time has not come"
    check_delivered(bucket / "often", names["often"])
    for path in objects(bucket / "often"):
        # A chunk that waits for a slow destination takes more than its time.
        times = [at for line in path.read_bytes().splitlines() if (at := float(line.split(b"-")[0])) < undisturbed]
        assert not times or max(times) - min(times) < 1.5
    proxy.heal()
    assert node.stop() == 0
    check_delivered(bucket / "seldom", names["seldom"])


@pytest.mark.slow
def test_fluent_bit_9312_the_memory_limit_holds_under_overload(make_hydrant, s3_server, proxy, proxied_s3):
    """https://github.com/fluent/fluent-bit/issues/9312: more comes in than the output takes; chunks go to files, as
    configured, and memory grows past its limit all the same."""
    s3_server.bucket("test-bucket")
    node = make_hydrant(s3=proxied_s3, log={"quota": "128 MiB", "durability": "os"}, **MEMORY).start()
    node.create_stream("logs", "test-bucket")
    idle, taken, end = node.rss_bytes(), [], time.monotonic() + 30
    proxy.always(delay(0.1))

    def produce(_):
        producer = SameAgain(node, 400, 8000)
        while sum(taken) * 8000 < 2 * GROWTH_MAX and time.monotonic() < end:
            if producer.put():
                taken.append(400)
    in_parallel(4, produce)
    assert sum(taken) * 8000 >= 2 * GROWTH_MAX
    proxy.heal()
    drained(node)
    assert node.stream_state("logs")["delivered_records"] == sum(taken)
    assert node.rss_bytes("VmHWM") < idle + GROWTH_MAX


@pytest.mark.slow
def test_fluent_bit_6082_memory_is_constant_while_the_destination_does_not_exist(make_hydrant):
    """https://github.com/fluent/fluent-bit/issues/6082: the output's host does not exist and 10 GB of files may be used;
    the files are written, and memory grows with them until the process is killed."""
    nowhere = NOBODY | {"endpoint": "http://not-existing-target.invalid:1234"}
    node = make_hydrant(s3=nowhere, log={"durability": "os"}, **MEMORY).start()
    node.create_stream("logs", "test-bucket")
    idle, producer = node.rss_bytes(), SameAgain(node, 500, 2000)

    def grow_by(bytes_more):
        """The largest memory while the log grows by so much."""
        end = log_bytes(node) + bytes_more
        while log_bytes(node) < end:
            assert producer.put()
        return node.rss_bytes("VmHWM")
    before = grow_by(128 * MEBIBYTE)
    after = grow_by(256 * MEBIBYTE)
    assert after < idle + GROWTH_MAX
    assert after - before < 16 * MEBIBYTE, "it does not grow with the files"


def test_fluent_bit_7461_backpressure_reaches_the_producer(make_hydrant, s3_server):
    """https://github.com/fluent/fluent-bit/issues/7461: with file storage inputs are never paused, whatever is used up,
    and who sends never hears of it."""
    bucket = s3_server.bucket("test-bucket")
    s3_server.stop()
    node = make_hydrant(s3=s3_server.settings(), log={"quota": "64 MiB", "segment_size": "4 MiB", "durability": "os"}).start()
    node.create_stream("logs", "test-bucket")
    names, refusal = set(), None
    for number in range(40):
        try:
            names |= put(node.client(), [f"{number}-{n}" for n in range(8)], size=500_000)
        except botocore.exceptions.ClientError as error:
            refusal = error.response
            break
    assert refusal["Error"] == {"Code": "ServiceUnavailableException", "Message": "Slow down."}
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 503
    # A producer that does no more than the SDK's own retries gets through once the destination is back.
    s3_server.start()
    names |= put(node.client(retries=10), ["patient"])
    drained(node)
    check_delivered(bucket, names)


def test_fluent_bit_3917_a_burst_is_neither_lost_nor_doubled(make_hydrant, s3_server, proxy, proxied_s3):
    """https://github.com/fluent/fluent-bit/issues/3917: a burst of 25,000 logs for Firehose crashes the plugin in one
    version, loses logs in another, and sends them more than once in a third."""
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=proxied_s3, **MEMORY).start()
    node.create_stream("logs", "test-bucket")
    proxy.schedule(schedule_seed(), share=0.2)
    names = [[f"{thread}-{n}" for n in range(3125)] for thread in range(8)]

    def burst(thread):
        client = node.client()
        for at in range(0, len(names[thread]), 500):
            put_until_taken(client, names[thread][at:at + 500], 1000, [])
    in_parallel(8, burst)
    drained(node)
    assert len(check_delivered(bucket, set().union(*names))) == 25_000


def test_fluent_bit_6369_sending_again_what_failed_doubles_nothing(make_hydrant, s3_server, proxy, proxied_s3):
    """https://github.com/fluent/fluent-bit/issues/6369: a PutRecordBatch fails in part, and the whole batch is sent again:
    what had been taken is there twice. Here an answer names exactly what was not taken: all of a batch, or nothing."""
    bucket = s3_server.bucket("test-bucket")
    log = {"quota": "64 MiB", "segment_size": "4 MiB", "retention": "0", "durability": "os"}
    node = make_hydrant(s3=proxied_s3, log=log, **MEMORY).start()
    node.create_stream("logs", "test-bucket")
    too_large = [{"Data": record("refused-1")}, {"Data": b"x" * 1_024_001}, {"Data": record("refused-2")}]
    with pytest.raises(botocore.exceptions.ClientError):
        node.client().put_record_batch(DeliveryStreamName="logs", Records=too_large)
    proxy.always(answer_error(503, "SlowDown"))
    names = [[f"{thread}-{n}" for n in range(160)] for thread in range(4)]
    refusals = []

    def send(thread):
        if thread == len(names):
            wait_until(lambda: refusals, timeout=60, what="128 MB do not fit into a log of 64 MiB")
            return proxy.heal()
        client = node.client()
        for at in range(0, len(names[thread]), 20):
            put_until_taken(client, names[thread][at:at + 20], 200_000, refusals)
    in_parallel(len(names) + 1, send)
    drained(node)
    check_delivered(bucket, set().union(*names))


def test_aws_for_fluent_bit_882_thousands_of_accumulated_files_are_delivered(make_hydrant, bucket, tmp_path):
    """https://github.com/aws/aws-for-fluent-bit/issues/882: an outage leaves so many buffer files that the agent never
    gets through them: it uses up memory and CPU, and the backlog grows when the output is long well."""
    node = make_hydrant(s3=NOBODY, log={"segment_size": "4 MiB", "retention": "0"}, **MEMORY).start()
    idle = node.rss_bytes()
    node.create_stream("logs", "test-bucket")
    names = put(node.client(), ["first"])
    node.kill()
    for number in range(3000):
        of_segment = [f"{number}-{n}" for n in range(3)]
        write_segment(shard(node) / "log", 1 + 3 * number, [record(name, 100) for name in of_segment])
        names |= set(of_segment)
    node.settings["s3"] = {"endpoint": f"file://{tmp_path}/buckets"}
    begin = time.monotonic()
    node.start()
    drained(node)
    assert time.monotonic() - begin < 20
    names |= put(node.client(), ["after"])
    drained(node)
    check_delivered(bucket, names)
    wait_until(lambda: len(segments(node)) < 5, what="the files are gone")
    assert node.rss_bytes("VmHWM") < idle + GROWTH_MAX
