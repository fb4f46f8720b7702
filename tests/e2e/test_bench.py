"""`hydrant bench`: what it says must be so, against the real server, a real S3 server, and a server that fails on purpose."""
import base64
import ctypes
import errno
import http.server
import json
import os
import resource
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import threading
import time

import pytest

from support.certificates import make_certificate
from support.hydrant import BINARY
from support.objects import objects
from support.ports import free_port, wait_until
from support.s3_server import ACCESS_KEY, SECRET_KEY

KEY = {"access_key_id": "AKIDBENCH", "secret_access_key": "a secret with /+= in it"}
KEY_VARIABLES = {"HYDRANT_ACCESS_KEY_ID": KEY["access_key_id"], "HYDRANT_SECRET_ACCESS_KEY": KEY["secret_access_key"]}


def environment(**variables):
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HYDRANT_"))} | variables


def bench(endpoint, *arguments, stream="load", code=0, timeout=60, before=None, **variables):
    """(result, standard error) of a run that must end so; `before` is called in its process."""
    done = subprocess.run([BINARY, "bench", "--stream", stream, "--endpoint", endpoint, "--json", "-", *map(str, arguments)],
                          capture_output=True, text=True, timeout=timeout, env=environment(**variables), preexec_fn=before)
    assert done.returncode == code, done.stdout[:2000] + done.stderr
    return json.loads(done.stdout) if done.stdout else None, done.stderr


@pytest.fixture
def loaded(node):
    node.create_stream("load", "test-bucket", CompressionFormat="GZIP")
    return node


def outcome(result):
    check = result["check"]
    return check["records_found"], check["records_lost"], check["records_duplicated"], check["records_unknown"]


# ---- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments, message", [
    (("--records-per-request", "501"), "--records-per-request 501: PutRecordBatch takes 1 to 500"),
    (("--record-size", "5"), "--record-size 5: a record has 10 bytes"),
    (("--record-size", "20000"), "at most 209 of them fit"),
    (("--rate", "many"), "--rate many: must be a number of records a second"),
    (("--rate", "0"), "--rate 0: must be a number of records a second"),
    (("--duration", "soon"), "--duration soon:"),
    (("--bytes", "much"), "--bytes much:"),
    (("--records", "0"), "--records 0: must be at least 1"),
    (("--connections", "0"), "--connections 0: must be 1 to 10000"),
    (("--sample", "nowhere.log"), "--sample nowhere.log: No such file"),
    (("--compression", "gzip"), "take no compressed bodies"),
    (("--operation", "DeleteDeliveryStream"), "--operation"),
    (("--check", "gs://bucket"), "must be s3://BUCKET/PREFIX or a directory"),
    (("--check-endpoint", "http://x"), "--check"),
    (("--stamp",), "--sample"),
])
def test_what_cannot_be_done_is_refused_before_anything_is_sent(arguments, message):
    _, said = bench("http://127.0.0.1:1", *arguments, code=2)
    assert message in said


def test_more_connections_than_files_may_be_open_are_refused():
    _, said = bench("http://127.0.0.1:1", "--connections", 100, code=2, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (60, 60)))
    assert "--connections 100: this process may have 60 open files" in said


def test_a_stream_name_and_an_endpoint_must_be_some():
    assert "--stream no/name: a name has" in bench("http://127.0.0.1:1", stream="no/name", code=2)[1]
    assert "must be http(s)://HOST" in bench("ftp://127.0.0.1", code=2)[1]


def test_without_a_server_it_ends_soon_and_says_why():
    began = time.monotonic()
    result, said = bench(f"http://127.0.0.1:{free_port()}", code=1)
    assert time.monotonic() - began < 10
    assert "Connection refused" in said and "no record was acknowledged" in said
    assert result["ended_by"] == "given up" and result["records_acknowledged"] == 0


def test_a_stream_that_is_not_there_ends_it_with_the_servers_words(node):
    result, said = bench(node.endpoint, code=1)
    assert "ResourceNotFoundException" in said
    assert result["requests"]["rejected"] == result["requests"]["failed"] > 0 == result["requests"]["retried"]


def test_a_destination_that_is_not_there_is_an_error_before_the_load(loaded, tmp_path):
    _, said = bench(loaded.endpoint, "--check", tmp_path / "none", code=1)
    assert "none: No such file" in said
    assert loaded.stream_state("load")["backlog_records"] == 0


# ---- nothing lost, and what it looks like when something is -----------------------------------------


def test_every_acknowledged_record_is_found_in_s3(make_hydrant, s3_server):
    s3_server.bucket("load-bucket")
    node = make_hydrant(s3=s3_server.settings()).start()
    node.create_stream("load", "load-bucket", CompressionFormat="GZIP", Prefix="web & more/")
    result, said = bench(node.endpoint, "--records", 20_123, "--check", "s3://load-bucket/web & more/",
                         "--check-endpoint", f"http://127.0.0.1:{s3_server.port}",
                         AWS_ACCESS_KEY_ID=ACCESS_KEY, AWS_SECRET_ACCESS_KEY=SECRET_KEY, AWS_REGION="us-east-1")
    assert outcome(result) == (20_123, 0, 0, 0)
    assert result["ended_by"] == "volume" and result["records_acknowledged"] == 20_123
    assert result["record_bytes_acknowledged"] == 20_123 * 500
    assert result["check"]["delivery_time"]["count"] == 20_123
    assert 0 < result["check"]["delivery_time"]["p99_ms"] < 20_000
    assert result["check"]["delivery_time_resolution_ms"] > 0
    assert "0 lost, 0 doubled" in said


def test_more_objects_than_a_page_of_the_list_has(make_hydrant, s3_server):
    bucket = s3_server.bucket("load-bucket")
    for number in range(1500):
        (bucket / f"before-{number}").write_bytes(b"old\n")
    node = make_hydrant(s3=s3_server.settings()).start()
    node.create_stream("load", "load-bucket")
    result, _ = bench(node.endpoint, "--records", 1000, "--check", "s3://load-bucket", "--config", node.config_path)
    assert outcome(result) == (1000, 0, 0, 0)  # what was there before does not count


def test_objects_that_vanish_or_double_are_noticed(loaded, bucket):
    harmed = []

    def harm():
        """Deletes the first object that appears and doubles another."""
        first, second = wait_until(lambda: len(objects(bucket)) > 1 and objects(bucket)[:2], interval=0.01)
        first.unlink()
        shutil.copy(second, bucket / "doubled")
        harmed.append(True)

    thread = threading.Thread(target=harm)
    thread.start()
    result, said = bench(loaded.endpoint, "--rate", 5000, "--records-per-request", 100, "--duration", "3s",
                         "--check", bucket, "--check-timeout", "4s", code=1)
    thread.join()
    assert harmed
    assert result["check"]["records_lost"] > 0 and result["check"]["records_duplicated"] > 0
    assert "lost, or doubled without a cause" in said


def test_a_wait_that_is_too_short_counts_as_lost(node, bucket):
    node.create_stream("load", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60})
    result, _ = bench(node.endpoint, "--records", 1000, "--check", bucket, "--check-timeout", "1s", code=1)
    assert outcome(result) == (0, 1000, 0, 0) and result["check"]["ended_by"] == "timeout"


@pytest.mark.parametrize("compression", ["UNCOMPRESSED", "ZIP", "Snappy", "HADOOP_SNAPPY"])
def test_objects_of_every_format_are_read(node, bucket, compression):
    node.create_stream("load", "test-bucket", CompressionFormat=compression)
    result, _ = bench(node.endpoint, "--records", 5000, "--record-size", 100, "--check", bucket)
    assert outcome(result) == (5000, 0, 0, 0)


# ---- operations, streams, samples ---------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    ("--operation", "PutRecord", "--connections", 16, "--record-size", 10),
    ("--operation", "lines"),
    ("--operation", "lines", "--compression", "gzip"),
    ("--record-size", 1_024_000, "--records-per-request", 4),
], ids=["single", "lines", "gzip", "largest"])
def test_every_operation_arrives(loaded, bucket, arguments):
    result, _ = bench(loaded.endpoint, *arguments, "--records", 43, "--check", bucket)
    assert outcome(result) == (43, 0, 0, 0)


@pytest.mark.parametrize("stamp", [("--no-stamp",), ()], ids=["as-it-is", "stamped"])
def test_lines_of_a_sample(loaded, bucket, tmp_path, stamp):
    sample = tmp_path / "sample.log"
    sample.write_text("".join(f"line {number % 7} of the sample\n" for number in range(1000)))
    result, _ = bench(loaded.endpoint, "--sample", sample, *stamp, "--records", 2345, "--check", bucket)
    assert outcome(result) == (2345, 0, 0, 0)
    assert (result["check"]["delivery_time"] is None) == bool(stamp)
    assert result["options"]["sample_records"] == result["options"]["sample_records_used"] == 1000
    assert result["options"]["stamped"] == (not stamp)


def test_lines_that_the_server_leaves_out_are_not_sent(loaded, bucket, tmp_path):
    sample = tmp_path / "sample.log"
    sample.write_bytes(b"one\r\n\r\n\ntwo\r\n")
    result, _ = bench(loaded.endpoint, "--operation", "lines", "--sample", sample, "--no-stamp", "--records", 1000, "--check", bucket)
    assert outcome(result) == (1000, 0, 0, 0)


def test_streams_take_turns(node, bucket):
    for number in (1, 2, 3):
        node.create_stream(f"load-{number}", "test-bucket", Prefix=f"{number}/")
    result, _ = bench(node.endpoint, "--streams", 3, "--records", 3000, "--records-per-request", 100, "--check", bucket)
    assert outcome(result) == (3000, 0, 0, 0)
    assert [sum(path.read_bytes().count(b"\n") for path in objects(bucket / str(number))) for number in (1, 2, 3)] == [1000] * 3


def test_bytes_end_a_run(loaded):
    result, _ = bench(loaded.endpoint, "--bytes", "2 MB")
    assert 2_000_000 <= result["record_bytes_acknowledged"] < 2_250_001 and result["ended_by"] == "volume"


# ---- time ----------------------------------------------------------------------------------------------


def test_an_open_loop_holds_its_rate(loaded):
    result, _ = bench(loaded.endpoint, "--rate", 20_000, "--records-per-request", 100, "--duration", "3s", "--warm-up", "500ms")
    assert result["ended_by"] == "duration"
    assert abs(result["records_acknowledged"] - 70_000) <= 3500
    assert abs(result["measured"]["records_per_second"] - 20_000) < 1500
    assert result["requests"]["unsent"] < 40  # a busy machine's last fifth of a second
    assert len(result["seconds"]) == 3
    assert sum(second["records"] for second in result["seconds"]) == result["measured"]["records"] < result["records_acknowledged"]
    assert result["measured"]["seconds"] == 3
    late = result["records_acknowledged_late"] // 100
    assert result["response_time"]["count"] == result["measured"]["requests"] + late + result["unanswered"]["requests"]
    assert sum(count for _, count in result["response_time"]["histogram"]) == result["response_time"]["count"]


@pytest.mark.parametrize("arguments, records", [((), 200), (("--records-per-request", 500), 500)], ids=["default", "one-request"])
def test_a_low_rate_is_of_the_whole_time(loaded, arguments, records):
    """Not of that until the last answer, which is at its beginning when all is one request."""
    result, _ = bench(loaded.endpoint, "--rate", 100, "--duration", "2s", *arguments)
    assert result["measured"]["seconds"] == 2 and len(result["seconds"]) == 2
    assert abs(result["measured"]["records"] - records) <= 10
    assert result["measured"]["records_per_second"] == result["measured"]["records"] / 2


def test_a_server_that_dies_half_way_shows_in_the_rate_and_the_percentiles(loaded):
    def kill():
        wait_until(lambda: "requests_total" in loaded.admin("/metrics")[1])
        time.sleep(1)
        loaded.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    result, said = bench(loaded.endpoint, "--rate", 2000, "--records-per-request", 10, "--duration", "4s")
    thread.join()
    assert result["measured"]["seconds"] == 4 and [second["records"] > 0 for second in result["seconds"]].count(False) >= 2
    assert result["measured"]["records_per_second"] < 1500
    assert result["unanswered"]["requests"] >= result["requests"]["unsent"] > 100
    assert result["response_time"]["p90_ms"] > 1000 > result["service_time"]["p90_ms"]
    assert "without an answer: " in said


def without_fine_waits():
    """Answers epoll_pwait2 with ENOSYS, as kernels before 5.11 do."""
    number, error, allow = 441, 0x00050000 | errno.ENOSYS, 0x7fff0000
    code = struct.pack("HBBIHBBIHBBIHBBI", 0x20, 0, 0, 0, 0x15, 0, 1, number, 0x06, 0, 0, error, 0x06, 0, 0, allow)
    program = ctypes.create_string_buffer(code, len(code))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(program)))
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
    assert libc.prctl(22, 2, header, 0, 0) == 0  # PR_SET_SECCOMP, a filter


def test_a_kernel_without_fine_waits_is_not_asked_all_the_time(loaded):
    result, _ = bench(loaded.endpoint, "--rate", 100, "--duration", "2s", before=without_fine_waits)
    assert abs(result["measured"]["records"] - 200) <= 10
    assert sum(result["own_cpu_seconds"].values()) < 0.7


def test_a_stall_shows_in_the_time_from_when_requests_were_due(loaded):
    """Coordinated omission: two connections see two slow answers; all who would have sent meanwhile are a quarter of them."""
    def stall():
        wait_until(lambda: "requests_total" in loaded.admin("/metrics")[1])
        time.sleep(1)
        loaded.process.send_signal(signal.SIGSTOP)
        time.sleep(1)
        loaded.process.send_signal(signal.SIGCONT)

    thread = threading.Thread(target=stall)
    thread.start()
    result, _ = bench(loaded.endpoint, "--rate", 2000, "--records-per-request", 10, "--connections", 2, "--duration", "4s")
    thread.join()
    assert result["response_time"]["p90_ms"] > 400
    assert result["response_time"]["p99_ms"] > 800
    assert result["service_time"]["p90_ms"] < 200
    assert result["service_time"]["max_ms"] > 800
    assert max(second["response_p99_ms"] or 0 for second in result["seconds"]) > 800


def test_an_interrupt_ends_it_in_order(loaded, bucket):
    process = subprocess.Popen([BINARY, "bench", "--stream", "load", "--endpoint", loaded.endpoint, "--json", "-", "--check", bucket,
                                "--rate", "2000", "--records-per-request", "10"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment())
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 130
    result = json.loads(out)
    assert result["ended_by"] == "stopped" and "acknowledged: " in said
    assert outcome(result) == (result["records_acknowledged"], 0, 0, 0) and result["records_acknowledged"] > 0


def test_a_second_interrupt_ends_the_wait_even_before_it_began(node, bucket):
    node.create_stream("load", "test-bucket", BufferingHints={"SizeInMBs": 64, "IntervalInSeconds": 60})
    process = subprocess.Popen([BINARY, "bench", "--stream", "load", "--endpoint", node.endpoint, "--json", "-", "--check", bucket,
                                "--rate", "2000", "--records-per-request", "10"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=environment())
    time.sleep(1.5)
    node.process.send_signal(signal.SIGSTOP)  # so that answers are waited for
    for _ in range(2):
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=10)
    node.process.send_signal(signal.SIGCONT)
    assert process.returncode == 130
    check = json.loads(out)["check"]
    assert check["ended_by"] == "interrupted" and check["records_lost"] == 0 < check["records_not_there_yet"]
    assert "not there yet" in said and "lost" not in said


def test_an_s3_server_that_never_answers_can_be_interrupted(loaded):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        process = subprocess.Popen([BINARY, "bench", "--stream", "load", "--endpoint", loaded.endpoint, "--check", "s3://bucket",
                                    "--check-endpoint", f"http://127.0.0.1:{silent.getsockname()[1]}"],
                                   env=environment(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="y"))
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=3) == 130


def test_a_node_that_is_killed_and_comes_back_has_lost_nothing(loaded, bucket):
    def crash():
        time.sleep(1)
        loaded.kill()
        loaded.start()

    thread = threading.Thread(target=crash)
    thread.start()
    result, _ = bench(loaded.endpoint, "--rate", 50_000, "--duration", "4s", "--check", bucket)
    thread.join()
    assert result["connections"]["broken"] > 0
    assert result["records_acknowledged"] > 100_000 and outcome(result)[1:] == (0, 0, 0)


# ---- keys, TLS, throttling ------------------------------------------------------------------------------


def test_tls_and_signatures(make_hydrant, bucket, tmp_path):
    certificate, key = make_certificate(tmp_path, "node")
    node = make_hydrant(tls={"certificate_file": str(certificate), "private_key_file": str(key)}, credentials=[KEY]).start()
    node.create_stream("load", "test-bucket", client=node.client(KEY["access_key_id"], KEY["secret_access_key"], verify=str(certificate)))
    trust = ("--ca-file", certificate, "--records", 3000, "--check", bucket)
    for operation in ("PutRecordBatch", "lines"):  # SigV4, HTTP Basic
        result, _ = bench(node.endpoint, "--operation", operation, *trust, **KEY_VARIABLES)
        assert outcome(result) == (3000, 0, 0, 0)
    result, said = bench(node.endpoint, *trust, code=1, **KEY_VARIABLES | {"HYDRANT_SECRET_ACCESS_KEY": "another"})
    assert "InvalidSignatureException" in said and result["records_acknowledged"] == 0
    _, said = bench(node.endpoint, code=1, **KEY_VARIABLES)
    assert "certificate" in said and "--ca-file" in said


def test_who_is_throttled_sends_again(make_hydrant, bucket):
    node = make_hydrant(limits={"requests_per_second": 20}).start()
    time.sleep(1)
    node.create_stream("load", "test-bucket", client=node.client(retries=8))
    result, said = bench(node.endpoint, "--records", 1000, "--records-per-request", 10, "--connections", 4, "--check", bucket)
    assert outcome(result) == (1000, 0, 0, 0)
    requests = result["requests"]
    assert requests["acknowledged"] == 100 and requests["failed"] == 0
    assert requests["refused"] == requests["retried"] > 0 and requests["uncertain"] == 0
    assert "refused" in said and "Rate exceeded" in result["first_error"]


def test_a_tls_server_that_hangs_up_in_the_middle_is_counted(tmp_path):
    """Writing to a connection whose other end is gone must not end the process."""
    certificate, key = make_certificate(tmp_path, "node")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server(("127.0.0.1", 0))

    def hang_up():
        while True:
            try:
                connection = listener.accept()[0]
            except OSError:
                return
            connection = context.wrap_socket(connection, server_side=True)
            connection.recv(4096)
            connection.shutdown(socket.SHUT_WR)
            connection.close()

    thread = threading.Thread(target=hang_up, daemon=True)
    thread.start()
    result, said = bench(f"https://127.0.0.1:{listener.getsockname()[1]}", "--ca-file", certificate, "--duration", "1s",
                         "--record-size", 4000, "--connections", 2, code=1)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    assert result["connections"]["broken"] > 1 and "no record was acknowledged" in said


# ---- a server that fails on purpose --------------------------------------------------------------------


class Mock(http.server.BaseHTTPRequestHandler):
    """Takes PutRecordBatch; each request's fate is that of server.fates, in turns: what to store how often, and what to answer."""
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        records = [base64.b64decode(record["Data"]) for record in request["Records"]]
        with self.server.lock:
            fate = self.server.fates[self.server.count % len(self.server.fates)]
            self.server.count += 1
            number = self.server.count
        store, answer = getattr(self, fate)(records)
        temporary = self.server.directory / f".{number}"
        temporary.write_bytes(b"".join(store))
        temporary.rename(self.server.directory / f"{number}")
        if answer is None:
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        status, body = answer
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    @staticmethod
    def answered(count, failed=()):
        return 200, {"FailedPutCount": len(failed), "RequestResponses": [
            {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."} if at in failed else {"RecordId": str(at)}
            for at in range(count)]}

    def takes(self, records):
        return records, self.answered(len(records))

    def takes_a_part(self, records):
        failed = set(range(0, len(records), 3)) if len(records) > 3 else set()
        return [record for at, record in enumerate(records) if at not in failed], self.answered(len(records), failed)

    def breaks_after_storing(self, records):
        return records, None

    def breaks_before_storing(self, records):
        return [], None

    def fails_after_storing(self, records):
        return records, (500, {"__type": "InternalFailure"})

    def refuses(self, records):
        return [], (503, {"__type": "ServiceUnavailableException"})

    def forgets(self, records):
        return records[1:], self.answered(len(records))

    def doubles(self, records):
        return records + records[:1], self.answered(len(records))

    def overwrites(self, records):
        return [record[:9] + b"#" * (len(record) - 10) + b"\n" for record in records], self.answered(len(records))

    def log_message(self, *_):
        pass


@pytest.fixture
def mock(tmp_path):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mock)
    server.directory, server.lock, server.count = tmp_path / "stored", threading.Lock(), 0
    server.directory.mkdir()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def bench_mock(mock, fates, *arguments, code=0):
    mock.fates = fates
    return bench(f"http://127.0.0.1:{mock.server_port}", "--records", 1000, "--records-per-request", 20, "--connections", 2,
                 "--check", mock.directory, "--check-timeout", "3s", *arguments, code=code)[0]


def test_records_that_a_batch_leaves_out_are_sent_again(mock):
    result = bench_mock(mock, ["takes_a_part", "takes"])
    assert outcome(result) == (1000, 0, 0, 0)
    assert result["records_acknowledged"] == 1000 and result["records_failed"] == 0
    assert result["records_refused"] > 0 and result["requests"]["retried"] > 0 == result["requests"]["uncertain"]


def test_what_is_uncertain_may_be_there_or_not(mock):
    result = bench_mock(mock, ["takes", "breaks_after_storing", "takes", "breaks_before_storing", "fails_after_storing", "refuses"])
    found, lost, doubled, _ = outcome(result)
    assert (lost, doubled) == (0, 0) and result["records_acknowledged"] == 1000
    uncertain = result["check"]["records_of_uncertain_requests"]
    assert uncertain > 0 and found == 1000 + uncertain
    assert result["requests"]["uncertain"] > 0 < result["requests"]["refused"]
    assert result["connections"]["broken"] > 0


def test_a_server_that_loses_or_doubles_is_found_out(mock):
    lost = bench_mock(mock, ["takes", "forgets"], code=1)
    assert outcome(lost)[1:3] == (25, 0)
    doubled = bench_mock(mock, ["takes", "doubles"], code=1)
    assert outcome(doubled)[1:3] == (0, 25)
    overwritten = bench_mock(mock, ["takes", "overwrites"], code=1)
    assert outcome(overwritten)[1:3] == (500, 0) and overwritten["check"]["records_damaged"] == 500


def test_without_stamps_what_is_there_twice_may_be_of_another_run(mock, tmp_path):
    sample = tmp_path / "sample.log"
    sample.write_text("one\ntwo\n")
    result = bench_mock(mock, ["takes", "doubles"], "--sample", sample, "--no-stamp")
    assert outcome(result)[1:3] == (0, 25)


# ---- reports --------------------------------------------------------------------------------------------


def test_the_result_says_what_ran_where_and_the_report_shows_it(loaded, tmp_path):
    report = tmp_path / "report.html"
    result, _ = bench(loaded.endpoint, "--duration", "1s", "--rate", 1000, "--records-per-request", 10, "--html", report)
    assert result["machine"]["cores"] == os.cpu_count() and result["machine"]["kernel"] == os.uname().release
    assert len(result["run_id"]) == 3 and result["options"]["signed"] is False
    assert result["version"] and result["commit"] and result["options"]["operation"] == "PutRecordBatch"
    assert 0 < sum(result["own_cpu_seconds"].values()) < 1
    page = report.read_text()
    assert page.count("<svg") == 3 and "Latency over time" in page
    assert not any(text in page for text in ("<script", "src=", "http://www", "@import", "<link"))


def test_a_result_that_cannot_be_written_is_an_error_before_the_load(loaded, tmp_path):
    done = subprocess.run([BINARY, "bench", "--stream", "load", "--endpoint", loaded.endpoint, "--records", "10",
                           "--json", tmp_path / "none/result.json"], capture_output=True, text=True, timeout=30, env=environment())
    assert done.returncode == 2 and "none/result.json: No such file" in done.stderr
    assert loaded.stream_state("load")["backlog_records"] == 0  # nothing was sent for it
