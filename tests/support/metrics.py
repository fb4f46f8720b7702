"""Numbers of /metrics."""
import re


def metric(node, name, stream="logs"):
    """None while there is none."""
    found = re.search(rf'^{name}{{stream="{stream}"}} (\d+)', node.admin("/metrics")[1], re.M)
    return found and int(found.group(1))
