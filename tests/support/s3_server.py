"""versitygw on loopback: an S3 server that checks signatures, payload hashes and checksums.

A bucket is a folder and an object a file, so that tests read what was delivered from the disk.
"""
import json
import os
import pathlib
import subprocess

import boto3
import botocore.config

from .ports import accepts, free_port, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("VERSITYGW", ROOT / ".cache/bin/versitygw"))
ACCESS_KEY = "test-access-key"
SECRET_KEY = "test-secret-key"


class S3Server:
    def __init__(self, directory: pathlib.Path, port=None):
        self.directory, self.port = directory, port or free_port()
        self.log_path = directory.with_name(directory.name + ".log")
        self._users = directory.with_name(directory.name + ".users")
        self._process = None
        directory.mkdir(parents=True, exist_ok=True)
        self._users.mkdir(exist_ok=True)

    def start(self):
        assert BINARY.exists(), f"{BINARY} is missing: run scripts/deps --test"
        with open(self.log_path, "ab") as log:
            self._process = subprocess.Popen(
                [BINARY, "--access", ACCESS_KEY, "--secret", SECRET_KEY, "--port", f"127.0.0.1:{self.port}",
                 "--iam-dir", self._users, "posix", self.directory], stdout=log, stderr=log)
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

    def add_user(self, access_key, secret_key):
        """One who may do nothing, until a bucket's policy says otherwise."""
        subprocess.run([BINARY, "admin", "--access", ACCESS_KEY, "--secret", SECRET_KEY,
                        "--endpoint-url", f"http://127.0.0.1:{self.port}",
                        "create-user", "--access", access_key, "--secret", secret_key, "--role", "user"], check=True)

    def allow_put(self, access_key, bucket):
        statement = {"Effect": "Allow", "Principal": {"AWS": [access_key]}, "Action": "s3:PutObject",
                     "Resource": f"arn:aws:s3:::{bucket}/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{self.port}", region_name="us-east-1",
                              aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
                              config=botocore.config.Config(s3={"addressing_style": "path"}))
        client.put_bucket_policy(Bucket=bucket, Policy=policy)

    def settings(self):
        """hydrant's `s3` settings for this server."""
        return {"endpoint": f"http://127.0.0.1:{self.port}", "path_style": True,
                "access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY}
