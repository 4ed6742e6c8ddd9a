#!/bin/sh
# Remakes CMessages from Schema/plugin.proto. The output is committed and never edited; CI runs
# this and fails when it changes anything.
set -eu
cd "$(dirname "$0")"
command -v protoc-c >/dev/null || {
    echo "regenerate.sh: protoc-c is missing; apt-get install protobuf-c-compiler" >&2
    exit 1
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
protoc-c --proto_path=Schema --c_out="$work" Schema/plugin.proto
mkdir -p CMessages/include
mv "$work/plugin.pb-c.h" CMessages/include/plugin.pb-c.h
mv "$work/plugin.pb-c.c" CMessages/plugin.pb-c.c
cat >CMessages/include/module.modulemap <<'MAP'
module CMessages {
  header "plugin.pb-c.h"
  export *
}
MAP
