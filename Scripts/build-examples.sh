#!/usr/bin/env bash
# Builds the plugins of Examples/ into one folder, and runs their own tests: build-examples.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(realpath -m "${1:-.build/examples/plugins}")
mkdir -p "$out"

# Python. `--system-site-packages` is not wanted: the environment is part of what is built.
python=.build/examples/python
requirements=Examples/python-plugin/requirements.txt
if ! cmp -s "$requirements" "$python/requirements.txt" 2>/dev/null; then
    rm -rf "$python"
    python3 -m venv "$python"
    "$python/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
    cp "$requirements" "$python/requirements.txt"
fi
python=$PWD/$python/bin/python
"$python" Examples/python-plugin/build.py --output "$out/coffer-plugin-onetime"
(cd Examples/python-plugin && "$python" -m unittest --quiet tests/test_notes.py)

# Swift. The versions of the packages are this package's, so that nothing is fetched anew.
# Both share a scratch folder, so that the SDK is built once.
for example in swift-plugin:checkout swift-database:redis-acl; do
    package=Examples/${example%%:*}
    swift=(--package-path "$package" --scratch-path .build/examples/swift)
    [[ ! -f Package.resolved ]] || cp Package.resolved "$package/Package.resolved"
    "${SWIFT:-swift}" build "${swift[@]}" --build-tests
    "${SWIFT:-swift}" test "${swift[@]}" --skip-build
    bin=$("${SWIFT:-swift}" build "${swift[@]}" --show-bin-path)
    install -m 755 "$bin/coffer-plugin-${example##*:}" "$out/"
done
