#!/bin/sh
# Prints an EID with right check digits.
set -eu
# shellcheck source=provisioning/pki/lib.sh
. "$(dirname "$0")/lib.sh"

usage="usage: make-eid.sh [PREFIX]
PREFIX  8 to 30 digits the EID begins with; default $EID_PREFIX. The rest is random."

case ${1:-} in
--help) echo "$usage"; exit 0 ;;
-*) say "$usage"; exit 1 ;;
esac
eid_random "${1:-$EID_PREFIX}"
