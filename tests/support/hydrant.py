"""The real binary as a process: configuration, start, stop, clients."""
import json
import os
import pathlib
import signal
import subprocess
import urllib.error
import urllib.request

import boto3
import botocore.config

from .clients import say_hydrant
from .ports import free_port, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("HYDRANT", ROOT / "build/release/hydrant"))
ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/test"


def s3_destination(bucket, **extra):
    """An ExtendedS3DestinationConfiguration that delivers at once."""
    return {"RoleARN": ROLE, "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}} | extra


def run_hydrant(*arguments, timeout=20):
    """Runs a command that ends by itself."""
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=timeout)


class Hydrant:
    """One node. `settings` are those of hydrant.yaml (JSON is YAML too)."""

    def __init__(self, directory: pathlib.Path, **settings):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.port, self.admin_port = free_port(), free_port()
        self.settings = {"listen": f"127.0.0.1:{self.port}", "admin": f"127.0.0.1:{self.admin_port}",
                         "data_dir": str(directory / "data")} | settings
        self.config_path = directory / "hydrant.yaml"
        self.log_path = directory / "hydrant.log"
        self.more_yaml = ""  # below the settings
        self.environment = {}  # on top of this process's
        self.binary = BINARY
        self.process = None

    # ---- life -------------------------------------------------------------------------------------

    def spawn(self):
        assert self.binary.exists(), f"{self.binary} is missing: cmake --preset release && ninja -C build/release hydrant"
        self.config_path.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in self.settings.items()) + self.more_yaml)
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([self.binary, "run", "--config", self.config_path], stdout=log, stderr=log,
                                            env=os.environ | self.environment)
        return self

    def start(self, timeout=20):
        self.spawn()
        wait_until(self._ready_or_dead, timeout=timeout, what=f"hydrant is ready (its log: {self.log_path})", interval=0.02)
        assert self.process.poll() is None, f"hydrant ended at once:\n{self.log()[-3000:]}"
        return self

    def _ready_or_dead(self):
        return self.process.poll() is not None or self.admin("/ready")[0] == 200

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def kill(self):
        """SIGKILL: the process gets no chance to do anything."""
        self.process.kill()
        self.process.wait()

    def stop(self, timeout=60):
        """Drains; returns the exit code."""
        if self.process.poll() is None:
            self.terminate()
        return self.process.wait(timeout)

    def log(self):
        return self.log_path.read_text(errors="replace")

    # ---- clients ----------------------------------------------------------------------------------

    @property
    def endpoint(self):
        scheme = "https" if "tls" in self.settings else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def client(self, access_key="any", secret="any", retries=0, **extra):
        """boto3 with nothing changed but the endpoint. `retries` 0 shows each answer as it is."""
        config = botocore.config.Config(retries={"total_max_attempts": 1 + retries, "mode": "standard"},
                                        read_timeout=30, parameter_validation=False, max_pool_connections=64)
        return boto3.session.Session().client(
            "firehose", endpoint_url=self.endpoint, region_name="us-east-1", aws_access_key_id=access_key,
            aws_secret_access_key=secret, config=config, **extra)

    def create_stream(self, name, bucket, client=None, hydrant=None, **destination):
        """`hydrant`: what stands under our own key."""
        client = client or self.client()
        if hydrant:
            client = self.client()
            say_hydrant(client, "CreateDeliveryStream", hydrant)
        client.create_delivery_stream(DeliveryStreamName=name, DeliveryStreamType="DirectPut",
                                      ExtendedS3DestinationConfiguration=s3_destination(bucket, **destination))
        self.wait_active(name, client)

    def wait_active(self, name, client=None):
        client = client or self.client()

        def active():
            stream = client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
            return stream["DeliveryStreamStatus"] == "ACTIVE"
        wait_until(active, what=f"{name} is ACTIVE")

    # ---- operation --------------------------------------------------------------------------------

    def admin(self, path):
        """(status, body) of the operations listener; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin_port}{path}", timeout=5) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def stream_state(self, name):
        streams = json.loads(self.admin("/streams")[1])["streams"]
        return next(stream for stream in streams if stream["name"] == name)

    def rss_bytes(self, field="VmRSS"):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {field}")
