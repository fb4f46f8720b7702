"""Every case of cases/*.yaml against a real node. See README.md for what a case is."""
import itertools
import re

import pytest

from support.case_files import load_cases, request_of
from support.expectations import differences

CHANGES = {"CreateDeliveryStream", "DeleteDeliveryStream", "StartDeliveryStreamEncryption", "StopDeliveryStreamEncryption"}
numbers = itertools.count(1)


def run_step(client, step, stream, streams):
    """The differences of one call; notes which streams it makes."""
    if "body" in step:
        request = step["body"].replace("{stream}", stream).encode()
    else:
        request = request_of(step, stream)
    answer = client.call(step["operation"], request, step.get("headers", {}))
    found = differences(step, answer, stream) + answer.breaks_of_protocol(step["operation"])
    name = request.get("DeliveryStreamName") if isinstance(request, dict) else stream
    if answer.code is None and name and step["operation"] in CHANGES:
        client.settle(name)
        streams.add(name)
    return found


@pytest.mark.parametrize("case", load_cases(), ids=lambda case: re.sub(r"[^\w.:<>=-]+", "-", case.id))
def test_case(case, api):
    client = api(case.node)
    stream, streams = f"case-{next(numbers)}", set()
    try:
        for number, step in enumerate(case.steps, 1):
            found = run_step(client, step, stream, streams)
            if found:
                where = f"cases/{case.file}: {case.name}\n  {case.kind}: {case.source}\n  step {number}, {step['operation']}:\n    "
                pytest.fail(where + "\n    ".join(found), pytrace=False)
    finally:
        for name in streams:
            client.remove(name)
