"""Streams that this build has no sink or source for are kept, take no records, and say so."""
import pytest

from support.case_files import request_of

FAMILIES = ("redshift", "elasticsearch", "opensearch", "serverless", "splunk", "http", "snowflake", "iceberg", "kinesis", "msk", "database")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_stream_that_is_not_active_refuses_records(api, family):
    client, name = api("relaxed"), f"undelivered-{family}"
    answer = client.call("CreateDeliveryStream", request_of({"operation": "CreateDeliveryStream", "base": family}, name))
    assert answer.code is None, f"{answer.code}: {answer.message}"
    try:
        client.settle(name)
        description = client.describe(name)
        if description["DeliveryStreamStatus"] == "ACTIVE" and description["DeliveryStreamType"] == "DirectPut":
            pytest.skip(f"this build delivers to {family}")
        record = {"Data": "QQ=="}
        for operation, records in (("PutRecord", {"Record": record}), ("PutRecordBatch", {"Records": [record]})):
            answer = client.call(operation, {"DeliveryStreamName": name} | records)
            assert answer.code in ("ResourceNotFoundException", "InvalidArgumentException"), answer
    finally:
        client.remove(name)
