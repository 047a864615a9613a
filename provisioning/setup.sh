#!/bin/sh
# Installs what building, running and testing need, on Debian 12. Installs only
# what is missing; needs root (or sudo) then.
set -eu

build='build-essential cmake ninja-build pkg-config libssl-dev libp11-kit-dev libsqlite3-dev
       libcjson-dev libserialport-dev libcunit1-dev libseccomp-dev'
run='softhsm2 p11-kit openssl sqlite3'
tests='opensc gnutls-bin p11-kit-modules gdb libnss3-tools libengine-pkcs11-openssl openssh-client procps'
fuzz='clang libclang-rt-14-dev'

usage()
{
    echo "usage: setup.sh [--tests] [--fuzz]"
    echo "  installs the packages for building and running; with --tests also those"
    echo "  the tests use, with --fuzz those of the long fuzzing campaign"
}

wanted="$build $run"
for argument in "$@"; do
    case $argument in
    --tests) wanted="$wanted $tests" ;;
    --fuzz) wanted="$wanted $fuzz" ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
    esac
done

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
    [ "$state" = 'install ok installed' ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

echo "setup: installing$missing"
as_root=
[ "$(id -u)" -eq 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q >/dev/null
# shellcheck disable=SC2086 # a list of names
$as_root apt-get install -q -y --no-install-recommends $missing >/dev/null
