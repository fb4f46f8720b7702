"""versitygw on loopback: an S3 server that checks signatures, payload hashes and checksums.

A bucket is a folder and an object a file, so that tests read what was delivered from the disk.
"""
import os
import pathlib
import subprocess

from .ports import accepts, free_port, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("VERSITYGW", ROOT / ".cache/bin/versitygw"))
ACCESS_KEY = "test-access-key"
SECRET_KEY = "test-secret-key"


class S3Server:
    def __init__(self, directory: pathlib.Path, port=None):
        self.directory, self.port = directory, port or free_port()
        self.log_path = directory.with_name(directory.name + ".log")
        self._process = None
        directory.mkdir(parents=True, exist_ok=True)

    def start(self):
        assert BINARY.exists(), f"{BINARY} is missing: run scripts/deps --test"
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [BINARY, "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--port", f"127.0.0.1:{self.port}",
                 "posix", self.directory], stdout=log, stderr=log)
        wait_until(lambda: accepts(self.port), what="versitygw listens")
        return self

    def stop(self):
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def pid(self):
        return self._process.pid

    def bucket(self, name):
        path = self.directory / name
        path.mkdir(exist_ok=True)
        return path

    def settings(self):
        """hydrant's `s3` settings for this server."""
        return {"endpoint": f"http://127.0.0.1:{self.port}", "path_style": True,
                "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY}
