"""What figures hold for: machine class, kernel, compiler and commit. Nothing that names a host."""
import os
import pathlib
import platform
import re
import subprocess

from .start import ROOT


def machine():
    """Of this machine; kernel by its first two numbers, since the rest is the builder's own."""
    cpu = _first(r"model name\s*: (.*)", "/proc/cpuinfo") or platform.machine()
    memory_kib = int(_first(r"MemTotal:\s*(\d+)", "/proc/meminfo"))
    system = _first(r'PRETTY_NAME="(.*)"', "/etc/os-release")
    return {"cpu": cpu, "cores": os.cpu_count(), "memory_gib": round(memory_kib / (1 << 20)),
            "kernel": ".".join(platform.release().split(".")[:2]), "system": system, "compiler": compiler()}


def compiler():
    """Of the release build, as CMake found it."""
    cache = ROOT / "build/release/CMakeCache.txt"
    path = cache.exists() and _first(r"CMAKE_CXX_COMPILER:\w+=(.*)", cache)
    if not path:
        return "unknown"
    version = subprocess.run([path, "-dumpfullversion"], capture_output=True, text=True).stdout.strip()
    # /usr/bin/c++ is whatever the system has chosen.
    name = re.search(r"clang\+\+|g\+\+", pathlib.Path(path).resolve().name)
    return f"{name.group() if name else pathlib.Path(path).name} {version}"


def commit():
    """Short, with a + when tracked files differ from it, other than what measuring itself writes."""
    def git(*arguments):
        return subprocess.run(["git", "-C", ROOT, *arguments], capture_output=True, text=True).stdout.strip()
    return git("rev-parse", "--short", "HEAD") + ("+" if git("status", "--porcelain", "-uno", "--", ".", ":!bench/results", ":!docs") else "")


def _first(pattern, path):
    found = re.search(pattern, pathlib.Path(path).read_text())
    return found and found.group(1).strip()
