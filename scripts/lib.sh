# Shared by the shell scripts: where things are, and how they speak. Source it; it changes to the repository's root.
set -euo pipefail
HYDRANT_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$HYDRANT_ROOT"
HYDRANT_CACHE=$HYDRANT_ROOT/.cache
HYDRANT_CACHE_SHARED=${XDG_CACHE_HOME:-$HOME/.cache}/hydrant

if [ -t 1 ]; then
  bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' plain=$'\e[0m'
else
  bold='' dim='' red='' green='' plain=''
fi

step() { printf '%s==> %s%s\n' "$bold" "$*" "$plain"; }
note() { printf '    %s\n' "$*"; }
warn() { printf '%swarning:%s %s\n' "$bold" "$plain" "$*" >&2; }
# fail WHAT [WHAT TO DO …]
fail() {
  printf '%serror:%s %s\n' "$red" "$plain" "$1" >&2
  shift
  for line in "$@"; do printf '       %s\n' "$line" >&2; done
  exit 1
}
# Runs a command with its output in a log; shows the log's end when it fails.
# logged LOG HINT COMMAND…
logged() {
  local log=$1 hint=$2
  shift 2
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "'$*' failed; the whole output is in $log" "$hint"
  fi
}
jobs_default() { nproc; }

# Configures (once) and builds a preset, showing ninja's own progress.
# build PRESET [TARGET…]
build() {
  local preset=$1
  shift
  local log=build/$preset.configure.log
  if [ ! -f "build/$preset/build.ninja" ]; then
    note "configuring ($preset)"
    logged "$log" "scripts/deps installs what the build needs" cmake --preset "$preset"
  fi
  NINJA_STATUS="${NINJA_STATUS:-    [%f/%t, %es] }" ninja -C "build/$preset" -j "${JOBS:-$(jobs_default)}" "$@"
}

# Runs the unit tests of a built preset; results go to build/test-results/PRESET.
unit_tests() {
  local preset=$1 results=$HYDRANT_ROOT/build/test-results/$1
  rm -rf "$results"
  mkdir -p "$results/gtest"
  GTEST_OUTPUT="xml:$results/gtest/" ctest --test-dir "build/$preset" --output-on-failure --timeout "${TEST_SECONDS_MAX:-300}" \
    -j "$(jobs_default)" --output-junit "$results/ctest.xml"
}
