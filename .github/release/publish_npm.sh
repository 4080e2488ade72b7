#!/bin/sh
# publish_npm.sh NPM FOLDER VERSION: publishes the packages of a release with provenance, the launcher last, so that nobody gets
# it without a program. A version that is there already is left alone: a run that broke off can be started again.
# NPM is the program; FOLDER holds codex-sidecar-VERSION.tgz and one codex-sidecar-<os>-<cpu>-VERSION.tgz a platform.
set -eu

npm=$1
folder=$2
version=$3
# What has a hyphen in its version is tried by those who name it
case $version in
  *-*) tag=next ;;
  *) tag=latest ;;
esac

publish() {
  if [ "$("$npm" view "$1@$version" version 2>/dev/null || true)" = "$version" ]; then
    printf '%s@%s is published already\n' "$1" "$version"
    return
  fi
  "$npm" publish "$folder/$1-$version.tgz" --provenance --access public --tag "$tag" --ignore-scripts
}

for file in "$folder"/codex-sidecar-*-*-"$version".tgz; do
  name=$(basename "$file")
  publish "${name%-"$version".tgz}"
done
publish codex-sidecar
