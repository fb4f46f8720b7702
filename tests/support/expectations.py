"""What a case expects of an answer, and what of it is not so: one line a difference, with member, expected and got."""
import re

from .case_files import expanded, message_path, request_of
from .hydrant import ACCOUNT, ROLE

ABSENT = object()
HEAD = re.compile(r"(\d+) validation errors? detected: (.*)", re.DOTALL)
# AWS has been seen to say the value and to leave it out; of sensitive members it never says it.
VIOLATION = re.compile(r"Value (?:null |'.*' |\S+ )?at '([^']+)' failed to satisfy constraint: (.*)", re.DOTALL)
RULES = {"length <=": "Member must have length less than or equal to", "length >=": "Member must have length greater than or equal to",
         "value <=": "Member must have value less than or equal to", "value >=": "Member must have value greater than or equal to"}


def find(document, path):
    """The member at a path; `stream.`, `destination.` and `s3.` are parts of a description."""
    first, _, rest = path.partition(".")
    if first in ("stream", "destination", "s3"):
        document = document.get("DeliveryStreamDescription", {})
        if first != "stream":
            document = _destination(document, first)
        path = rest
    for name in path.split(".") if path else []:
        try:
            document = document[int(name)] if isinstance(document, list) else document[name]
        except (KeyError, IndexError, TypeError, ValueError):
            return ABSENT
    return document


def _destination(description, which):
    first = (description.get("Destinations") or [{}])[0]
    if which == "s3":
        return first.get("S3DestinationDescription", {})
    names = [name for name in first if name.endswith("DestinationDescription") and name != "S3DestinationDescription"]
    return first[names[0]] if len(names) == 1 else {}


def shown(value):
    return "nothing" if value is ABSENT else repr(value)


def differences(step, answer, stream):
    """All that is not as the step expects."""
    names = {"stream": stream, "account": ACCOUNT, "role": ROLE}
    if "error" in step:
        return _error_differences(expanded(step["error"], names), answer)
    if "invalid" in step:
        return _violation_differences(step, answer, stream)
    if answer.code is not None:
        return [f"expected success, got {answer.code}: {answer.message}"]
    expect = expanded(step.get("expect", {}), names)
    found = []
    for path, expected in expect.get("equal", {}).items():
        got = find(answer.document, path)
        if got is ABSENT or got != expected or isinstance(got, bool) is not isinstance(expected, bool):
            found.append(f"{path}: expected {expected!r}, got {shown(got)}")
    for path, pattern in expect.get("matches", {}).items():
        got = find(answer.document, path)
        if got is ABSENT or not re.fullmatch(pattern, str(got)):
            found.append(f"{path}: expected to match {pattern!r}, got {shown(got)}")
    for path, length in expect.get("length", {}).items():
        got = find(answer.document, path)
        if got is ABSENT or len(got) != length:
            found.append(f"{path}: expected {length} members, got {shown(got) if got is ABSENT else len(got)}")
    found += [f"{path}: expected to be there" for path in expect.get("present", []) if find(answer.document, path) is ABSENT]
    found += [f"{path}: expected not to be there, got {shown(find(answer.document, path))}" for path in expect.get("absent", [])
              if find(answer.document, path) is not ABSENT]
    return found


def _error_differences(expected, answer):
    if answer.code is None:
        return [f"expected {expected['code']}, got success: {answer.document}"]
    found = []
    if not re.fullmatch(expected["code"], answer.code):
        found.append(f"error code: expected {expected['code']}, got {answer.code}: {answer.message}")
    if "message" in expected and answer.message != expected["message"]:
        found.append(f"message: expected {expected['message']!r}, got {answer.message!r}")
    if "pattern" in expected and not re.search(expected["pattern"], answer.message):
        found.append(f"message: expected to match {expected['pattern']!r}, got {answer.message!r}")
    return found


def _agrees(rule, constraint):
    """Whether a rule of a case and a constraint in AWS's words are the same."""
    words = rule.split(" ")
    if words[0] == "enum":  # the order of the values has no meaning
        values = re.fullmatch(r"Member must satisfy enum value set: \[(.*)\]", constraint)
        return values is not None and sorted(values.group(1).split(", ")) == sorted(words[1:])
    if words[0] == "pattern":
        text = "Member must satisfy regular expression pattern: "
        return constraint == text + rule[len("pattern "):] if len(words) > 1 else constraint.startswith(text)
    if rule == "not null":
        return constraint == "Member must not be null"
    return constraint == f"{RULES[' '.join(words[:2])]} {words[2]}"


def expected_violations(step, stream):
    invalid = step["invalid"]
    request = request_of({key: value for key, value in step.items() if key != "set"}, stream)
    if not isinstance(invalid, dict):
        (path,) = step["set"]
        invalid = {path: invalid}
    return [(message_path(path, request), rule) for path, rules in invalid.items()
            for rule in (rules if isinstance(rules, list) else [rules])]


def _violation_differences(step, answer, stream):
    if answer.code != "ValidationException":
        return [f"expected ValidationException at {', '.join(path for path, _ in expected_violations(step, stream))}, "
                f"got {answer.code or 'success'}: {answer.message}"]
    head = HEAD.fullmatch(answer.message)
    if not head:
        return [f"message: expected 'N validation errors detected: …', got {answer.message!r}"]
    parts = re.split(r"; (?=Value )", head.group(2))
    got = [match.groups() for match in map(VIOLATION.fullmatch, parts) if match]
    found = [] if len(got) == len(parts) == int(head.group(1)) else [f"message: {len(parts)} violations that do not add up: {answer.message!r}"]
    for path, rule in expected_violations(step, stream):
        match = next((entry for entry in got if entry[0] == path and _agrees(rule, entry[1])), None)
        if match:
            got.remove(match)
        else:
            found.append(f"{path}: expected a violation of '{rule}', got {answer.message!r}")
    return found + [f"{path}: an unexpected violation: {constraint}" for path, constraint in got]
