"""The plain ingest paths, for people without an SDK."""
import gzip
import json
import subprocess
import urllib.error
import urllib.request

import pytest
import zstandard

from support.objects import read_all
from support.ports import wait_until
from support.sockets import RawConnection

LINES = b"".join(b'{"n":%d,"text":"a line of a log"}\n' % number for number in range(20_000))


@pytest.fixture
def stream(node):
    node.create_stream("logs", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 1})
    return node


def send(node, path, body, **headers):
    """(status, answer) of a POST."""
    request = urllib.request.Request(f"{node.endpoint}{path}", body, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_each_line_is_a_record(stream, bucket):
    status, answer = send(stream, "/streams/logs/lines?newline=keep", LINES)
    assert (status, answer["records"]) == (200, 20_000)
    wait_until(lambda: read_all(bucket, LINES) == LINES, what="every line is delivered")


@pytest.mark.parametrize("query,delivered", [("", b"a\nb\r\nc"), ("?newline=keep", b"a\nb\r\nc"), ("?newline=strip", b"abc")])
def test_newlines_stay_unless_stripped(stream, bucket, query, delivered):
    assert send(stream, "/streams/logs/lines" + query, b"a\nb\r\nc")[1]["records"] == 3
    assert stream.stop() == 0
    assert read_all(bucket) == delivered


@pytest.mark.parametrize("encoding,encode", [("gzip", gzip.compress), ("zstd", zstandard.compress)])
def test_compressed_bodies(stream, bucket, encoding, encode):
    status, answer = send(stream, "/streams/logs/lines?newline=keep", encode(LINES), Content_Encoding=encoding)
    assert (status, answer["records"]) == (200, 20_000)
    wait_until(lambda: read_all(bucket, LINES) == LINES, what="every line is delivered")


def test_a_gzip_body_of_several_members(stream, bucket):
    body = gzip.compress(b"a\nb\n") + gzip.compress(b"c\n")
    assert send(stream, "/streams/logs/lines?newline=keep", body, Content_Encoding="gzip")[1]["records"] == 3
    wait_until(lambda: read_all(bucket) == b"a\nb\nc\n", what="delivery")


def test_a_chunked_body_cut_anywhere(stream, bucket):
    with RawConnection(stream.port) as connection:
        connection.send(b"POST /streams/logs/lines?newline=keep HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(LINES), 7919):
            piece = LINES[start:start + 7919]
            connection.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.send(b"0\r\n\r\n")
        status, _, body = connection.read_response()
    assert (status, json.loads(body)["records"]) == (200, 20_000)
    wait_until(lambda: read_all(bucket, LINES) == LINES, what="every line is delivered")


def test_a_whole_body_as_one_record(stream, bucket):
    data = bytes(range(256)) * 1000
    status, answer = send(stream, "/streams/logs/record", data)
    assert (status, answer["records"]) == (200, 1)
    wait_until(lambda: read_all(bucket) == data, what="delivery")


def test_refusals(stream, bucket):
    assert send(stream, "/streams/none/lines", b"x\n")[0] == 404
    assert send(stream, "/streams/logs/record", b"x" * 1_024_001)[0] == 413
    assert send(stream, "/streams/logs/lines", b"x\n", Content_Encoding="br")[0] == 415
    assert send(stream, "/streams/logs/lines", b"this is not gzip", Content_Encoding="gzip")[0] == 400
    assert send(stream, "/streams/logs/elsewhere", b"x\n")[0] == 404
    with RawConnection(stream.port) as connection:
        connection.send(b"GET /streams/logs/lines HTTP/1.1\r\nHost: x\r\n\r\n")
        assert connection.read_response()[0] == 405
    assert send(stream, "/streams/logs/lines?newline=perhaps", b"x\n")[0] == 400
    assert send(stream, "/streams/logs/lines", b"")[1]["records"] == 0
    assert stream.stop() == 0
    assert read_all(bucket) == b"", "nothing of a refused request was taken"


def test_a_refusal_reaches_a_client_that_sends_all_of_its_body_first(stream, bucket):
    assert send(stream, "/streams/none/lines", b"x\n" * (4 << 20))[0] == 404
    assert send(stream, "/streams/logs/record", b"x" * (8 << 20))[0] == 413
    curl = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}", "-H", "Connection: close", "-H", "Expect:", "--data-binary", "@-"]
    result = subprocess.run([*curl, f"{stream.endpoint}/streams/logs/record"], input=b"x" * (8 << 20), capture_output=True, timeout=30)
    assert (result.returncode, result.stdout) == (0, b"413"), result.stderr


def test_a_line_over_the_limit_is_refused_and_told_what_was_taken(stream, bucket):
    status, answer = send(stream, "/streams/logs/lines?newline=keep", b"fine\n" + b"x" * 1_024_001 + b"\n")
    assert status == 413
    taken = json.loads(answer)["records"]
    assert taken in (0, 1)
    stream.stop()
    assert read_all(bucket) == b"fine\n" * taken, "what the answer says, no more and no less"
