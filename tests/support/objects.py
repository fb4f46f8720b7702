"""Reads delivered objects back, with other people's decompressors."""
import gzip
import io
import pathlib
import re
import zipfile

import snappy


def objects(bucket: pathlib.Path):
    """Paths of complete objects, sorted by key. Uploads under way live in hidden files and folders."""
    def hidden(path):
        return any(part.startswith(".") for part in path.relative_to(bucket).parts)
    return sorted(path for path in bucket.rglob("*") if not hidden(path) and path.is_file())


def _unzip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(names) == 1, f"one file a ZIP object, not {names}"
        return archive.read(names[0])


def _unsnappy(data):
    """The stream format of snappy-java (docs/decisions/0004): a header, then pieces of (length, raw Snappy)."""
    assert data[:16] == b"\x82SNAPPY\0\0\0\0\1\0\0\0\1"
    text, at = bytearray(), 16
    while at < len(data):
        piece, at = _piece(data, at)
        text += snappy.uncompress(piece)
    return bytes(text)


def _piece(data, at):
    """What follows a length of 32 bits, and where it ends."""
    size = int.from_bytes(data[at:at + 4], "big")
    piece = data[at + 4:at + 4 + size]
    assert len(piece) == size, "cut short"
    return piece, at + 4 + size


def _unhadoop(data):
    """Blocks of: length of the text, then pieces of (length, raw Snappy) until that much text is there."""
    text, at = bytearray(), 0
    while at < len(data):
        end = len(text) + int.from_bytes(data[at:at + 4], "big")
        at += 4
        while len(text) < end:
            piece, at = _piece(data, at)
            text += snappy.uncompress(piece)
        assert len(text) == end
    return bytes(text)


DECOMPRESS = {
    "UNCOMPRESSED": lambda data: data,
    "GZIP": gzip.decompress,
    "ZIP": _unzip,
    "Snappy": _unsnappy,
    "HADOOP_SNAPPY": _unhadoop,
}
EXTENSIONS = {"UNCOMPRESSED": "", "GZIP": ".gz", "ZIP": ".zip", "Snappy": ".snappy", "HADOOP_SNAPPY": ".hsnappy"}


def read_all(bucket, order=b"", compression="UNCOMPRESSED"):
    """The bytes of all objects, joined: in the order in which they stand in `order`, for what was put, as long as they do.

    An object keeps the order of its records, but nothing promises one between objects.
    """
    pieces = sorted((DECOMPRESS[compression](path.read_bytes()) for path in objects(bucket)), key=len, reverse=True)
    joined = bytearray()
    while piece := next((piece for piece in pieces if piece and order.startswith(piece, len(joined))), None):
        pieces.remove(piece)
        joined += piece
    return bytes(joined) + b"".join(pieces)


def key_pattern(stream, prefix=r"\d{4}/\d\d/\d\d/\d\d/", version="1", extension=""):
    """Matches the keys that Firehose makes: prefix, stream, version, time, UUID, extension."""
    return re.compile(prefix + re.escape(stream) + f"-{version}" + r"-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-"
                      r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}" + re.escape(extension) + r"\Z")
