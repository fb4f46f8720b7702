"""The record log's files, by the format at the top of engine/log/segment.h."""
import pathlib
import random
import struct
import time


def shard(node, stream="logs"):
    (directory,) = pathlib.Path(node.settings["data_dir"], "streams").glob(f"{stream}-*/shard-0")
    return directory


def segments(node, stream="logs"):
    return sorted(shard(node, stream).glob("log/*.log"))


def log_bytes(node, stream="logs"):
    """May be asked while segments come and go."""
    return sum(path.stat().st_size for path in segments(node, stream) if path.exists())


def _crc32c_table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        yield value


_CRC32C = tuple(_crc32c_table())


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC32C[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def of_version(segment, version):
    """The same segment with another format version in its header."""
    head = segment[:8] + version.to_bytes(4, "little") + segment[12:60]
    return head + crc32c(head).to_bytes(4, "little") + segment[64:]


def write_segment(directory, first, records):
    """A segment with one frame, as a node leaves it that took these records and ended."""
    salt, now_us = random.getrandbits(64), time.time_ns() // 1000
    head = struct.pack("<8sIIQQQ20x", b"HYDRLOG1", 1, 0, first, now_us, salt)
    payload = b"".join(records)
    ends, end = b"", 0
    for record in records:
        end += len(record)
        ends += struct.pack("<I", end)
    frame = struct.pack("<QQQQIIII8x", salt, 64, first, now_us, len(records), len(payload), crc32c(ends + payload), 0)
    data = head + struct.pack("<I", crc32c(head)) + b"HFR1" + struct.pack("<I", crc32c(frame)) + frame + ends + payload
    (directory / f"{first:020}-{salt:016x}.log").write_bytes(data + bytes(-len(data) % 8))
