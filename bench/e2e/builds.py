"""hydrant binaries to compare: by path, or built from a git ref."""
import os
import pathlib
import subprocess

from .start import ROOT

FOLDER = ROOT / "build/compare"


def binary(name):
    """A binary's path; a git ref is built in a work tree of its own, once a commit. ValueError when it is neither."""
    path = pathlib.Path(name)
    if path.is_file():
        return path.resolve()
    found = subprocess.run(["git", "-C", ROOT, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"], capture_output=True, text=True)
    if found.returncode:
        raise ValueError(f"{name} is neither a file nor a git ref")
    commit = found.stdout.strip()
    tree = FOLDER / commit[:12]
    if not tree.exists():
        subprocess.run(["git", "-C", ROOT, "worktree", "prune"], check=True)
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", tree, commit], check=True)
    # So that the second tree finds in ccache what is the same in both.
    environment = os.environ | {"CCACHE_BASEDIR": str(tree), "CCACHE_NOHASHDIR": "1"}
    subprocess.run(["cmake", "--preset", "release"], cwd=tree, env=environment, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ninja", "-C", "build/release", "hydrant"], cwd=tree, env=environment, check=True)
    return tree / "build/release/hydrant"
