"""Random configurations: valid ones come back as they went in plus defaults, invalid ones are refused naming the broken member.

Examples are the same in each run. HYDRANT_EXAMPLES=500 takes so many of each kind, other ones each time; a failure prints what repeats it.
"""
import itertools
import os
import re

import hypothesis
import hypothesis.configuration
import pytest
from hypothesis import strategies as st

from support.breakage import breakages
from support.configurations import FAMILIES, configuration, update
from support.descriptions import described, updated, wrong_members
from support.expectations import VIOLATION
from support.hydrant import ROOT
from support.service_model import problems, service

hypothesis.configuration.set_hypothesis_home_dir(ROOT / "build/hypothesis")
EXAMPLES = os.environ.get("HYDRANT_EXAMPLES")
bounded = hypothesis.settings(
    max_examples=int(EXAMPLES or 12), derandomize=not EXAMPLES, database=None, deadline=None, print_blob=True,
    suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink])
numbers = itertools.count(1)
DESTINATION = "destinationId-000000000001"


def create(client, family, configuration):
    """(name, answer)"""
    name = f"random-{next(numbers)}"
    return name, client.call("CreateDeliveryStream", {"DeliveryStreamName": name, FAMILIES[family] + "Configuration": configuration})


def destination_of(client, name, family):
    (destination,) = client.describe(name)["Destinations"]
    return destination[FAMILIES[family] + "Description"]


def succeeded(answer, operation):
    assert answer.code is None, f"{answer.code}: {answer.message}"
    assert answer.breaks_of_protocol(operation) == []


@pytest.mark.parametrize("family", FAMILIES)
def test_what_goes_in_comes_back(api, family):
    client = api("relaxed")

    @bounded
    @hypothesis.given(configuration(family), update(family))
    def check(given, changes):
        shape = service().shape_for(FAMILIES[family] + "Configuration")
        assert problems(shape, given) == [], "the generator makes valid configurations"
        name, answer = create(client, family, given)
        succeeded(answer, "CreateDeliveryStream")
        try:
            client.settle(name)
            assert wrong_members(family, described(family, given), destination_of(client, name, family)) == []
            answer = client.call("UpdateDestination", {
                "DeliveryStreamName": name, "CurrentDeliveryStreamVersionId": "1", "DestinationId": DESTINATION,
                FAMILIES[family] + "Update": changes})
            succeeded(answer, "UpdateDestination")
            after = described(family, updated(given, changes))
            assert wrong_members(family, after, destination_of(client, name, family)) == []
            assert client.describe(name)["VersionId"] == "2"
        finally:
            client.remove(name)
    check()


def requests(operation, family):
    if operation == "CreateDeliveryStream":
        return configuration(family).map(lambda given: {"DeliveryStreamName": "broken", FAMILIES[family] + "Configuration": given})
    return update(family).map(lambda changes: {"DeliveryStreamName": "broken", "CurrentDeliveryStreamVersionId": "1",
                                               "DestinationId": DESTINATION, FAMILIES[family] + "Update": changes})


@pytest.mark.parametrize("operation", ["CreateDeliveryStream", "UpdateDestination"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_broken_is_named(api, family, operation):
    client = api("relaxed")
    shape = service().operation_model(operation).input_shape

    @bounded
    @hypothesis.given(requests(operation, family), st.data())
    def check(request, data):
        breakage = data.draw(st.sampled_from(breakages(shape, request)))
        answer = client.call(operation, breakage.apply(request))
        assert answer.code == "ValidationException", f"{breakage}: {answer.code}: {answer.message}"
        violations = re.split(r"; (?=Value )", answer.message.partition(" detected: ")[2])
        named = {match.group(1) for match in map(VIOLATION.fullmatch, violations) if match}
        assert named == {breakage.named(request)}, f"{breakage}: {answer.message}"
    check()
