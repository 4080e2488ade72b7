#!/bin/sh
# image.sh RELEASE CONTEXT: lays out what the container image is built from, out of the archives of a release.
set -eu

release=$1
context=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# lay DOCKER_ARCH ARCHIVE: our names of the architectures are not Docker's
lay() {
  tar -xzf "$release/$2.tar.gz" -C "$work"
  mkdir -p "$context/$1"
  cp "$work/$2/sidecar" "$context/$1/sidecar"
  chmod 755 "$context/$1/sidecar"
}

lay amd64 sidecar-linux-x64
lay arm64 sidecar-linux-arm64
cp "$root/LICENSE" "$root/.github/release/Dockerfile" "$work/sidecar-linux-x64/THIRD-PARTY.txt" "$context"
