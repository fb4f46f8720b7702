"""Firehose's service model as botocore carries it, and what of an answer does not follow it."""
import functools
import re

import botocore.loaders
import botocore.model


@functools.cache
def service():
    return botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("firehose", "service-2"), "firehose")


def wire_name(name):
    """As messages name a member: DeliveryStreamName is deliveryStreamName."""
    return name[0].lower() + name[1:]


def pattern_of(shape):
    """The shape's pattern for Python's re, anchored as AWS does; None where there is none that re knows."""
    pattern = shape.metadata.get("pattern")
    if not pattern or r"\p{" in pattern:
        return None
    return re.compile(f"(?:{pattern})")


def _wrong_string(shape, value):
    if shape.enum and value not in shape.enum:
        return f"{value!r} is none of {shape.enum}"
    pattern = pattern_of(shape)
    if pattern and not pattern.fullmatch(value):
        return f"{value!r} does not match {pattern.pattern}"
    return _wrong_size(shape, len(value), "length")


def _wrong_size(shape, size, what):
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and size < low:
        return f"{what} {size} is below {low}"
    if high is not None and size > high:
        return f"{what} {size} is above {high}"
    return None


TYPES = {"string": str, "blob": str, "boolean": bool, "integer": int, "long": int, "double": (int, float),
         "timestamp": (int, float), "structure": dict, "list": list, "map": dict}


def _problems_within(shape, value, path):
    if shape.type_name == "structure":
        return [f"{path}.{name}: required, and missing" for name in shape.required_members if name not in value] + [
            problem for name, member in value.items()
            for problem in ([f"{path}.{name}: the model has no such member"] if name not in shape.members
                            else problems(shape.members[name], member, f"{path}.{name}"))]
    if shape.type_name == "list":
        return [problem for index, member in enumerate(value) for problem in problems(shape.member, member, f"{path}.{index}")]
    return [problem for key, member in value.items() for problem in problems(shape.value, member, f"{path}.{key}")]


def problems(shape, value, path="answer"):
    """What of a JSON value is not as `shape` says; each names the member."""
    expected = TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and shape.type_name != "boolean"):
        return [f"{path}: {value!r} is no {shape.type_name}"]
    if shape.type_name in ("structure", "list", "map"):
        wrong = _wrong_size(shape, len(value), "length") if shape.type_name == "list" else None
        return ([f"{path}: {wrong}"] if wrong else []) + _problems_within(shape, value, path)
    wrong = None
    if shape.type_name == "string":
        wrong = _wrong_string(shape, value)
    elif shape.type_name in ("integer", "long", "double"):
        wrong = _wrong_size(shape, value, "value")
    return [f"{path}: {wrong}"] if wrong else []
