#!/usr/bin/env bash
# A deployment on this machine: a broker and the three services as separate processes. To be sourced; whoever does sets
# `output` (a folder for data and logs), `binaries`, `guarantee`, `declaration` (a file, or nothing for the standard
# one), and gets `pids` and `ports` by the programs' names.
# Functions that a trap or another command calls by name look unreachable to shellcheck.
# shellcheck disable=SC2317

declare -A pids=()
declare -A ports=([command-service]=${COMMAND_PORT:-18081} [projection-service]=${PROJECTION_PORT:-18082}
  [process-manager-service]=${PROCESS_MANAGER_PORT:-18083})
services=(command-service projection-service process-manager-service)

say() { printf '%s\n' "$*"; }

# Stops everything that was started, the load first and the broker last.
stop_all() {
  local name
  for name in load process-manager-service projection-service command-service dev-broker; do
    local pid=${pids[$name]:-}
    [[ -n "$pid" ]] || continue
    kill -TERM "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    unset "pids[$name]"
  done
}

fail() {
  say "$(basename "$0" .sh) failed: $1" >&2
  local log
  for log in "${output:?}"/*.log; do
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

# start_service NAME [ARGUMENTS]
start_service() {
  local name=$1
  shift
  "${binaries:?}/$name" --delivery-guarantee "${guarantee:?}" --state-directory "$output/state/$name" \
    --instance-id demo --http-address "127.0.0.1:${ports[$name]}" --log-format text "$@" >>"$output/$name.log" 2>&1 &
  pids[$name]=$!
}

is_ready() { curl -sf "http://127.0.0.1:$1/readyz"; }

# What the command service is started with besides.
command_options=()

# Starts everything, and waits until it can be used.
start_deployment() {
  "$binaries/dev-broker" --listen 127.0.0.1:0 --data-directory "$output/broker" \
    ${declaration:+--declaration "$declaration"} --bootstrap-file "$output/bootstrap" >"$output/dev-broker.log" 2>&1 &
  pids[dev-broker]=$!
  await 20 test -s "$output/bootstrap" || fail "the broker did not start"
  KAFKA_BOOTSTRAP_SERVERS=$(cat "$output/bootstrap")
  export KAFKA_BOOTSTRAP_SERVERS
  start_service command-service "${command_options[@]}"
  start_service projection-service
  start_service process-manager-service
  local service
  for service in "${services[@]}"; do
    await 60 is_ready "${ports[$service]}" || fail "$service is not ready"
  done
}
