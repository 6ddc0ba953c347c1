#!/usr/bin/env bash
# How long each service takes to start, and how much memory at most, once there are so many customer events: with an
# empty state directory, and with a current one. EVENTS=1000000 GUARANTEE=exactly-once BINARIES=.build/release
# DECLARATION=FILE
# Functions that a trap or another command calls by name look unreachable to shellcheck.
# shellcheck disable=SC2317
set -euo pipefail
cd "$(dirname "$0")/.."

events=${EVENTS:-1000000}
guarantee=${GUARANTEE:-exactly-once}
binaries=${BINARIES:-.build/release}
output=${OUTPUT:-bench-output}
services=(command-service projection-service process-manager-service)
# Each registration has two events in the end: registered and confirmed, or registered and unregistered.
registrations=$(((events + 1) / 2))

rm -rf "$output"
mkdir -p "$output"
declare -A pids=()

stop_service() {
  local pid=${pids[$1]:-}
  [[ -n "$pid" ]] || return 0
  kill -TERM "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
  pids[$1]=
}

stop_all() {
  local name
  for name in "${services[@]}" dev-broker; do stop_service "$name"; done
}
trap stop_all EXIT
trap 'exit 130' INT TERM

fail() {
  printf 'bench-recovery failed: %s\n' "$1" >&2
  tail -n 5 "$output"/*.log >&2
  exit 1
}

now_ms() { date +%s%3N; }

start_service() {
  : >"$output/$1.log"
  "$binaries/$1" --delivery-guarantee "$guarantee" --state-directory "$output/state/$1" --http-address 127.0.0.1:0 \
    --log-format text >>"$output/$1.log" 2>&1 &
  pids[$1]=$!
}

# Waits until a service answers /readyz with 200; prints the milliseconds since $2.
await_ready() {
  local address=
  while true; do
    kill -0 "${pids[$1]}" 2>/dev/null || fail "$1 ended"
    [[ -n "$address" ]] || address=$(sed -n 's/.*http listening address=\([^ ]*\).*/\1/p' "$output/$1.log" | head -n 1)
    if [[ -n "$address" ]] && curl -sf -m 5 "http://$address/readyz" >/dev/null 2>&1; then break; fi
    sleep 0.02
  done
  echo $(($(now_ms) - $2))
}

"$binaries/dev-broker" --listen 127.0.0.1:0 --data-directory "$output/broker" \
  ${DECLARATION:+--declaration "$DECLARATION"} --bootstrap-file "$output/bootstrap" >"$output/dev-broker.log" 2>&1 &
pids[dev-broker]=$!
for _ in $(seq 200); do
  [[ -s "$output/bootstrap" ]] && break
  sleep 0.1
done
[[ -s "$output/bootstrap" ]] || fail "the broker did not start"
KAFKA_BOOTSTRAP_SERVERS=$(cat "$output/bootstrap")
export KAFKA_BOOTSTRAP_SERVERS

for service in "${services[@]}"; do start_service "$service"; done
for service in "${services[@]}"; do await_ready "$service" "$(now_ms)" >/dev/null; done
echo "driving $registrations registrations, a tenth of them duplicates"
"$binaries/load-generator" --commands "$registrations" --timeout 7200 --report "$output/report.json" \
  >"$output/load-generator.log" 2>&1 || fail "the load did not settle"
for service in "${services[@]}"; do stop_service "$service"; done

rows=()
measure() {
  local service=$1 state=$2 size began ready peak
  size=-
  if [[ "$state" == empty ]]; then rm -rf "$output/state/$service"; else
    size="$(du -sm "$output/state/$service" | cut -f 1) MiB"
  fi
  began=$(now_ms)
  start_service "$service"
  ready=$(await_ready "$service" "$began")
  peak=$(awk '/^VmHWM/ { printf "%d", $2 / 1024 }' "/proc/${pids[$service]}/status")
  rows+=("$(printf '| %-24s | %-7s | %8s | %8s | %9s |' "$service" "$state" "$size" \
    "$(printf '%d.%02d s' $((ready / 1000)) $((ready % 1000 / 10)))" "$peak MiB")")
  stop_service "$service"
}

for service in "${services[@]}"; do
  measure "$service" current
  measure "$service" empty
  # What was rebuilt is current again.
  measure "$service" rebuilt
done

echo
printf '| %-24s | %-7s | %8s | %8s | %9s |\n' service state size ready peak\ RSS
printf '|%s|%s|%s|%s|%s|\n' -------------------------- --------- ---------- ---------- -----------
printf '%s\n' "${rows[@]}"
