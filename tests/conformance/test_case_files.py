"""The cases themselves, against the service model: what should be taken follows it, what should be refused by it does not."""
from support.case_files import FOLDER, counts, load_cases, message_path, request_of
from support.expectations import expected_violations
from support.service_model import problems, service


def broken_members(step):
    """Paths, as messages write them, of what the model refuses in a step's request."""
    request = request_of(step, "a-name")
    shape = service().operation_model(step["operation"]).input_shape
    found = (problem.partition(": ") for problem in problems(shape, request, "request"))
    return {message_path(path.removeprefix("request."), request) for path, _, what in found if what != "the model has no such member"}


def disagreement(case, step):
    if "body" in step or step.get("error", {}).get("code") == "SerializationException":
        return set()  # no request that the model could judge
    broken = broken_members(step)
    if "invalid" in step:
        return broken - {path for path, _ in expected_violations(step, "a-name")}
    # What relaxed validation takes although the model does not is always our judgement.
    may_be_broken = case.kind == "judgement" or "ValidationException" in step.get("error", {}).get("code", "")
    return set() if may_be_broken else broken


def test_expectations_agree_with_the_model():
    found = {case.id: wrong for case in load_cases() for step in case.steps if (wrong := disagreement(case, step))}
    assert not found


def test_the_readme_says_how_many_cases_there_are():
    table = "\n".join(f"| {operation} | " + " | ".join(map(str, row)) + " |" for operation, row in counts().items())
    assert f"|---|---|---|---|\n{table}\n\n" in (FOLDER / "README.md").read_text(), f"the table should be:\n{table}"
