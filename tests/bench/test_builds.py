"""The two builds that are compared: paths, or git refs that are built."""
import shutil
import subprocess

import pytest

from e2e import builds

CMAKE = """cmake_minimum_required(VERSION 3.25)
project(small CXX)
add_executable(hydrant main.cc)
set_target_properties(hydrant PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
"""
PRESETS = """{"version": 3, "configurePresets": [
  {"name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/release"}]}
"""


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """Two commits of a program that prints its age."""
    root = tmp_path / "repository"
    root.mkdir()
    (root / "CMakeLists.txt").write_text(CMAKE)
    (root / "CMakePresets.json").write_text(PRESETS)

    def git(*arguments):
        subprocess.run(["git", "-C", root, "-c", "user.name=test", "-c", "user.email=test@localhost", *arguments], check=True, capture_output=True)
    git("init", "-q")
    for age in ("old", "new"):
        (root / "main.cc").write_text(f'#include <cstdio>\nint main() {{ std::puts("{age}"); }}\n')
        git("add", ".")
        git("commit", "-qm", age)
    monkeypatch.setattr(builds, "ROOT", root)
    monkeypatch.setattr(builds, "FOLDER", root / "build/compare")
    return root


def test_what_is_neither_file_nor_ref_is_an_error(repository):
    with pytest.raises(ValueError, match="nowhere is neither a file nor a git ref"):
        builds.binary("nowhere")


def test_a_path_is_taken_as_it_is(tmp_path):
    path = tmp_path / "some-build"
    path.touch()
    assert builds.binary(str(path)) == path


@pytest.mark.skipif(not shutil.which("ninja"), reason="ninja is not here")
def test_refs_are_built_beside_what_is_checked_out(repository):
    (repository / "main.cc").write_text("not even C++")
    said = {ref: subprocess.run([builds.binary(ref)], capture_output=True, text=True).stdout for ref in ("HEAD~1", "HEAD", "HEAD~1")}
    assert said == {"HEAD~1": "old\n", "HEAD": "new\n"}
    assert (repository / "main.cc").read_text() == "not even C++"
