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
resends=${RESENDS:-0}
guarantee=${GUARANTEE:-exactly-once}
# The file that declares the unique attributes; the standard declaration has one, `document`.
declaration=${DECLARATION:-}
binaries=${BINARIES:-.build/release}
output=${OUTPUT:-demo-output}
# Set to a service's name, to have it killed in the middle of the load and started again.
kill_service=${KILL:-}
# shellcheck source=deploy/deployment.sh
source deploy/deployment.sh

rm -rf "$output"
mkdir -p "$output"
trap stop_all EXIT
trap 'exit 130' INT TERM

say "starting dev-broker, with its data in $output/broker, and the three services"
start_deployment
say "registering $commands customers, a part of $duplicates with values that are taken ($strategy, $guarantee)"
load_status=0
"$binaries/load-generator" --commands "$commands" --duplicate-ratio "$duplicates" --strategy "$strategy" \
  --resend-ratio "$resends" ${SEED:+--seed "$SEED"} ${RATE:+--rate "$RATE"} --report "$output/report.json" \
  --html "$output/report.html" &
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
  start_service "$kill_service"
fi
wait "${pids[load]}" || load_status=$?
unset 'pids[load]'

say
say "auditing"
audit_status=0
"$binaries/soleholder" audit --timeout 60 || audit_status=$?

say
say "report: $(realpath "$output")/report.html (and report.json beside it)"
if ((load_status != 0)); then
  say "the load generator ended with $load_status" >&2
  if ((audit_status == 0)); then audit_status=1; fi
fi
exit "$audit_status"
