"""What a client sees of an error, and what boto3 can't say by itself."""
import json

import botocore.exceptions
import pytest


def error_code(call, **arguments):
    """(code, message) of the error that the call must end with."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]


def say_hydrant(client, operation, settings):
    """Adds our key `Hydrant` to each request of that operation: boto3 sends only what its model has."""
    def add(request, **_):
        request.data = json.dumps(json.loads(request.body) | {"Hydrant": settings}).encode()
    client.meta.events.register(f"request-created.firehose.{operation}", add)
