"""What a client sees of an error."""
import botocore.exceptions
import pytest


def error_code(call, **arguments):
    """(code, message) of the error that the call must end with."""
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**arguments)
    return caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]
