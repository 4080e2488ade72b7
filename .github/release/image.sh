#!/bin/sh
# image.sh RELEASE CONTEXT [DIGEST]: lays out what the container image is built from, out of the archives of a release.
# DIGEST, such as sha256:0123…, is that of the base image: the Dockerfile of the context names it, and no tag can move it. A
# release always gives one; without it, for a try by hand, the base is what its tag leads to today.
set -eu

release=$1
context=$2
base=
if [ $# -gt 2 ]; then
  hex=${3#sha256:}
  case $hex in
    "$3" | *[!0-9a-f]*) hex= ;;
  esac
  if [ "${#hex}" -ne 64 ]; then
    printf 'image: %s is no digest of a base image\n' "$3" >&2
    exit 1
  fi
  base=@$3
fi
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
cp "$root/LICENSE" "$work/sidecar-linux-x64/THIRD-PARTY.txt" "$context"
sed "s/^FROM .*/&$base/" "$root/.github/release/Dockerfile" >"$context/Dockerfile"
