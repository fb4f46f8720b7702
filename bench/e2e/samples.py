"""The records that are sent: files of lines, made once and kept in build/."""
import itertools
import os
import subprocess

from .start import ROOT

FOLDER = ROOT / "build/bench/samples"
ACCESS_LOG = "access-log"  # JSON of about 500 bytes that packs to a fifth
EVENTS = "events"  # JSON of about 20 KB that hardly packs
SIZED_BYTES = 50_000_000


def sample(kind):
    """The path of a file of records. `kind`: ACCESS_LOG, EVENTS, or a number: records of just as many bytes."""
    path = FOLDER / str(kind)
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        with open(part, "wb") as file:
            if isinstance(kind, int):
                file.writelines(sized(sample(ACCESS_LOG), kind))
            else:
                script = {ACCESS_LOG: "sample-logs", EVENTS: "sample-events"}[kind]
                subprocess.run([ROOT / "scripts" / script], stdout=file, check=True)
        part.rename(path)
    return path


def sized(path, size):
    """Lines of `size` bytes with the text of the access log, so that they pack as it does."""
    text = path.read_bytes().replace(b"\n", b" ")
    starts = itertools.islice(itertools.count(0, size - 1), max(8, min(100_000, SIZED_BYTES // size)))
    for start in starts:
        at = start % (len(text) - size)
        yield text[at:at + size - 1] + b"\n"


def largest_bytes(path):
    """Of the sample's records."""
    with open(path, "rb") as file:
        return max(map(len, file))
