#!/bin/sh
# Installs Codex Sidecar for the user who runs it, on Linux and macOS. No root, nothing outside one folder, and nothing at
# all before the checksum of what was downloaded is the one that the release names.
# Everything is in functions and the last line starts it, so that a download cut in the middle runs nothing.
set -eu
umask 022

# The release workflow writes the repository's name here.
repository="OWNER/codex-sidecar"

usage() {
  cat <<'HELP'
Installs sidecar, one program that stands beside OpenAI Codex.

  sh install.sh [--dry-run] [--help]

  --dry-run   say what would be fetched and where it would go, and do nothing
  --help      print this

Environment:
  SIDECAR_VERSION       the version to install, such as 0.1.0; default: the latest release
  SIDECAR_INSTALL_DIR   the folder it goes to; default: ~/.local/bin
  SIDECAR_BASE_URL      a mirror of the releases page: FILE is asked for at
                        URL/latest/download/FILE or URL/download/vVERSION/FILE
HTTPS_PROXY and the like are honoured. To uninstall: sidecar undo, then delete the file.
HELP
}

# fail WHAT [WHAT TO DO]
fail() {
  printf 'install: %s\n' "$1" >&2
  [ -z "${2-}" ] || printf '  -> %s\n' "$2" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

temporary=
staged=
new_folder=

cleanup() {
  [ -z "$temporary" ] || rm -rf "$temporary"
  [ -z "$staged" ] || rm -f "$staged"
  # Folders that were made for nothing go again, innermost first; rmdir leaves those that are not empty.
  if [ -n "$new_folder" ]; then
    rest=$folder
    while :; do
      rmdir "$rest" 2>/dev/null || true
      [ "$rest" != "$new_folder" ] || break
      rest=${rest%/*}
    done
  fi
}

# Sets `platform`, such as linux-x64, or says why there is none.
find_platform() {
  system=$(uname -s)
  machine=$(uname -m)
  case $system in
    Linux) os=linux ;;
    Darwin) os=macos ;;
    MINGW* | MSYS* | CYGWIN* | Windows_NT)
      fail "this is Windows, and this script is for Linux and macOS" \
        "In PowerShell, use install.ps1 from the same release page" ;;
    *) fail "there is no build for $system" "Run it from a checkout: README.md says how" ;;
  esac
  case $machine in
    x86_64 | amd64) arch=x64 ;;
    aarch64 | arm64) arch=arm64 ;;
    *) fail "there is no build for $system on $machine" \
      "Builds are for x86_64 and arm64; run it from a checkout: README.md says how" ;;
  esac
  # A shell that Rosetta translates is told that the machine is an Intel one
  if [ "$os-$arch" = macos-x64 ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 1 ]; then
    arch=arm64
  fi
  [ "$os" != linux ] || check_linux
  platform=$os-$arch
}

check_linux() {
  if [ "$(uname -o 2>/dev/null || true)" = Android ]; then
    fail "there is no build for Android" "Run it on the computer where Codex runs"
  fi
  if [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 32 ]; then
    fail "this is a 32-bit system, and the builds are for 64 bits" "Run it from a checkout: README.md says how"
  fi
  case $(ldd --version 2>&1 || true) in
    *musl*) fail "this system has musl, and the builds need glibc" \
      "On Alpine and the like, use the container image, or a machine with glibc" ;;
  esac
}

# Sets `from`, the URL under which the files of the wanted release stand.
find_source() {
  base=${SIDECAR_BASE_URL-}
  if [ -z "$base" ]; then
    case $repository in
      OWNER/*) fail "this copy of install.sh belongs to no release" \
        "Take install.sh from the release page, or set SIDECAR_BASE_URL" ;;
    esac
    base=https://github.com/$repository/releases
  fi
  base=${base%/}
  case $base in
    https://?*) plain= ;;
    http://*)
      host=${base#http://}
      case ${host%%/*} in
        *@*) plain=no ;;
        127.0.0.1 | 127.0.0.1:* | localhost | localhost:* | '[::1]' | '[::1]':*) plain=yes ;;
        *) plain=no ;;
      esac ;;
    *) plain=no ;;
  esac
  [ "$plain" != no ] || fail "SIDECAR_BASE_URL is $base, which is not https" "Name a mirror that begins with https://"
  version=${SIDECAR_VERSION-}
  version=${version#v}
  case $version in
    '' | latest) from=$base/latest/download ;;
    [0-9]*)
      case $version in
        *[!0-9A-Za-z.+-]*) fail "SIDECAR_VERSION is $version, which is no version" "Write it like 0.1.0" ;;
      esac
      from=$base/download/v$version ;;
    *) fail "SIDECAR_VERSION is $version, which is no version" "Write it like 0.1.0" ;;
  esac
}

# fetch NAME: a file of the release into the temporary folder. curl first: it can be held to https over redirects too.
fetch() {
  url=$from/$1
  if have curl; then
    allowed="=https"
    [ -z "$plain" ] || allowed="=http,https"
    # A hundred megabytes are worth a progress bar where somebody looks
    if [ -t 2 ]; then meter=--progress-bar; else meter=--silent; fi
    curl --fail "$meter" --show-error --location --proto "$allowed" --proto-redir "$allowed" --connect-timeout 30 \
      --retry 2 --output "$temporary/$1" "$url" </dev/null || no_file "$1"
  elif have wget; then
    fetch_by_wget "$1"
  else
    fail "neither curl nor wget is here to download with" "Install one of them and run this again"
  fi
}

# No wget can be held to https over redirects. GNU's can be told not to follow them, so it is led from one to the next.
# Another one (BusyBox) follows by itself and says where it was sent: what came by http is not used.
fetch_by_wget() {
  stay=
  case $(wget --help 2>&1 </dev/null || true) in *--max-redirect*) stay=--max-redirect=0 ;; esac
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    status=0
    wget -S ${stay:+"$stay"} -O "$temporary/$1" "$url" </dev/null 2>"$temporary/said" || status=$?
    find_next "$1"
    [ "$status" -ne 0 ] || return 0
    if [ -z "$stay" ] || [ -z "$next" ]; then no_file "$1"; fi
    url=$next
  done
  no_file "$1"
}

# find_next NAME: sets `next` to where the last redirect of what wget said leads; ends all where one leads to http.
find_next() {
  next=
  while read -r head place _; do
    case $head in
      [Ll][Oo][Cc][Aa][Tt][Ii][Oo][Nn]:) ;;
      [Ll][Oo][Cc][Aa][Tt][Ii][Oo][Nn]:*) place=${head#*:} ;;
      *) continue ;;
    esac
    place=${place%"$(printf '\r')"}
    host=${url#*://}
    case $place in
      [Hh][Tt][Tt][Pp][Ss]://*) next=$place ;;
      [Hh][Tt][Tt][Pp]://*)
        [ -n "$plain" ] || fail "$1 was to come over plain http: $from redirects there" \
          "Nothing was installed. Install curl, or name another mirror in SIDECAR_BASE_URL"
        next=$place ;;
      //*) next=${url%%//*}$place ;;
      /*) next=${url%%://*}://${host%%/*}$place ;;
    esac
  done <"$temporary/said"
}

no_file() {
  fail "$from/$1 could not be downloaded" \
    "See whether that release exists, and whether this network reaches it; SIDECAR_BASE_URL names a mirror"
}

# Prints the SHA-256 of a file.
digest() {
  if have sha256sum; then
    sum=$(sha256sum "$1")
  elif have shasum; then
    sum=$(shasum -a 256 "$1")
  elif have openssl; then
    sum=$(openssl dgst -sha256 -r "$1")
  else
    fail "nothing here computes a SHA-256" "Install sha256sum, shasum or openssl and run this again"
  fi
  # sha256sum puts a backslash in front where the file's name needed escaping
  sum=${sum#\\}
  printf '%s\n' "${sum%% *}"
}

# Compares the archive with the line of SHA256SUMS that names it.
verify() {
  wanted=
  while read -r sum file; do
    [ "${file#\*}" != "$archive" ] || wanted=$sum
  done <"$temporary/SHA256SUMS"
  if [ "${#wanted}" -ne 64 ]; then
    fail "SHA256SUMS of that release names no checksum of $archive" \
      "Nothing was installed; that release may have no build for this machine"
  fi
  found=$(digest "$temporary/$archive")
  [ "$found" = "$wanted" ] || fail "$archive has another checksum than SHA256SUMS names: $found" \
    "Nothing was installed. Run this again; if it stays so, distrust that source"
}

# Puts the program beside its final place, sees it run there, and only then moves it over what was there before.
# The move is a rename, so a sidecar that is running keeps its file until it ends.
install_program() {
  [ ! -d "$target" ] || fail "$target is a folder" "Remove it, or set SIDECAR_INSTALL_DIR to another folder"
  if [ ! -d "$folder" ]; then
    rest=$folder
    while [ ! -e "$rest" ] && [ -n "$rest" ]; do
      new_folder=$rest
      rest=${rest%/*}
    done
    mkdir -p "$folder" 2>/dev/null || cannot_write
  fi
  staged=$(mktemp "$folder/.sidecar.XXXXXX" 2>/dev/null) || cannot_write
  cp "$temporary/$name/sidecar" "$staged" 2>/dev/null || cannot_write
  chmod 755 "$staged"
  said=$("$staged" --version </dev/null 2>&1) || does_not_run
  mv -f "$staged" "$target" || cannot_write
  staged=
  new_folder=
}

cannot_write() {
  fail "$folder cannot be written to" "Set SIDECAR_INSTALL_DIR to a folder of yours; root is not needed"
}

does_not_run() {
  printf '%s\n' "$said" >&2
  if [ "$os" = macos ]; then
    fail "the program does not run on this Mac, and nothing was installed" \
      "It is signed ad hoc and not notarised, which rules of a company may refuse; README.md tells how to run it from a checkout"
  fi
  fail "the program does not run on this machine, and nothing was installed" \
    "It needs glibc 2.27 or newer; README.md tells how to run it from a checkout"
}

# quote FOLDER: as a shell line takes it, with $HOME where it can be
quote() {
  # shellcheck disable=SC2016 # the user's shell shall expand it
  case $1 in
    *[!0-9A-Za-z/._+-]*) printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")" ;;
    "$HOME"/*) printf '"$HOME/%s"' "${1#"$HOME"/}" ;;
    *) printf '%s' "$1" ;;
  esac
}

# The line that puts the folder on PATH, for the shell that the user has.
say_path() {
  case :${PATH-}: in
    *:"$folder":*) return 0 ;;
  esac
  place=$(quote "$folder")
  printf '\n%s is not on your PATH. ' "$folder"
  case ${SHELL-} in
    */fish)
      printf 'Run this once:\n  fish_add_path %s\n' "$place"
      return 0 ;;
    */zsh) file=.zshrc ;;
    */bash) if [ "$os" = macos ]; then file=.bash_profile; else file=.bashrc; fi ;;
    *) file=.profile ;;
  esac
  # shellcheck disable=SC2016 # the user's shell shall expand it
  printf 'Run this line, and put it at the end of ~/%s:\n  export PATH=%s:"$PATH"\n' "$file" "$place"
}

say_done() {
  printf 'installed sidecar %s: %s\n' "$said" "$target"
  first=$(command -v sidecar 2>/dev/null || true)
  case $first in
    '' | "$target") ;;
    *) printf 'Another one comes first on your PATH: %s\n' "$first" ;;
  esac
  say_path
  printf '\nNext: sidecar init   shows what it would change in the settings of Codex, and asks first\n'
}

main() {
  dry=
  for word in "$@"; do
    case $word in
      --help | -h) usage; exit 0 ;;
      --dry-run) dry=yes ;;
      *) fail "there is no option $word" "sh install.sh --help lists them" ;;
    esac
  done
  if [ -z "${SIDECAR_INSTALL_DIR-}" ] && [ -z "${HOME-}" ]; then
    fail "HOME is not set, so there is no folder to install to" "Set SIDECAR_INSTALL_DIR"
  fi
  HOME=${HOME:-/}
  folder=${SIDECAR_INSTALL_DIR:-$HOME/.local/bin}
  case $folder in
    /*) ;;
    *) folder=$(pwd)/$folder ;;
  esac
  folder=${folder%/}
  target=$folder/sidecar
  find_platform
  find_source
  name=sidecar-$platform
  archive=$name.tar.gz
  if [ -n "$dry" ]; then
    printf 'would fetch   %s\nand check it against %s\nwould install %s\n' "$from/$archive" "$from/SHA256SUMS" "$target"
    exit 0
  fi
  have tar || fail "tar is not here to unpack with" "Install it and run this again"
  trap cleanup EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP
  temporary=$(mktemp -d "${TMPDIR:-/tmp}/sidecar-install.XXXXXX") ||
    fail "no temporary folder can be made in ${TMPDIR:-/tmp}" "Set TMPDIR to a folder of yours"
  printf 'fetching %s\n' "$from/$archive"
  fetch SHA256SUMS
  fetch "$archive"
  verify
  if ! tar -xzf "$temporary/$archive" -C "$temporary" 2>/dev/null || [ ! -f "$temporary/$name/sidecar" ]; then
    fail "$archive is not the archive it should be" "Nothing was installed; tell the people who made that release"
  fi
  install_program
  say_done
}

{ main "$@"; }
