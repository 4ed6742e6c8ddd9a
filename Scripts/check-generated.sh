#!/usr/bin/env bash
# The committed C messages are what the schema gives.
set -euo pipefail
cd "$(dirname "$0")/.."
before=$(mktemp -d)
trap 'rm -rf "$before"' EXIT
cp -r Sources/PluginProtocol/CMessages "$before/"
Sources/PluginProtocol/regenerate.sh >/dev/null
if ! diff -ru "$before/CMessages" Sources/PluginProtocol/CMessages; then
    echo "The C messages differ from the schema. They were made anew: look at the difference and commit it." >&2
    exit 1
fi
