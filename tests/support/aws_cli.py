"""The AWS CLI with nothing changed but the endpoint."""
import json
import os
import subprocess
import sys


class Cli:
    def __init__(self, node, home):
        self._environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_MAX_ATTEMPTS": "1"}
        self._command = [sys.executable, "-m", "awscli", "--endpoint-url", node.endpoint, "--output", "json", "firehose"]

    def __call__(self, *arguments, succeeds=True):
        result = subprocess.run([*self._command, *arguments], env=self._environment, capture_output=True, text=True, timeout=60)
        assert (result.returncode == 0) is succeeds, result.stdout + result.stderr
        return (json.loads(result.stdout) if result.stdout.strip() else {}) if succeeds else result.stderr
