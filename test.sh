#!/usr/bin/env bash
# Runs all tests: installs what they need, builds Release, unit tests, then the real binary against real servers and
# clients. The last line is the count. Arguments go to pytest: ./test.sh -m 'not slow'
. "$(dirname "$0")/scripts/lib.sh"

results=build/test-results

step "What the tests need"
scripts/deps --test
step "Building (Release)"
build release
step "Unit tests"
unit_tests release || true  # counted below
step "End to end"
rm -rf "$results"/pytest-*
# Most of the time they wait, so as many at once as there are cores; what measures time comes after, one by one.
end_to_end() {
  local share=$1
  shift
  HYDRANT_TESTS=$share "$HYDRANT_CACHE/venv/bin/python" -B -m pytest tests -c tests/pytest.ini -p no:cacheprovider \
    --basetemp="$HYDRANT_ROOT/build/pytest" --junitxml="$results/pytest-$share/pytest.xml" --durations=10 -q "$@" || true
}
end_to_end together -n "$(jobs_default)" --dist worksteal "$@"
end_to_end alone "$@"
echo
scripts/count-tests 0 "$results"/{release,pytest-together,pytest-alone}
