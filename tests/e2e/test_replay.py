"""`hydrant replay`: what the log still holds goes out once more, marked, beside live traffic."""
import datetime
import json
import re
import shlex
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import pytest

from support.hydrant import BINARY, run_hydrant, s3_destination
from support.objects import objects
from support.ports import wait_until

MARK = re.compile(r"/logs-1-replay-([0-9a-f]{8})-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-[0-9a-f-]{36}\Z")


def replay(node, *arguments, **options):
    return run_hydrant("replay", "logs", "--config", node.config_path, *arguments, **options)


def lines_of(paths):
    return sorted(line for path in paths for line in path.read_bytes().splitlines())


def split(bucket):
    """(objects of live traffic, objects of replays)."""
    marked = [path for path in objects(bucket) if "-replay-" in path.name]
    return [path for path in objects(bucket) if path not in marked], marked


def put(client, *records):
    for record in records:
        client.put_record(DeliveryStreamName="logs", Record={"Data": record + b"\n"})


def records(first, last):
    return [b"record-%06d" % number for number in range(first, last)]


def call(node, method, path, body=None, content_type="application/json"):
    request = urllib.request.Request(f"http://127.0.0.1:{node.admin_port}{path}", method=method, data=body,
                                     headers={"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


@pytest.fixture
def logs(node, bucket):
    """A node with a stream that has delivered 100 records."""
    node.create_stream("logs", "test-bucket")
    node.client().put_record_batch(DeliveryStreamName="logs",
                                   Records=[{"Data": record + b"\n"} for record in records(0, 100)])
    wait_until(lambda: lines_of(objects(bucket)) == records(0, 100), what="live delivery")
    return node


def test_what_can_not_be_replayed_is_refused_and_sends_nothing(logs, bucket):
    def refusal(*arguments, code=2):
        ended = replay(logs, *arguments)
        assert ended.returncode == code, ended
        assert ended.stdout == ""
        return ended.stderr
    assert "--from is missing" in refusal()
    assert 'from: "soon" must be a record\'s position' in refusal("--from", "soon")
    assert 'rate: "fast" must be a size' in refusal("--from", "0", "--rate", "fast")
    assert "lies in the future" in refusal("--from", "2999-01-01T00:00:00Z")
    assert "positions 0 to 99" in refusal("--from", "100")
    assert "positions 0 to 99" in refusal("--from", "0", "--to", "101")
    for first, last in (("50", "50"), ("10", "5"), ("5", "oldest")):
        assert "no record lies between" in refusal("--from", first, "--to", last)
    assert "no record has arrived since" in refusal("--from", "0s ago")
    assert re.search(r'"failover-7" is no destination of the stream; there are "file://.*/test-bucket/"',
                     refusal("--from", "0", "--destination", "failover-7"))
    assert "--dry-run" in refusal("--from", "0", "--dry-run", "--detach")
    assert 'no replay "nothing"' in refusal("--stop", "nothing", code=1)
    none = run_hydrant("replay", "none", "--from", "0", "--config", logs.config_path)
    assert (none.returncode, none.stderr) == (1, 'hydrant: replay: there is no stream "none"\n')
    none = run_hydrant("replay", "a b/c", "--from", "0", "--config", logs.config_path)
    assert none.returncode == 2 and 'there is no stream "a b/c"' in none.stderr
    assert "is a node running there?" in refusal("--from", "0", "--admin", "http://127.0.0.1:9", code=1)
    assert split(bucket)[1] == []
    assert "no replay runs" in replay(logs, "--list").stdout


def test_the_admin_endpoint_refuses_what_is_wrong(logs, bucket):
    path = "/streams/logs/replays"
    assert call(logs, "POST", path, b'{"from": 0}', "text/plain")[0] == 415
    assert call(logs, "POST", path, b'{"from": 0}' + b" " * 20000)[0] == 413
    assert call(logs, "POST", path, b"{")[0] == 400
    assert call(logs, "POST", path, b'{"from": 0, "till": 3}')[1]["error"].startswith("till: 3 is no field of a replay")
    assert call(logs, "PUT", path, b"{}")[0] == 405
    assert call(logs, "POST", path, b'{"from": 100}')[0] == 400
    assert call(logs, "POST", "/streams/none/replays", b'{"from": 0}')[0] == 404
    assert call(logs, "GET", path + "/x")[0] == 405
    assert call(logs, "DELETE", path + "/x")[0] == 404
    assert call(logs, "GET", "/streams/none/replays")[0] == 404
    assert call(logs, "GET", "/streams/logs")[0] == 404
    assert call(logs, "GET", "/streams/logs/replaysx")[0] == 404
    assert call(logs, "GET", path) == (200, {"replays": []})
    assert split(bucket)[1] == []


def test_a_fifth_replay_at_once_is_refused(make_hydrant, bucket):
    node = make_hydrant().start()
    names = [f"logs{number}" for number in range(5)]
    for name in names:
        node.create_stream(name, "test-bucket")
        for _ in range(3):
            node.client().put_record(DeliveryStreamName=name, Record={"Data": b"x" * 900_000})
    wait_until(lambda: sum(path.stat().st_size for path in objects(bucket)) == 15 * 900_000, what="live delivery")

    def start(name):
        # A byte a second: after the first of the records it takes days.
        return call(node, "POST", f"/streams/{name}/replays", b'{"from": 0, "rate": 1}')
    for name in names[:4]:
        assert start(name)[0] == 201
    status, answer = start(names[4])
    assert status == 429 and "the node has 4 replays already" in answer["error"]
    status, answer = start(names[0])
    assert status == 409 and "the stream has a replay already" in answer["error"]


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(logs, bucket):
    ended = replay(logs, "--from", "10", "--to", "60", "--dry-run")
    assert ended.returncode == 0, ended
    assert "50, positions 10 to 59" in ended.stdout
    assert "about 1 object" in ended.stdout
    slow = replay(logs, "--from", "10", "--to", "60", "--rate", "1", "--dry-run").stdout
    assert re.search("about 1 object\n.*\n  taking   as long as the destination needs", slow), slow
    assert "Nothing was sent" in ended.stdout
    time.sleep(0.5)
    assert split(bucket)[1] == []
    assert call(logs, "GET", "/streams/logs/replays") == (200, {"replays": []})


def test_a_range_by_positions_goes_out_once_more_and_is_marked(logs, bucket):
    ended = replay(logs, "--from", "10", "--to", "60")
    assert ended.returncode == 0, ended
    live, marked = split(bucket)
    assert lines_of(live) == records(0, 100)
    assert lines_of(marked) == records(10, 60)
    found = {MARK.search(str(path)).group(1) for path in marked}
    assert len(found) == 1
    assert f"replay {found.pop()} is done: 50 records" in ended.stdout
    (report,) = call(logs, "GET", "/streams/logs/replays")[1]["replays"]
    assert (report["state"], report["from"], report["to"], report["reached"]) == ("done", 10, 60, 60)
    assert (report["delivered_records"], report["given_up_records"], report["missed_records"]) == (50, 0, 0)
    assert report["delivered_bytes"] == 50 * len(b"record-000000\n")
    assert "done" in replay(logs, "--list").stdout


def test_a_range_by_time(logs, bucket):
    time.sleep(0.1)
    between = datetime.datetime.now(datetime.timezone.utc).isoformat()
    put(logs.client(), *records(100, 110))
    wait_until(lambda: len(lines_of(split(bucket)[0])) == 110, what="live delivery")
    assert replay(logs, "--from", between).returncode == 0
    assert lines_of(split(bucket)[1]) == records(100, 110)
    assert replay(logs, "--from", "-1h", "--to", between).returncode == 0
    assert lines_of(split(bucket)[1]) == records(0, 110)
    assert replay(logs, "--from", "10m ago").returncode == 0
    assert lines_of(split(bucket)[1]) == sorted(2 * records(0, 110))


def test_the_backup_gets_it_and_the_destination_nothing(make_hydrant, bucket, tmp_path):
    other = tmp_path / "buckets" / "other-bucket"
    other.mkdir()
    node = make_hydrant().start()
    node.create_stream("logs", "test-bucket", S3BackupMode="Enabled", S3BackupConfiguration=s3_destination("other-bucket"))
    put(node.client(), *records(0, 10))
    wait_until(lambda: len(lines_of(objects(bucket))) == 10 and len(lines_of(objects(other))) == 10, what="live delivery")
    assert replay(node, "--from", "oldest", "--to", "5", "--destination", "backup").returncode == 0
    assert split(bucket)[1] == []
    live, marked = split(other)
    assert (lines_of(live), lines_of(marked)) == (records(0, 10), records(0, 5))


def test_a_destination_of_the_failover_gets_it(make_hydrant, bucket, tmp_path):
    other = tmp_path / "buckets" / "other-bucket"
    other.mkdir()
    node = make_hydrant(streams=[{
        "DeliveryStreamName": "logs", "ExtendedS3DestinationConfiguration": s3_destination("test-bucket"),
        "Hydrant": {"Failover": {"Destinations": [
            {"ExtendedS3DestinationConfiguration": s3_destination("other-bucket", Prefix="p/")}]}}}]).start()
    put(node.client(), *records(0, 10))
    wait_until(lambda: len(lines_of(objects(bucket))) == 10, what="live delivery")
    assert replay(node, "--from", "2", "--destination", "failover-1").returncode == 0
    assert f" file://{bucket}/ " in run_hydrant("streams", "--config", node.config_path).stdout
    assert replay(node, "--from", "0", "--to", "2", "--destination", f"file://{other}/p/").returncode == 0
    assert len(objects(bucket)) == len(split(bucket)[0])
    assert lines_of(split(other)[1]) == records(0, 10)


def test_live_traffic_goes_on_and_no_record_is_lost_or_doubled(logs, bucket):
    client = logs.client(retries=5)
    stop = threading.Event()
    sent = 100

    def produce():
        nonlocal sent
        while not stop.is_set():
            batch = records(sent, sent + 50)
            answer = client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": r + b"\n"} for r in batch])
            assert answer["FailedPutCount"] == 0
            sent += 50
    producer = threading.Thread(target=produce)
    producer.start()
    try:
        for _ in range(3):
            assert replay(logs, "--from", "0", "--to", "100", "--rate", "2 kB").returncode == 0
    finally:
        stop.set()
        producer.join()
    wait_until(lambda: lines_of(split(bucket)[0]) == records(0, sent), what="all live records, each once")
    assert lines_of(split(bucket)[1]) == sorted(3 * records(0, 100))
    assert len({MARK.search(str(path)).group(1) for path in split(bucket)[1]}) == 3


def start_slowly(node, rate="100 kB", *more):
    """A replay of about a minute, as a process."""
    process = subprocess.Popen([BINARY, "replay", "logs", "--config", node.config_path, "--from", "0", "--rate", rate, *more],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               # What is ignored is inherited, as from nohup.
                               preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
    wait_until(lambda: any(r["state"] == "running" for r in call(node, "GET", "/streams/logs/replays")[1]["replays"]),
               what="it runs")
    return process


def go_on(out):
    """Runs the command that the end of a replay names."""
    (command,) = re.findall(r"Go on with\n  (hydrant .*)\n", out)
    return run_hydrant(*shlex.split(command)[1:])


def put_many(node, bucket):
    """So much that a replay reads it in several pieces; returns all records of the stream."""
    large = [record.ljust(100_000, b".") for record in records(100, 160)]
    put(node.client(), *large)
    wait_until(lambda: len(lines_of(split(bucket)[0])) == 160, what="live delivery")
    return records(0, 100) + large


def test_an_interrupt_stops_it_and_says_how_to_go_on(logs, bucket):
    everything = put_many(logs, bucket)
    process = start_slowly(logs)
    assert call(logs, "POST", "/streams/logs/replays", b'{"from": 0}')[0] == 409
    wait_until(lambda: split(bucket)[1], what="its first object")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, (out, err)
    assert "stopping the replay" in err
    (reached,) = re.findall(r"hydrant replay logs --from (\d+) --to 160", out)
    assert "it was stopped on request" in out
    sent = lines_of(split(bucket)[1])
    assert sent == everything[:int(reached)] and len(sent) < 160
    time.sleep(1)
    assert lines_of(split(bucket)[1]) == sent
    assert replay(logs, "--from", reached, "--to", "160", "--rate", "0").returncode == 0
    assert lines_of(split(bucket)[1]) == everything


def test_going_on_sends_the_rest_to_the_same_place(make_hydrant, bucket, tmp_path):
    other = tmp_path / "buckets" / "other-bucket"
    other.mkdir()
    node = make_hydrant(streams=[{
        "DeliveryStreamName": "logs", "ExtendedS3DestinationConfiguration": s3_destination("test-bucket"),
        "Hydrant": {"Failover": {"Destinations": [
            {"ExtendedS3DestinationConfiguration": s3_destination("other-bucket", Prefix="it's p/")}]}}}]).start()
    everything = [record.ljust(100_000, b".") for record in records(0, 60)]
    put(node.client(), *everything)
    wait_until(lambda: len(lines_of(objects(bucket))) == 60, what="live delivery")
    process = start_slowly(node, "2 MB", "--destination", f"file://{other}/it's p/")
    wait_until(lambda: split(other)[1], what="its first object")
    process.send_signal(signal.SIGHUP)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 129, (out, err)
    assert 0 < len(lines_of(split(other)[1])) < 60
    ended = go_on(out)
    assert ended.returncode == 0, ended
    assert lines_of(split(other)[1]) == everything
    assert split(bucket)[1] == []


def test_a_second_interrupt_leaves_it_and_says_how_to_stop_it(logs, bucket):
    put_many(logs, bucket)
    process = start_slowly(logs)
    (replay_id,) = [r["id"] for r in call(logs, "GET", "/streams/logs/replays")[1]["replays"]]
    logs.process.send_signal(signal.SIGSTOP)  # it can't answer
    try:
        process.send_signal(signal.SIGINT)
        first = process.stderr.readline()
        while "stopping the replay" not in first:
            assert first, "it ended at the first signal"
            first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        logs.process.send_signal(signal.SIGCONT)
    assert process.returncode == 130, (out, err)
    assert f"{replay_id} may go on" in err
    (command,) = re.findall(r"To stop it:\n  (hydrant .*)\n", err)
    assert shlex.split(command)[:5] == ["hydrant", "replay", "logs", "--stop", replay_id]
    assert run_hydrant(*shlex.split(command)[1:]).returncode == 0
    wait_until(lambda: call(logs, "GET", "/streams/logs/replays")[1]["replays"][0]["state"] == "stopped", what="its end")


def test_a_detached_one_is_listed_and_stopped(logs, bucket):
    put_many(logs, bucket)
    started = replay(logs, "--from", "0", "--rate", "100 kB", "--detach")
    assert started.returncode == 0
    replay_id = started.stdout.strip()
    assert re.search(rf"{replay_id} +running", replay(logs, "--list").stdout)
    assert replay(logs, "--stop", replay_id).returncode == 0
    wait_until(lambda: call(logs, "GET", "/streams/logs/replays")[1]["replays"][0]["state"] == "stopped", what="its end")
    assert f"{replay_id} is stopped already" in replay(logs, "--stop", replay_id).stdout


def test_it_ends_with_a_change_of_the_stream_and_with_the_node(logs, bucket):
    put_many(logs, bucket)
    process = start_slowly(logs)
    logs.client().update_destination(DeliveryStreamName="logs", CurrentDeliveryStreamVersionId="1",
                                     DestinationId="destinationId-000000000001", ExtendedS3DestinationUpdate={"Prefix": "p/"})
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1, (out, err)
    assert "the stream was changed" in out

    process = start_slowly(logs)
    assert logs.stop() == 0
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1, (out, err)
    assert re.search(r"Go on with\n  hydrant replay logs --from \d+ --to 160 --rate '100 kB' --config /", out)


def test_it_ends_with_a_node_that_was_started_anew_and_goes_on_there(logs, bucket):
    everything = put_many(logs, bucket)
    process = start_slowly(logs)
    wait_until(lambda: split(bucket)[1], what="its first object")
    process.send_signal(signal.SIGSTOP)  # it does not see that the node is away
    logs.stop()
    logs.start()
    process.send_signal(signal.SIGCONT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1, (out, err)
    assert "the node was started anew" in out
    (reached,) = re.findall(r"It reached position (\d+) of 160", out)
    assert replay(logs, "--from", reached, "--to", "160", "--rate", "0").returncode == 0
    assert set(lines_of(split(bucket)[1])) == set(everything)


def test_it_ends_with_its_stream_and_can_not_go_on(logs, bucket):
    put_many(logs, bucket)
    process = start_slowly(logs)
    logs.client().delete_delivery_stream(DeliveryStreamName="logs")
    out, err = process.communicate(timeout=30)
    assert process.returncode == 1, (out, err)
    assert "its stream was deleted" in out
    assert "Go on" not in out and "answer" not in out + err


def test_the_header_marks_objects_of_s3(make_hydrant, s3_server):
    marked_bucket = s3_server.bucket("marked")
    node = make_hydrant(s3=s3_server.settings()).start()
    node.create_stream("logs", "marked")
    put(node.client(), *records(0, 3))
    s3 = s3_server.client()

    wait_until(lambda: len(lines_of(objects(marked_bucket))) == 3, what="live delivery")
    assert replay(node, "--from", "oldest").returncode == 0
    live, marked = split(marked_bucket)
    assert lines_of(marked) == records(0, 3)
    for path in live + marked:
        metadata = s3.head_object(Bucket="marked", Key=str(path.relative_to(marked_bucket)))["Metadata"]
        assert metadata == ({"hydrant-replay": MARK.search(str(path)).group(1)} if path in marked else {})
