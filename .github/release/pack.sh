#!/bin/sh
# pack.sh BINARIES OUT: makes the archives of a release, on Linux, and SHA256SUMS of everything in OUT.
# BINARIES holds sidecar-<os>-<arch>/sidecar (sidecar.exe for Windows), one folder for each build, and THIRD-PARTY.txt. The same
# files and the same SOURCE_DATE_EPOCH give the same archives, byte for byte.
set -eu

binaries=$1
out=$2
: "${SOURCE_DATE_EPOCH:?is the time that all files get, in seconds}"
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$out"
out=$(cd "$out" && pwd)
for folder in "$binaries"/sidecar-*; do
  name=$(basename "$folder")
  mkdir "$work/$name"
  cp "$root/LICENSE" "$root/README.md" "$root/config.example.yaml" "$binaries/THIRD-PARTY.txt" "$work/$name"
  chmod 644 "$work/$name"/*
  # What travels between the jobs of a workflow loses its mode
  cp "$folder"/sidecar* "$work/$name"
  chmod 755 "$work/$name" "$work/$name"/sidecar*
  find "$work/$name" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  cd "$work"
  case $name in
    *-windows-*) rm -f "$out/$name.zip"; TZ=UTC zip -q -X "$out/$name.zip" "$name" "$name"/* ;;
    *) tar --sort=name --owner=0 --group=0 --numeric-owner --format=ustar -cf - "$name" | gzip -n -9 >"$out/$name.tar.gz" ;;
  esac
  cd - >/dev/null
done
cd "$out"
rm -f SHA256SUMS
sha256sum -- * >"$work/SHA256SUMS"
mv "$work/SHA256SUMS" .
cat SHA256SUMS
