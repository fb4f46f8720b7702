"""Hydrant.Failover: a stream leaves a destination that fails, comes back, and no record suffers from it."""
import datetime
import json
import time

import pytest

from support import fault_proxy
from support.fault_proxy import DROP_ANSWER
from support.hydrant import s3_destination
from support.ledger import Producers, locate
from support.metrics import metric
from support.objects import objects
from support.ports import wait_until

OWN, OTHER = "own-bucket", "other-bucket"
AWAY = fault_proxy.answer_error(503, "ServiceUnavailable")
HOLD_DOWN_SECONDS = 2


@pytest.fixture
def own(s3_server):
    return s3_server.bucket(OWN)


@pytest.fixture
def other(s3_server):
    return s3_server.bucket(OTHER)


@pytest.fixture
def node(make_hydrant, proxied_s3, own, other):
    return make_hydrant(s3=proxied_s3 | {"timeout": "1s"}).start()


def create(node, **rules):
    rules = {"After": "2s", "HoldDown": f"{HOLD_DOWN_SECONDS}s"} | rules
    destinations = [{"ExtendedS3DestinationConfiguration": s3_destination(OTHER)}]
    node.create_stream("logs", OWN, hydrant={"Failover": rules | {"Destinations": destinations}},
                       BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 1})


def in_use(node):
    return node.stream_state("logs")["destination_in_use"]


def wait_used(node, bucket):
    wait_until(lambda: bucket in in_use(node), timeout=40, what=f"{bucket} is in use")


def wait_drained(node):
    wait_until(lambda: node.stream_state("logs")["backlog_records"] == 0, timeout=40, what="everything is delivered")


def leave(node, proxy, own, other, fault=AWAY):
    """Records go to their own bucket, and then to the other since that one fails."""
    wait_until(lambda: objects(own), what="delivery")
    proxy.always(fault, bucket=OWN)
    wait_used(node, OTHER)
    wait_until(lambda: len(objects(other)) > 2, what="delivery elsewhere")


def times(node, message):
    """When the log says so, in seconds."""
    lines = [json.loads(line) for line in node.log().splitlines() if message in line]
    return [datetime.datetime.fromisoformat(line["time"].replace("Z", "+00:00")).timestamp() for line in lines]


def check(own, other, producers, possible_duplicates):
    """Every acknowledged record is in one of the two; in both no more than hydrant says may be. Returns how many are."""
    producers.check_problems()
    at_own, at_other = locate(own), locate(other)
    twice = [i for where in (at_own, at_other) for i, paths in where.items() if len(paths) > 1]
    both = at_own.keys() & at_other.keys()
    print(f"{len(producers.acknowledged)} acknowledged, {len(at_own)} at their own, {len(at_other)} elsewhere, {len(both)} at both, "
          f"{possible_duplicates} possible")
    assert producers.acknowledged <= at_own.keys() | at_other.keys()
    assert at_own.keys() | at_other.keys() <= producers.acknowledged | producers.unknown
    assert twice == []
    assert len(both) <= possible_duplicates
    return len(both)


@pytest.mark.parametrize("rule,condition,wait", [
    ({"After": "2s"}, "Delivery failed; it is tried again.", 2),
    ({"After": "1h", "WhenBreakerOpens": True}, "The destination fails: nothing is sent to it", 0),
], ids=["after", "breaker"])
def test_it_switches_within_a_second_and_comes_back_after_the_hold_down(node, proxy, own, other, rule, condition, wait):
    create(node, **rule)
    with Producers(node, 2, pause=0.02) as producers:
        wait_until(lambda: objects(own), what="delivery")
        assert in_use(node) == node.stream_state("logs")["destination"] == f"s3://{OWN}/"
        proxy.always(AWAY, bucket=OWN)
        wait_used(node, OTHER)
        wait_until(lambda: objects(other), what="delivery elsewhere")
        assert metric(node, "hydrant_destination_in_use") == 1
        details = [problem["detail"] for problem in json.loads(node.admin("/health")[1])["problems"]]
        assert any(f"records go to s3://{OTHER}/" in detail for detail in details), details
        proxy.heal()
        healed = time.time()
        wait_used(node, OWN)
    wait_drained(node)
    assert check(own, other, producers, metric(node, "hydrant_possible_duplicate_records_total")) == 0
    assert json.loads(node.admin("/health")[1]) == {"status": "ok", "problems": []}

    left, returned = times(node, "The stream is delivered to another destination.")
    late = left - (times(node, condition)[0] + wait)
    print(f"left {late:.3f} s after its condition, back {returned - healed:.3f} s after the destination")
    assert 0 <= late < 1
    # The last probe that failed was before it was healed, and they are a second apart.
    assert HOLD_DOWN_SECONDS - 0.1 <= returned - healed < HOLD_DOWN_SECONDS + 5


def test_records_that_may_be_at_both_are_counted(node, proxy, own, other):
    create(node)
    with Producers(node, 2, pause=0.02) as producers:
        leave(node, proxy, own, other, DROP_ANSWER)
    wait_drained(node)
    assert check(own, other, producers, metric(node, "hydrant_possible_duplicate_records_total")) > 0
    assert metric(node, "hydrant_possible_duplicate_records_total") == node.stream_state("logs")["possible_duplicate_records"]


def test_copy_back_brings_home_what_went_elsewhere(node, proxy, own, other):
    create(node, CopyBack=True)
    with Producers(node, 2, pause=0.02) as producers:
        leave(node, proxy, own, other)
        proxy.heal()
        wait_used(node, OWN)
    wait_drained(node)
    assert producers.check(own) >= locate(other).keys() != set()


@pytest.mark.slow
def test_copies_are_not_forgotten_over_sigkill(node, proxy, own, other):
    create(node, CopyBack=True)
    with Producers(node, 2, pause=0.02) as producers:
        leave(node, proxy, own, other)
    node.kill()
    node.start()
    # No record comes any more that would show it to be well.
    proxy.heal()
    wait_until(lambda: "are copied to the destination" in node.log(), what="copies begin")
    node.kill()
    node.start()
    wait_drained(node)
    assert producers.check(own) >= locate(other).keys() != set()


@pytest.mark.slow
@pytest.mark.parametrize("drain", [True, False])
def test_each_of_two_fails_in_turn(node, proxy, own, other, drain):
    create(node, Drain=drain, WhenBreakerOpens=True, HoldDown="1s")
    with Producers(node, 2, pause=0.02) as producers:
        for _ in range(2):
            leave(node, proxy, own, other)
            proxy.always(AWAY, bucket=OTHER)
            wait_used(node, OWN)
        proxy.always(AWAY)
        wait_until(lambda: node.stream_state("logs")["breaker"] == "open", what="both are away")
        proxy.heal()
    wait_drained(node)
    assert check(own, other, producers, metric(node, "hydrant_possible_duplicate_records_total")) == 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", [AWAY, DROP_ANSWER], ids=lambda fault: fault.name)
def test_sigkill_on_the_way_there_and_back(node, proxy, own, other, fault):
    create(node)
    possible = 0

    def kill():
        nonlocal possible
        time.sleep(0.2)  # a switch that was just seen may still count
        possible += metric(node, "hydrant_possible_duplicate_records_total")
        node.kill()
        node.start()
    with Producers(node, 2, pause=0.02) as producers:
        wait_until(lambda: objects(own), what="delivery")
        proxy.always(fault, bucket=OWN)
        wait_until(lambda: node.stream_state("logs")["last_error"], what="it fails")
        kill()
        wait_used(node, OTHER)
        kill()
        wait_used(node, OTHER)
        wait_until(lambda: len(objects(other)) > 1, what="delivery elsewhere")
        kill()
        proxy.heal()
        time.sleep(HOLD_DOWN_SECONDS / 2)
        kill()
        wait_used(node, OWN)
    wait_drained(node)
    check(own, other, producers, possible + metric(node, "hydrant_possible_duplicate_records_total"))
