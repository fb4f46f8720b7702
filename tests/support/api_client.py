"""The Firehose API below boto3's comfort: requests as they stand in a case, answers as they came and as botocore reads them."""
import dataclasses
import json
import re

import botocore.exceptions

from .ports import wait_until
from .service_model import problems, service

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
ON_THE_WAY = {"CREATING", "DELETING", "ENABLING", "DISABLING"}


@dataclasses.dataclass
class Answer:
    status: int
    headers: dict
    document: object  # the JSON that came
    code: str | None = None  # of an error, as botocore reads it
    message: str = ""

    def breaks_of_protocol(self, operation):
        """What no answer may be, whatever it says."""
        found = []
        if not UUID.fullmatch(self.headers.get("x-amzn-requestid", "")):
            found.append(f"x-amzn-RequestId: {self.headers.get('x-amzn-requestid')!r} is no UUID")
        if not self.headers.get("content-type", "").startswith("application/x-amz-json-1.1"):
            found.append(f"Content-Type: {self.headers.get('content-type')!r}")
        if self.code is None:
            shape = service().operation_model(operation).output_shape
            return found + problems(shape, self.document) + self._untold_failure()
        if not isinstance(self.document, dict) or not isinstance(self.document.get("__type"), str):
            found.append("an error without __type")
        status = {"ServiceUnavailableException": 503, "InternalFailure": 500}.get(self.code, 400)
        return found + ([f"HTTP status: expected {status}, got {self.status}"] if self.status != status else [])

    def _untold_failure(self):
        """A stream that could not be made says why, and no other does."""
        stream = self.document.get("DeliveryStreamDescription", {})
        failed = stream.get("DeliveryStreamStatus") in ("CREATING_FAILED", "DELETING_FAILED")
        if not stream or failed == ("FailureDescription" in stream):
            return []
        return [f"{stream['DeliveryStreamStatus']} with FailureDescription {stream.get('FailureDescription')!r}"]


class ApiClient:
    """One caller of one node. boto3 signs, sends and parses; the body is the caller's, to the byte."""

    def __init__(self, node):
        self._client = node.client()
        self._client.meta.events.register("before-call.firehose", self._replace)
        self._client.meta.events.register("after-call.firehose", self._keep)
        self._body, self._headers, self._answer = b"", {}, None

    def _replace(self, params, **_):
        params["body"] = self._body
        for name, value in self._headers.items():
            params["headers"].pop(name, None)
            if value is not None:
                params["headers"][name] = value

    def _keep(self, http_response, **_):
        try:
            document = json.loads(http_response.content)
        except ValueError:
            document = None
        headers = {name.lower(): value for name, value in http_response.headers.items()}
        self._answer = Answer(http_response.status_code, headers, document)

    def call(self, operation, request, headers=()):
        """`request`: JSON to be, or bytes as they are."""
        self._body = request if isinstance(request, bytes) else json.dumps(request).encode()
        self._headers = dict(headers)
        try:
            self._client._make_api_call(operation, {})
        except botocore.exceptions.ClientError as error:
            self._answer.code = error.response["Error"]["Code"]
            self._answer.message = error.response["Error"]["Message"]
        return self._answer

    def describe(self, stream):
        """The description, or None where there is no such stream."""
        answer = self.call("DescribeDeliveryStream", {"DeliveryStreamName": stream})
        return answer.document["DeliveryStreamDescription"] if answer.code is None else None

    def settle(self, stream):
        """Waits until nothing of the stream is on its way from one state to another."""
        def settled():
            description = self.describe(stream)
            if description is None:
                return True
            encryption = description.get("DeliveryStreamEncryptionConfiguration", {}).get("Status")
            return not ON_THE_WAY & {description["DeliveryStreamStatus"], encryption}
        wait_until(settled, what=f"{stream} is in a state that lasts", interval=0.02)

    def remove(self, stream):
        self.call("DeleteDeliveryStream", {"DeliveryStreamName": stream})
        wait_until(lambda: self.describe(stream) is None, what=f"{stream} is gone", interval=0.02)
