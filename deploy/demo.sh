#!/usr/bin/env bash
# The whole deployment on one machine: a broker and the three services as separate processes, load, audit, summary.
# Exits with the audit's verdict. Everything that was started is stopped, whatever happens.
# Functions that a trap or another command calls by name look unreachable to shellcheck.
# shellcheck disable=SC2317
set -euo pipefail
cd "$(dirname "$0")/.."

commands=${COMMANDS:-20000}
strategy=${STRATEGY:-compensate}
duplicates=${DUPLICATES:-0.1}
guarantee=${GUARANTEE:-exactly-once}
binaries=${BINARIES:-.build/release}
output=${OUTPUT:-demo-output}
# Set to a service's name, to have it killed in the middle of the load and started again.
kill_service=${KILL:-}

rm -rf "$output"
mkdir -p "$output"
declare -A pids=()

stop_all() {
  local name
  for name in load process-manager-service projection-service command-service dev-broker; do
    local pid=${pids[$name]:-}
    [[ -n "$pid" ]] || continue
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
}
trap stop_all EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*"; }

fail() {
  say "demo failed: $1" >&2
  local log
  for log in "$output"/*.log; do
    say "--- $log" >&2
    tail -n 5 "$log" >&2
  done
  exit 1
}

# Waits for a command to succeed, for at most $1 seconds.
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || return 1
    sleep 0.1
  done
}

start_service() {
  "$binaries/$1" --delivery-guarantee "$guarantee" --state-directory "$output/state/$1" --instance-id demo \
    --http-address "127.0.0.1:$2" --log-format text >>"$output/$1.log" 2>&1 &
  pids[$1]=$!
}

say "starting dev-broker, with its data in $output/broker"
"$binaries/dev-broker" --listen 127.0.0.1:0 --data-directory "$output/broker" \
  --bootstrap-file "$output/bootstrap" >"$output/dev-broker.log" 2>&1 &
pids[dev-broker]=$!
await 20 test -s "$output/bootstrap" || fail "the broker did not start"
KAFKA_BOOTSTRAP_SERVERS=$(cat "$output/bootstrap")
export KAFKA_BOOTSTRAP_SERVERS

say "starting command, projection and process manager service on $KAFKA_BOOTSTRAP_SERVERS"
declare -A ports=([command-service]=${COMMAND_PORT:-18081} [projection-service]=${PROJECTION_PORT:-18082}
  [process-manager-service]=${PROCESS_MANAGER_PORT:-18083})
for service in command-service projection-service process-manager-service; do
  start_service "$service" "${ports[$service]}"
done
is_ready() { curl -sf "http://127.0.0.1:$1/readyz"; }
for service in command-service projection-service process-manager-service; do
  await 60 is_ready "${ports[$service]}" || fail "$service is not ready"
done

say "registering $commands customers, a part of $duplicates with a document that is taken ($strategy, $guarantee)"
load_status=0
"$binaries/load-generator" --commands "$commands" --duplicate-ratio "$duplicates" --strategy "$strategy" \
  ${SEED:+--seed "$SEED"} ${RATE:+--rate "$RATE"} --report "$output/report.json" --html "$output/report.html" &
pids[load]=$!
if [[ -n "$kill_service" ]]; then
  half_done() {
    local seen
    seen=$(curl -sf "http://127.0.0.1:${ports[$kill_service]}/metrics" |
      awk '/^soleholder_batch_records_total/ { sum += $2 } END { print int(sum) }')
    ((seen > commands / 4))
  }
  await 60 half_done || fail "$kill_service did not come to the middle of its work"
  say "killing $kill_service (SIGKILL) in the middle of its work, and starting it again"
  kill -KILL "${pids[$kill_service]}"
  wait "${pids[$kill_service]}" 2>/dev/null || true
  start_service "$kill_service" "${ports[$kill_service]}"
fi
wait "${pids[load]}" || load_status=$?
unset 'pids[load]'

say
say "auditing"
audit_status=0
"$binaries/soleholder" audit --timeout 60 || audit_status=$?

say
say "report: $PWD/$output/report.html (and report.json beside it)"
if ((load_status != 0)); then
  say "the load generator ended with $load_status" >&2
  if ((audit_status == 0)); then audit_status=1; fi
fi
exit "$audit_status"
