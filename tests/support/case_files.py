"""Conformance cases: reading them from their files, and making requests of them. tests/conformance/README.md says what may stand in one."""
import base64
import collections
import copy
import dataclasses
import functools
import pathlib
import re

import yaml

from .hydrant import ACCOUNT, ROLE
from .service_model import service, wire_name

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "conformance"
KINDS = ("documented", "observed", "judgement")
DESTINATION = re.compile(r"Destination(Configuration|Update)$")
CASE_KEYS = {"name", "source", "node", "setup", "then", "operation", "base", "input", "set", "body", "headers", "expect", "error", "invalid"}
STEP_KEYS = CASE_KEYS - {"name", "source", "node", "setup", "then"}


@dataclasses.dataclass
class Case:
    file: str
    name: str
    kind: str
    source: str
    node: str
    operation: str  # the one that the case is about
    steps: list  # mappings, in order; each has `operation`

    @property
    def id(self):
        return f"{self.file}:{self.name}"


@functools.cache
def fixtures():
    return yaml.safe_load((FOLDER / "fixtures.yaml").read_text())


def merged(below, above):
    """`above` laid over `below`; a null takes away."""
    result = copy.deepcopy(below)
    for key, value in above.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = copy.deepcopy(value)
    return result


def filled(text, names):
    for name, value in names.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def expanded(value, names):
    """With placeholders filled in, and long values written out."""
    if isinstance(value, str):
        return filled(value, names)
    if isinstance(value, list):
        return [expanded(member, names) for member in value]
    if not isinstance(value, dict):
        return value
    times = value.get("times", 1)
    if "text" in value:
        return filled(value["text"], names) * times
    if "base64" in value:
        return base64.b64encode((value["base64"] * times).encode()).decode()
    if "list" in value:
        return [expanded(value["list"], names | {"i": index}) for index in range(1, times + 1)]
    return {key: expanded(member, names) for key, member in value.items()}


def destination_key(request):
    return next((key for key in request if DESTINATION.search(key)), None)


def _put(request, path, value):
    *parents, last = path
    for name in parents:
        if isinstance(request, list):
            request = request[int(name)]
        else:
            request = request.setdefault(name, {})
    if isinstance(request, list):
        request[int(last)] = value
    elif value is None:
        request.pop(last, None)
    else:
        request[last] = value


def request_of(step, stream):
    """The request of a step as JSON to be."""
    written = dict(step.get("input", {}))
    base = written.pop("base", step.get("base"))
    request = merged(fixtures()["requests"][base or "none"], written)
    members = service().operation_model(step["operation"]).input_shape.members
    if "DeliveryStreamName" in members and "DeliveryStreamName" not in written:
        request["DeliveryStreamName"] = "{stream}"
    for path, value in step.get("set", {}).items():
        _put(request, real_path(path, request), value)
    return expanded(request, {"stream": stream, "account": ACCOUNT, "role": ROLE})


def real_path(path, request):
    """`destination.` stands for the one destination of the request."""
    names = path.split(".")
    return [destination_key(request), *names[1:]] if names[0] == "destination" else names


def message_path(path, request):
    """A request's path as AWS's messages write it: destination.Tags.0.Key is ….tags.1.member.key."""
    names = [f"{int(name) + 1}.member" if name.isdigit() else wire_name(name) for name in real_path(path, request)]
    return ".".join(names)


def _case(file, number, written, defaults):
    unknown = written.keys() - CASE_KEYS
    assert not unknown, f"{file}: case {number} has {unknown}"
    whole = defaults | written
    (kind, source), = whole["source"].items()
    assert kind in KINDS, f"{file}: case {number}: {kind} is no kind of source"
    own = {key: whole[key] for key in STEP_KEYS if key in whole}
    steps = [{"operation": "CreateDeliveryStream"} | step for step in whole.get("setup", [])] + [own]
    steps += [{"operation": "DescribeDeliveryStream"} | step for step in whole.get("then", [])]
    for step in steps:
        assert not step.keys() - STEP_KEYS, f"{file}: case {number}: a step has {step.keys() - STEP_KEYS}"
    name = whole.get("name") or ", ".join(f"{path} is {value!r}" for path, value in own["set"].items())
    return Case(file, name, kind, source, whole.get("node", "relaxed"), own["operation"], steps)


@functools.cache
def load_cases():
    cases = []
    for path in sorted(FOLDER.glob("cases/*.yaml")):
        document = yaml.safe_load(path.read_text())
        defaults = {key: value for key, value in document.items() if key != "cases"}
        cases += [_case(path.name, number, written, defaults) for number, written in enumerate(document["cases"], 1)]
    names = [case.id for case in cases]
    assert len(set(names)) == len(names), [name for name in set(names) if names.count(name) > 1]
    return cases


def counts():
    """{operation: how many cases are documented, observed, judged}, and of all of them under `all`."""
    rows = collections.defaultdict(lambda: [0] * len(KINDS))
    for case in load_cases():
        for operation in (case.operation, "all"):
            rows[operation][KINDS.index(case.kind)] += 1
    return {operation: rows[operation] for operation in sorted(rows, key=lambda name: (name == "all", name))}
