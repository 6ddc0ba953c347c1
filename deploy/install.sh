#!/usr/bin/env bash
# Installs what building and testing need and this machine does not have: Debian packages, and with `test` also what
# the tests of foreign clients use. With `lint` only what checking the style needs.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(librdkafka-dev libsqlite3-dev pkg-config zlib1g-dev libzstd-dev liblz4-dev libsnappy-dev)
if [[ "${1:-}" == test ]]; then packages+=(chromium kcat jq curl python3 python3-venv); fi
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

# Makes a virtual environment, or brings it up to date: nothing happens while it has what it should have.
python_environment() {
  local folder=$1
  shift
  local wanted="$*"
  if [[ -x $folder/bin/python && "$(cat "$folder/requirements" 2>/dev/null)" == "$wanted" ]]; then return; fi
  echo "installing $wanted into $folder for the tests of foreign clients" >&2
  [[ -x $folder/bin/python ]] || python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check "$@"
  printf '%s' "$wanted" >"$folder/requirements"
}

if [[ "${1:-}" == test ]]; then
  codecs=('cramjam>=2.8' 'lz4>=4.3' 'python-snappy>=0.7' 'zstandard>=0.22')
  python_environment .build/python 'confluent-kafka>=2.6' 'kafka-python>=3.0.12,<4' 'aiokafka>=0.12' "${codecs[@]}"
  # The last major version is still what many run, and speaks older versions of the protocol.
  python_environment .build/python-2.2 'kafka-python>=2.2,<2.3' "${codecs[@]}"
fi
