"""A file system that is small, and how to fill it."""
import subprocess

MEBIBYTE = 1 << 20


class SmallDisk:
    """A file system of 352 MiB, 96 more than hydrant leaves free. `mounted` is false where mounting is not permitted."""

    def __init__(self, path):
        path.mkdir()
        self.path = path
        mount = ["mount", "-t", "tmpfs", "-o", "size=352m", "none", path]
        self.mounted = subprocess.run(mount, capture_output=True).returncode == 0

    def unmount(self):
        if self.mounted:
            subprocess.run(["umount", "-l", self.path], check=True)


def fill(directory, leave=0):
    """Leaves so much free, or nothing; returns the file that holds the rest."""
    path = directory / "ballast"
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * MEBIBYTE)
        except OSError:
            pass
        file.truncate(max(0, file.tell() - leave))
    return path
