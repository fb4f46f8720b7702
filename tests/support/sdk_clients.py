"""The programs of tests/clients, one an AWS SDK, as scripts/deps --test has built them."""
import json
import os
import subprocess

from .hydrant import ROOT

CLIENTS = ROOT / ".cache/clients"
KEY, SECRET = "AKIDSDKCLIENT", "a secret with /+= in it"
COMMANDS = {
    "javascript": [CLIENTS / "javascript/node", CLIENTS / "javascript/client.mjs"],
    "java": ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{CLIENTS}/java/classes:{CLIENTS}/java/jars/*", "Client"],
    "go": [CLIENTS / "go/client"],
}


def run_steps(language, endpoint, home, stream, *steps):
    """{step: outcome}. The environment is all that the program is told."""
    assert (CLIENTS / language / "installed").exists(), f"no client in {language}: scripts/deps --test builds it"
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET,
                   "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL_FIREHOSE": endpoint, "AWS_MAX_ATTEMPTS": "1",
                   "AWS_EC2_METADATA_DISABLED": "true"}
    result = subprocess.run([*COMMANDS[language], stream, *steps], env=environment, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    return json.loads(result.stdout)
