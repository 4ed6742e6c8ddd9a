#!/usr/bin/env bash
# Runs the end-to-end tests in a Python environment of their own. Arguments go to pytest, in Tests/EndToEnd.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.build/end-to-end-venv
requirements=Tests/EndToEnd/requirements.txt
if ! cmp -s "$requirements" "$venv/requirements.txt" 2>/dev/null; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$venv/requirements.txt"
fi
bin=$(realpath "${COFFER_BIN_DIR:-$("${SWIFT:-swift}" build --show-bin-path)}")
python=$PWD/$venv/bin/python
cd Tests/EndToEnd
COFFER_BIN_DIR=$bin exec "$python" -m pytest -p no:cacheprovider -q "$@"
