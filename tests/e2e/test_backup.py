"""S3BackupMode Enabled: every record as it came in also goes to another bucket, and neither waits for the other."""
import json

import pytest

from support import fault_proxy
from support.hydrant import s3_destination
from support.ledger import Producers, check_delivered
from support.metrics import metric
from support.objects import objects, read_all
from support.ports import wait_until

OWN, BACKUP = "own-bucket", "backup-bucket"
AWAY = fault_proxy.answer_error(503, "ServiceUnavailable")
BUFFERING = {"SizeInMBs": 1, "IntervalInSeconds": 1}
ENABLED = {"S3BackupMode": "Enabled"}
MEBIBYTE = 1 << 20


@pytest.fixture
def own(s3_server):
    return s3_server.bucket(OWN)


@pytest.fixture
def backup(s3_server):
    return s3_server.bucket(BACKUP)


@pytest.fixture
def node(make_hydrant, proxied_s3, own, backup):
    # What all branches have settled is trimmed at once.
    log = {"retention": "0s", "segment_size": "4 MiB"}
    return make_hydrant(s3=proxied_s3, log=log).start()


def create(node, **destination):
    settings = ENABLED | {"S3BackupConfiguration": s3_destination(BACKUP, BufferingHints=BUFFERING)}
    node.create_stream("logs", OWN, **{"BufferingHints": BUFFERING} | settings | destination)


def state(node):
    return node.stream_state("logs")


def wait_drained(node):
    wait_until(lambda: state(node)["backlog_records"] == 0, timeout=40, what="everything is delivered")
    if state(node)["backup"]:
        wait_until(lambda: state(node)["backup"]["backlog_records"] == 0, timeout=40, what="everything is backed up")


def test_both_hold_every_record_once(node, own, backup):
    create(node)
    with Producers(node, 2, pause=0.02) as producers:
        wait_until(lambda: len(objects(own)) > 3 and len(objects(backup)) > 3, what="objects in both")
    wait_drained(node)
    assert producers.check(own) == producers.check(backup) != set()
    records = len(producers.acknowledged)
    assert state(node)["delivered_records"] == state(node)["backup"]["delivered_records"] == records
    assert metric(node, "hydrant_delivered_records_total", branch="backup") == records


def test_it_holds_records_as_they_came_in(node, own, backup):
    create(node, Prefix="processed/", ProcessingConfiguration={"Enabled": True, "Processors": [
        {"Type": "AppendDelimiterToRecord", "Parameters": []}]},
        S3BackupConfiguration=s3_destination(BACKUP, Prefix="raw/", CompressionFormat="GZIP", BufferingHints=BUFFERING))
    node.client().put_record_batch(DeliveryStreamName="logs", Records=[{"Data": b"one"}, {"Data": b"two"}])
    wait_until(lambda: read_all(own) == b"one\ntwo\n", what="delivery")
    wait_until(lambda: read_all(backup, compression="GZIP") == b"onetwo", what="backup")
    (path,) = objects(backup)
    assert path.relative_to(backup).parts[0] == "raw" and path.name.endswith(".gz")


def test_while_it_is_away_deliveries_go_on_and_the_log_keeps_what_it_lacks(node, proxy, own, backup):
    create(node)
    proxy.always(AWAY, bucket=BACKUP)
    with Producers(node, 2, pause=0.02, filler_max=10_000) as producers:
        wait_until(lambda: (metric(node, "hydrant_log_records_total") or 0) > 10_000, what="records")
    wait_until(lambda: state(node)["backlog_records"] == 0, timeout=40, what="its own deliveries go on")
    assert state(node)["state"] == "running"
    wait_until(lambda: state(node)["lag_seconds"] == 0, what="no lag of its own")
    waits = state(node)["backup"]
    assert (waits["backlog_records"], waits["delivered_records"]) == (len(producers.acknowledged), 0)
    assert waits["last_error"].startswith("S3.ServiceUnavailable")
    assert wait_until(lambda: state(node)["backup"]["lag_seconds"], what="the backup lags") > 0
    (problem,) = json.loads(node.admin("/health")[1])["problems"]
    assert problem["stream"] == "logs" and f"does not get through to s3://{BACKUP}/: S3.Service" in problem["detail"]
    assert metric(node, "hydrant_backlog_records") == 0
    assert metric(node, "hydrant_backlog_records", branch="backup") == len(producers.acknowledged)
    producers.check(own)

    # Opening the log forgets all that it may.
    node.kill()
    node.start()
    assert state(node)["backup"]["backlog_records"] == len(producers.acknowledged)
    proxy.heal()
    wait_drained(node)
    producers.check(backup)
    producers.check(own)
    wait_until(lambda: json.loads(node.admin("/health")[1])["status"] == "ok", what="nothing is wrong any more")
    wait_until(lambda: metric(node, "hydrant_log_disk_bytes") < 10 * MEBIBYTE, what="the log is trimmed")


def test_while_its_own_destination_is_away_the_backup_goes_on(node, proxy, own, backup):
    create(node)
    proxy.always(AWAY, bucket=OWN)
    with Producers(node, 2, pause=0.02) as producers:
        wait_until(lambda: objects(backup), what="backup")
    wait_until(lambda: state(node)["backup"]["backlog_records"] == 0, timeout=40, what="everything is backed up")
    assert state(node)["backlog_records"] == len(producers.acknowledged)
    proxy.heal()
    wait_drained(node)
    producers.check(own)
    producers.check(backup)


def test_an_update_that_enables_it_begins_with_what_is_not_delivered(node, proxy, own, backup):
    node.create_stream("logs", OWN, BufferingHints=BUFFERING)
    client = node.client()

    def put(*names):
        client.put_record_batch(DeliveryStreamName="logs", Records=[{"Data": f"{name}\n".encode()} for name in names])
    put("early")
    wait_drained(node)
    proxy.always(AWAY, bucket=OWN)
    put("waits-1", "waits-2")
    wait_until(lambda: state(node)["last_error"], what="delivery fails")
    client.update_destination(
        DeliveryStreamName="logs", CurrentDeliveryStreamVersionId="1", DestinationId="destinationId-000000000001",
        ExtendedS3DestinationUpdate=ENABLED | {"S3BackupUpdate": s3_destination(BACKUP, BufferingHints=BUFFERING)})
    put("late")
    wait_until(lambda: state(node)["backup"]["backlog_records"] == 0, timeout=40, what="everything is backed up")
    check_delivered(backup, {"waits-1", "waits-2", "late"})
    proxy.heal()
    wait_drained(node)
    check_delivered(own, {"early", "waits-1", "waits-2", "late"})
    check_delivered(backup, {"waits-1", "waits-2", "late"})
