#!/usr/bin/env bash
# Builds the fuzzing programs of Fuzzing/ and lets each run for its share of the time: SECONDS_TO_RUN in all, or for the
# one in TARGET. Everything is kept in .build/fuzz: what was found interesting (corpus), and what was found wrong
# (findings). Exits with 1 when something was.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${SECONDS_TO_RUN:-600}
root=.build/fuzz
modules=$root/modules
binaries=$root/bin
mkdir -p "$modules" "$binaries"
exec 9>"$root/lock"
flock -n 9 || { echo "another run is under way" >&2; exit 2; }

all=(frames records journal broker compression messages files)
targets=("${all[@]}")
if [[ -n "${TARGET:-}" ]]; then
  read -ra targets <<<"$TARGET"
  for target in "${targets[@]}"; do
    [[ " ${all[*]} " == *" $target "* ]] || { echo "no target $target; there are: ${all[*]}" >&2; exit 2; }
  done
fi
[[ "$seconds" =~ ^[1-9][0-9]*$ ]] || { echo "SECONDS=$seconds is no number of seconds" >&2; exit 2; }

# The package's own settings, with the sanitizers. Assertions stay in; traps do anyway.
flags=(-swift-version 6 -parse-as-library -O -wmo -assert-config Debug -enable-testing "-sanitize=fuzzer,address" -g
  -strict-memory-safety -warnings-as-errors -I "$modules" -I Sources/CCompression)
for feature in ExistentialAny InternalImportsByDefault MemberImportVisibility NonisolatedNonsendingByDefault \
  InferIsolatedConformances; do
  flags+=(-enable-upcoming-feature "$feature")
done

# Whether a product is missing, or older than one of the files.
is_stale() {
  local product=$1 file
  shift
  [[ -e "$product" ]] || return 0
  for file in "$@"; do [[ "$file" -nt "$product" ]] && return 0; done
  return 1
}

# The Swift files of folders; files are given through.
sources() { find "$@" -name '*.swift' | sort; }

# module NAME OBJECTS-OF-MODULES-IT-IMPORTS -- FOLDERS
module() {
  local name=$1 needs=() files
  shift
  while [[ "$1" != -- ]]; do
    needs+=("$modules/$1.o")
    shift
  done
  shift
  mapfile -t files < <(sources "$@")
  is_stale "$modules/$name.o" "${files[@]}" "${needs[@]}" deploy/fuzz.sh || return 0
  echo "building $name"
  swiftc "${flags[@]}" -module-name "$name" -emit-module -emit-module-path "$modules/$name.swiftmodule" \
    -emit-object -o "$modules/$name.o" "${files[@]}"
}

# program NAME MODULES -- FOLDERS
program() {
  local name=$1 objects=() files
  shift
  while [[ "$1" != -- ]]; do
    objects+=("$modules/$1.o")
    shift
  done
  shift
  mapfile -t files < <(sources Fuzzing/Engine "$@")
  is_stale "$binaries/$name" "${files[@]}" "${objects[@]}" || return 0
  echo "building the program $name"
  swiftc "${flags[@]}" -use-ld=lld -module-name "Fuzz_$name" -emit-module-path "$binaries/$name.swiftmodule" \
    -emit-executable -o "$binaries/$name" "${files[@]}" "${objects[@]}"
}

protocol() { module KafkaProtocol -- Sources/KafkaProtocol; }
log() { module EventLog -- Sources/EventLog; }
messages() {
  log
  module Crypto -- Fuzzing/StandIns/Crypto.swift
  module Messages EventLog Crypto -- Sources/Messages
}
core() {
  log
  protocol
  module BrokerCore EventLog KafkaProtocol -- Sources/BrokerCore
}
host() {
  protocol
  # What of the host can be had without its server.
  module BrokerHost KafkaProtocol -- Sources/BrokerHost/Compression Sources/BrokerHost/Journal/JournalFrame.swift
}

# Builds a target. What it links must have been built before what imports it.
build() {
  protocol
  case $1 in
    frames) program frames KafkaProtocol -- Fuzzing/Frames ;;
    records) program records KafkaProtocol -- Fuzzing/Records ;;
    broker)
      core
      program broker EventLog KafkaProtocol BrokerCore -- Fuzzing/Broker Fuzzing/BrokerLife
      ;;
    journal)
      core
      host
      program journal EventLog KafkaProtocol BrokerCore BrokerHost -- Fuzzing/Journal Fuzzing/BrokerLife
      ;;
    compression)
      host
      program compression KafkaProtocol BrokerHost -- Fuzzing/Compression Tests/BrokerHostTests/DecompressionGolden.swift
      ;;
    messages)
      messages
      program messages KafkaProtocol EventLog Crypto Messages -- Fuzzing/Messages
      ;;
    files)
      messages
      module LoadGenerating EventLog Crypto Messages -- Sources/LoadGenerating/Input
      program files KafkaProtocol EventLog Crypto Messages LoadGenerating -- Fuzzing/Files
      ;;
  esac
}

# The longest input, in bytes.
length() {
  case $1 in
    broker) echo 1024 ;;
    files | messages) echo 2048 ;;
    *) echo 4096 ;;
  esac
}

# No backtraces of Swift's own: libFuzzer wants the signal. No allocation of more than 64 MiB for so few bytes; zstd may
# ask for the window that a frame names.
export SWIFT_BACKTRACE=enable=no
limits() {
  local allocation=64
  if [[ "$1" == compression ]]; then allocation=160; fi
  echo "-max_len=$(length "$1") -timeout=20 -rss_limit_mb=2048 -malloc_limit_mb=$allocation"
}

found=0
fuzz() {
  local target=$1 share=$2 corpus=$root/corpus/$1 findings=$root/findings/$1 report=$root/$1.log status=0 options
  mkdir -p "$corpus" "$findings"
  FUZZ_SEEDS=$corpus "$binaries/$target" 2>"$report" || { cat "$report" >&2; exit 1; }
  read -ra options <<<"$(limits "$target")"
  "$binaries/$target" "${options[@]}" -max_total_time="$share" -use_value_profile=1 -print_final_stats=1 \
    -artifact_prefix="$findings/" "$corpus" 2>"$report" || status=$?
  local executions coverage features
  executions=$(awk '/^stat::number_of_executed_units/ { print $2 }' "$report")
  read -r coverage features < <(awk '/ cov: / { cov = $4; ft = $6 } END { print cov + 0, ft + 0 }' "$report")
  if ((status == 0)); then
    printf '%-12s %5d s %10d executions  %6d edges  %7d features  no finding\n' "$target" "$share" \
      "${executions:-0}" "$coverage" "$features"
    return
  fi
  found=1
  local file
  file=$(awk '/Test unit written to/ { print $NF }' "$report")
  printf '%-12s %10d executions  %6d edges  FINDING\n' "$target" "${executions:-0}" "$coverage"
  grep -E -m 3 '^FINDING|^Fatal error|ERROR:|Fatal error:' "$report" | cut -c -300 | sed 's/^/    /' || true
  echo "    input:     ${file:-none; see $report}"
  if [[ -n "$file" ]]; then echo "    reproduce: SWIFT_BACKTRACE=enable=no $binaries/$target ${options[*]} $file"; fi
}

# The broker is the largest by far, and the slowest: it gets the time of three.
parts() { if [[ "$1" == broker ]]; then echo 3; else echo 1; fi; }

total=0
for target in "${targets[@]}"; do
  build "$target"
  total=$((total + $(parts "$target")))
done
for target in "${targets[@]}"; do
  share=$((seconds * $(parts "$target") / total))
  fuzz "$target" $((share > 0 ? share : 1))
done
exit "$found"
