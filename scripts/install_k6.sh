#!/bin/sh
# Builds k6, the load generator, into .tradepost/bin, unless it is there or where Go puts its programs. Needs Go.
set -eu

version=v1.8.1
cd "$(dirname "$0")/.."
for k6 in .tradepost/bin/k6 k6 "${HOME:-}/go/bin/k6"; do
  if "$k6" version 2>/dev/null | grep -q " $version "; then
    exit 0
  fi
done
if ! command -v go >/dev/null; then
  echo 'Expected Go (https://go.dev/dl), to build k6, but found no program go' >&2
  exit 1
fi
mkdir -p .tradepost/bin
GOBIN="$PWD/.tradepost/bin" go install "go.k6.io/k6@$version"
