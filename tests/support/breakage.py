"""Valid requests with one member broken, each way that the model forbids."""
import copy
import dataclasses

from .case_files import message_path
from .service_model import pattern_of

# Relaxed validation takes what AWS refuses only because it is a managed service: patterns of host names.
RELAXED = {"HttpEndpointUrl", "ElasticsearchClusterEndpoint", "AmazonopensearchserviceClusterEndpoint", "ClusterJDBCURL",
           "AmazonOpenSearchServerlessCollectionEndpoint", "SnowflakeAccountUrl"}


@dataclasses.dataclass
class Breakage:
    path: tuple  # names and indexes from the request down
    value: object  # None takes the member away

    def apply(self, request):
        request = copy.deepcopy(request)
        parent = request
        for step in self.path[:-1]:
            parent = parent[step]
        if self.value is None:
            del parent[self.path[-1]]
        else:
            parent[self.path[-1]] = self.value
        return request

    def named(self, request):
        """The member as the message must name it."""
        return message_path(".".join(map(str, self.path)), request)


def _values(shape, value):
    """What may stand instead of a valid value, and is not valid."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in ("integer", "long"):
        return [bad for bad in ([low - 1] if low is not None else []) + ([high + 1] if high is not None else []) if abs(bad) < 2**31]
    if shape.type_name != "string":
        return []
    bad = ["NoSuchValue"] if shape.enum else []
    if high is not None and not shape.enum:
        bad.append((value or "x") * (high // len(value or "x") + 1))
    if low and not shape.enum:
        bad.append(value[:low - 1])
    pattern = pattern_of(shape)
    if pattern and shape.name not in RELAXED:
        bad += [text for text in ("?", " ", "?\n") if not pattern.fullmatch(text) and len(text) >= (low or 0)][:1]
    return bad


def breakages(shape, value, path=()):
    """All single breakages of a valid value, in a fixed order."""
    if shape.type_name == "structure":
        found = [Breakage(path + (name,), None) for name in shape.required_members if name in value]
        return found + [one for name, member in sorted(value.items()) if name in shape.members
                        for one in breakages(shape.members[name], member, path + (name,))]
    if shape.type_name == "list":
        return [one for index, member in enumerate(value) if shape.member.type_name == "structure"
                for one in breakages(shape.member, member, path + (index,))]
    return [Breakage(path, bad) for bad in _values(shape, value)]
