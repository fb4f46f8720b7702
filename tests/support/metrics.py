"""Numbers of /metrics."""
import re


def metric(node, name, stream="logs", branch=None):
    """None while there is none."""
    of = f'branch="{branch}",' if branch else ""
    found = re.search(rf'^{name}{{{of}stream="{stream}"}} (\d+)', node.admin("/metrics")[1], re.M)
    return found and int(found.group(1))
