#!/usr/bin/env bash
# The form of the Swift sources: swift-format has nothing to change and nothing to complain about.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files -z '*.swift' | xargs -0 "${SWIFT:-swift}" format lint --strict --parallel --configuration .swift-format
