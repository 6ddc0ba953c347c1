#!/usr/bin/env bash
# Installs what building and testing need and this machine does not have: Debian packages, and with `test` also what
# the tests of foreign clients use. With `lint` only what checking the style needs.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(librdkafka-dev libsqlite3-dev pkg-config zlib1g-dev libzstd-dev liblz4-dev libsnappy-dev)
if [[ "${1:-}" == test ]]; then packages+=(kcat jq curl python3 python3-venv); fi
if [[ "${1:-}" == lint ]]; then packages=(shellcheck); fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if ((${#missing[@]})); then
  echo "installing ${missing[*]}" >&2
  as_root=()
  if [[ $(id -u) != 0 ]]; then as_root=(sudo); fi
  "${as_root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [[ "${1:-}" == test && ! -x .build/python/bin/python ]]; then
  echo "installing confluent-kafka for the tests of foreign clients" >&2
  python3 -m venv .build/python
  .build/python/bin/pip install --quiet --disable-pip-version-check 'confluent-kafka>=2.6'
fi
