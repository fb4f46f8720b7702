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
    decompressor = snappy.StreamDecompressor()
    text = decompressor.decompress(data)
    decompressor.flush()
    return text


def _unhadoop(data):
    """Blocks of: length of the text, then pieces of (length, raw Snappy) until that much text is there."""
    text, at = bytearray(), 0
    while at < len(data):
        end = len(text) + int.from_bytes(data[at:at + 4], "big")
        at += 4
        while len(text) < end:
            size = int.from_bytes(data[at:at + 4], "big")
            piece = data[at + 4:at + 4 + size]
            assert len(piece) == size, "cut short"
            text += snappy.uncompress(piece)
            at += 4 + size
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


def read_all(bucket, compression="UNCOMPRESSED"):
    """The bytes of all objects, joined in key order."""
    return b"".join(DECOMPRESS[compression](path.read_bytes()) for path in objects(bucket))


def key_pattern(stream, prefix=r"\d{4}/\d\d/\d\d/\d\d/", version="1", extension=""):
    """Matches the keys that Firehose makes: prefix, stream, version, time, UUID, extension."""
    return re.compile(prefix + re.escape(stream) + f"-{version}" + r"-\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d-"
                      r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}" + re.escape(extension) + r"\Z")
