#!/usr/bin/env bash
# From a fresh Debian 12 to delivered objects: installs, builds, starts hydrant with a directory as the bucket,
# sends it 100,000 access-log lines through the Firehose API and shows what arrived. Leaves nothing running.
. "$(dirname "$0")/scripts/lib.sh"

stream=access-logs
bucket=demo-bucket
lines=100000
work=$HYDRANT_ROOT/build/quickstart
started=$SECONDS
hydrant_pid=

stop_hydrant() {
  [ -n "$hydrant_pid" ] || return 0
  local pid=$hydrant_pid
  hydrant_pid=
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid"
}
clean_up() {
  stop_hydrant || true
  rm -rf "$work/data"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

# Two ports that are free now.
free_ports() {
  python3 - <<'PYTHON'
import socket
sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in sockets))
PYTHON
}

answers() { python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=1)' "$1" 2>/dev/null; }

hydrant_failed() {
  tail -n 15 "$work/hydrant.log" >&2
  fail "$1" "hydrant's own words are above and in $work/hydrant.log"
}

start_hydrant() {
  rm -rf "$work"
  mkdir -p "$work/buckets/$bucket" "$work/data"
  read -r port admin_port < <(free_ports)
  cat >"$work/hydrant.yaml" <<YAML
listen: 127.0.0.1:$port
admin: 127.0.0.1:$admin_port
data_dir: $work/data
s3:
  endpoint: file://$work/buckets
YAML
  build/release/hydrant run --config "$work/hydrant.yaml" >"$work/hydrant.log" 2>&1 &
  hydrant_pid=$!
  for _ in $(seq 100); do
    if answers "http://127.0.0.1:$admin_port/ready"; then return; fi
    kill -0 "$hydrant_pid" 2>/dev/null || hydrant_failed "hydrant ended right after its start"
    sleep 0.1
  done
  hydrant_failed "hydrant was not ready after 10 seconds"
}

destination() {
  printf '{"RoleARN":"arn:aws:iam::000000000000:role/demo","BucketARN":"arn:aws:s3:::%s","Prefix":"logs/",' "$bucket"
  printf '"CompressionFormat":"GZIP","BufferingHints":{"SizeInMBs":16,"IntervalInSeconds":1}}'
}

step "1/5 What the build needs"
scripts/deps
note "all there"

step "2/5 Building hydrant (Release); minutes the first time, seconds afterwards"
build release hydrant

step "3/5 Starting hydrant, with the directory build/quickstart/buckets as its S3"
start_hydrant
note "Firehose API on http://127.0.0.1:$port, metrics on http://127.0.0.1:$admin_port/metrics"

step "4/5 Creating the stream '$stream' and sending it $lines access-log lines"
scripts/sample-logs --lines "$lines" >"$work/sample.log"
scripts/send-sample "$work/sample.log" --endpoint "http://127.0.0.1:$port" --stream "$stream" \
  --destination "$(destination)" || hydrant_failed "the lines could not be sent"

step "5/5 Waiting for delivery"
scripts/show-delivery "$work/sample.log" "$work/buckets/$bucket" || hydrant_failed "not everything arrived"
stop_hydrant || hydrant_failed "hydrant did not end cleanly (exit $?)"

printf '\n%sDone in %d s.%s hydrant is stopped; the objects are in build/quickstart/buckets/%s.\n' \
  "$green" $((SECONDS - started)) "$plain" "$bucket"
echo "Next: README.md, \"Your own stream\"."
