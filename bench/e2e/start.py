"""What each script here does first: run in the environment with the test clients, with the test support on the path."""
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
VENV = ROOT / ".cache/venv"


def enter_environment():
    """Comes back in the environment's interpreter; starts the script again when it isn't there yet."""
    if pathlib.Path(sys.prefix) != VENV:
        if not VENV.exists():
            sys.exit("error: .cache/venv is missing: run scripts/deps --test")
        os.execv(VENV / "bin/python", [VENV / "bin/python", *sys.argv])
    sys.path.insert(1, str(ROOT / "tests"))
