#!/usr/bin/env bash
# Installs the Debian packages that are missing for the purposes named: build, test, bench, proto.
set -euo pipefail

declare -A packages=(
    [build]="libssl-dev libcrypt-dev libcurl4-openssl-dev libprotobuf-c-dev liblmdb-dev libpq-dev libmariadb-dev libhiredis-dev libidn2-dev libsodium-dev pkg-config"
    [test]="python3 python3-venv openssl curl wget binutils protobuf-c-compiler rsyslog nginx-light postgresql mariadb-server redis-server"
    [bench]="python3 wrk nginx-light openssl postgresql"
    [proto]="protobuf-c-compiler"
)

missing=()
for purpose in "$@"; do
    for package in ${packages[$purpose]:?unknown purpose: $purpose}; do
        [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
    command -v sudo >/dev/null || {
        echo "These packages are missing and only root can install them: ${missing[*]}" >&2
        exit 1
    }
    as_root=(sudo)
fi
echo "Installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
