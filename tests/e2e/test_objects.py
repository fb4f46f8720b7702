"""What a bucket holds afterwards: keys, compression, buffering, byte for byte."""
import datetime
import json
import re
import time

import pytest

from support.objects import DECOMPRESS, EXTENSIONS, key_pattern, objects, read_all
from support.ports import wait_until

BINARY = bytes(range(256)) * 300 + b"\n"
TEXT = [b'{"line":%d,"text":"the same words again and again"}\n' % number for number in range(3000)]


def put_all(client, stream, records):
    for start in range(0, len(records), 500):
        answer = client.put_record_batch(DeliveryStreamName=stream, Records=[{"Data": data} for data in records[start:start + 500]])
        assert answer["FailedPutCount"] == 0


@pytest.mark.parametrize("compression", DECOMPRESS)
@pytest.mark.parametrize("destination", ["file", "s3"])
def test_objects_are_byte_for_byte_what_was_put(make_hydrant, bucket, s3_server, compression, destination):
    if destination == "s3":
        bucket = s3_server.bucket("test-bucket")
        node = make_hydrant(s3=s3_server.settings()).start()
    else:
        node = make_hydrant().start()
    client = node.client()
    node.create_stream("logs", "test-bucket", client, CompressionFormat=compression)
    records = [BINARY, *TEXT, b"\x00", BINARY]
    put_all(client, "logs", records)
    sent = b"".join(records)
    wait_until(lambda: len(read_all(bucket, sent, compression)) >= len(sent), what="everything is delivered")
    assert read_all(bucket, sent, compression) == sent
    pattern = key_pattern("logs", extension=EXTENSIONS[compression])
    for path in objects(bucket):
        assert pattern.match(str(path.relative_to(bucket))), path


def test_key_says_stream_version_and_time(node, bucket):
    node.create_stream("my.stream-1", "test-bucket", Prefix="raw/")
    before = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
    node.client().put_record(DeliveryStreamName="my.stream-1", Record={"Data": b"x"})
    (path,) = wait_until(lambda: objects(bucket), what="an object")
    key = str(path.relative_to(bucket))
    assert key_pattern("my.stream-1", prefix=r"raw/\d{4}/\d\d/\d\d/\d\d/").match(key), key
    stamp = re.search(r"-1-(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)-", key).group(1)
    made = datetime.datetime.strptime(stamp + "+0000", "%Y-%m-%d-%H-%M-%S%z")
    assert before <= made <= datetime.datetime.now(datetime.timezone.utc)
    assert key.startswith(made.strftime("raw/%Y/%m/%d/%H/")), "prefix and name tell the same time"


def test_prefix_expressions_time_zone_and_extension(node, bucket):
    node.create_stream("logs", "test-bucket", Prefix="y=!{timestamp:yyyy}/'d'/!{firehose:random-string}/",
                       ErrorOutputPrefix="errors/!{firehose:error-output-type}/", FileExtension=".ndjson",
                       CustomTimeZone="Asia/Tokyo")
    node.client().put_record(DeliveryStreamName="logs", Record={"Data": b"x"})
    (path,) = wait_until(lambda: objects(bucket), what="an object")
    key = str(path.relative_to(bucket))
    year, literal, random, name = key.split("/")
    tokyo = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9)))
    assert year == f"y={tokyo.year}"
    assert literal == "'d'"
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{2}", random), "11 characters, the beginning of a UUID"
    assert re.fullmatch(r"logs-1-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f-]{36}\.ndjson", name)
    stamp = datetime.datetime.strptime(name[7:26], "%Y-%m-%d-%H-%M-%S")
    assert abs((tokyo.replace(tzinfo=None) - stamp).total_seconds()) < 60


def test_delimiter_is_appended_to_every_record(node, bucket):
    node.create_stream("logs", "test-bucket", ProcessingConfiguration={"Enabled": True, "Processors": [
        {"Type": "AppendDelimiterToRecord", "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}]}]})
    put_all(node.client(), "logs", [b"a", b"b\n", b"c"])
    wait_until(lambda: read_all(bucket) == b"a\nb\n\nc\n", what="three delimited records")


def test_a_processor_that_is_not_enabled_does_nothing(node, bucket):
    node.create_stream("logs", "test-bucket", ProcessingConfiguration={"Enabled": False, "Processors": [
        {"Type": "AppendDelimiterToRecord", "Parameters": []}]})
    put_all(node.client(), "logs", [b"a", b"b"])
    wait_until(lambda: read_all(bucket) == b"ab", what="the records as they are")


def test_objects_are_cut_at_the_buffer_size(node, bucket):
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 900})
    record = b"x" * 99_999 + b"\n"
    put_all(node.client(), "logs", [record] * 35)
    # 3.5 MB: three full objects at once, the rest waits for its interval.
    wait_until(lambda: len(objects(bucket)) == 3, what="three objects")
    time.sleep(0.5)
    sizes = [path.stat().st_size for path in objects(bucket)]
    assert len(sizes) == 3
    assert all(900_000 <= size <= 1_148_576 for size in sizes), sizes
    assert node.stop() == 0
    assert read_all(bucket, record * 35) == record * 35, "a drain delivers what was buffered"


def test_objects_are_cut_at_the_interval(node, bucket):
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 2})
    client = node.client()
    start = time.monotonic()
    for number in range(10):
        client.put_record(DeliveryStreamName="logs", Record={"Data": b"%d\n" % number})
    time.sleep(1)
    assert not objects(bucket), "nothing before the interval is over"
    wait_until(lambda: objects(bucket), what="an object after the interval")
    assert 1.8 <= time.monotonic() - start <= 6
    assert len(objects(bucket)) == 1
    assert read_all(bucket) == b"".join(b"%d\n" % number for number in range(10))


def test_a_large_object_goes_up_in_parts(make_hydrant, s3_server):
    bucket = s3_server.bucket("test-bucket")
    node = make_hydrant(s3=s3_server.settings()).start()
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 20, "IntervalInSeconds": 900})
    lines = [json.dumps({"n": number, "pad": "x" * 40_000}).encode() + b"\n" for number in range(600)]
    for start in range(0, len(lines), 100):
        put_all(node.client(), "logs", lines[start:start + 100])
    wait_until(lambda: objects(bucket), what="the first object")
    assert node.stop() == 0
    assert max(path.stat().st_size for path in objects(bucket)) > 16 << 20
    assert read_all(bucket, b"".join(lines)) == b"".join(lines)
