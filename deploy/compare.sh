#!/usr/bin/env bash
# The same registrations, duplicates and arrival times through each strategy, one after the other, and then mixed. Each
# run has a deployment of its own that is new: what one leaves behind is no burden to the next. Prints a table, and
# makes a page. Exits with 1 if a run did not settle.
set -euo pipefail
cd "$(dirname "$0")/.."

commands=${COMMANDS:-10000}
rate=${RATE:-500}
duplicates=${DUPLICATES:-0.1}
resends=${RESENDS:-0}
seed=${SEED:-1}
guarantee=${GUARANTEE:-exactly-once}
# The file that declares the unique attributes; the standard declaration has one, `document`.
declaration=${DECLARATION:-}
binaries=${BINARIES:-.build/release}
folder=${OUTPUT:-compare-output}
output=$folder
# shellcheck source=deploy/deployment.sh
source deploy/deployment.sh

rm -rf "$folder"
mkdir -p "$folder"
trap stop_all EXIT
trap 'exit 130' INT TERM

reports=()
status=0
# run NAME LABEL STRATEGY [ARGUMENTS OF THE COMMAND SERVICE]
run() {
  local name=$1 label=$2 strategy=$3 watched=() process ended=0
  shift 3
  command_options=("$@")
  output=$folder/$name
  mkdir -p "$output"
  start_deployment
  # The first transactions of a process are slow. They are others' registrations, and not measured.
  "$binaries/load-generator" --commands 500 --rate "$rate" --strategy "$strategy" --seed $((seed + 1)) \
    >"$output/warm-up.txt" 2>"$output/warm-up.log" || fail "the warm-up before $label did not settle"
  for process in dev-broker "${services[@]}"; do watched+=(--cpu-of "$process=${pids[$process]}"); done
  say "$label: $commands registrations at $rate a second"
  "$binaries/load-generator" --commands "$commands" --rate "$rate" --duplicate-ratio "$duplicates" \
    --resend-ratio "$resends" --seed "$seed" --strategy "$strategy" --label "$label" --count-records "${watched[@]}" \
    --report "$folder/$name.json" --html "$folder/$name.html" >"$output/load.txt" 2>"$output/load-generator.log" &
  pids[load]=$!
  wait "${pids[load]}" || ended=$?
  unset 'pids[load]'
  [[ -s "$folder/$name.json" ]] || fail "$label left no report"
  if ((ended != 0)); then
    say "$label ended with $ended: see $output" >&2
    status=1
  fi
  reports+=("$folder/$name.json")
  stop_all
  rm -rf "$output/broker" "$output/state"
}

run compensate compensate compensate
if [[ "$("$binaries/command-service" --help)" == *--advisory-check* ]]; then
  run advisory "compensate + advisory" compensate --advisory-check
fi
run reserve reserve reserve
run derived derived derived
run mixed mixed mixed

say
"$binaries/load-generator" compare "${reports[@]}" --html "$folder/comparison.html"
say
say "page: $(realpath "$folder")/comparison.html (each run's report beside it)"
exit "$status"
