#!/bin/sh
# Makes a test PKI of the shape SGP.26 has: CI, EUM, one eUICC, and beside them
# the CA that vouches for the DP+'s batch key. Test keys: they open nothing real.
set -eu
# shellcheck source=provisioning/pki/lib.sh
. "$(dirname "$0")/lib.sh"

usage="usage: make-pki.sh --out DIR [--eid EID] [--days N] [--start DATE] [--batch-ca-only]
Makes in DIR: ci, eum, euicc, batch-ca, each as .der, .pem and -key.pem, and eid.txt.
  --eid EID        the chip's EID, 32 digits; default: a random one
  --days N         validity of all certificates; default 3650
  --start DATE     first day, as date(1) reads it; default: a day ago
  --batch-ca-only  make the batch CA alone"

out='' eid='' days=3650 start="1 day ago" only=no
while [ "$#" -gt 0 ]; do
    case $1 in
    --out) need_value "$@"; out=$2; shift ;;
    --eid) need_value "$@"; eid=$2; shift ;;
    --days) need_value "$@"; days=$2; shift ;;
    --start) need_value "$@"; start=$2; shift ;;
    --batch-ca-only) only=yes ;;
    --help) echo "$usage"; exit 0 ;;
    *) say "$usage"; exit 1 ;;
    esac
    shift
done
[ -n "$out" ] || { say "$usage"; exit 1; }
is_digits "$days" || die "--days $days is no number"
[ -n "$eid" ] || eid=$(eid_random "$EID_PREFIX")
eid_check "$eid"

umask 077
mkdir -p "$out"
work_folder
make_certificate batch-ca "$out/batch-ca" "/O=euicc-line test/CN=Batch CA" - - "$start" "$days"
[ "$only" = no ] || { say "batch CA in $out"; exit 0; }
make_certificate ci "$out/ci" "/CN=Test CI/OU=TESTCERT/O=euicc-line test/C=DE" - - \
    "$start" "$days" 2.999.1
make_certificate eum "$out/eum" "$EUM_SUBJECT" "$out/ci.pem" "$out/ci-key.pem" \
    "$start" "$days" 2.999.5 "$EUM_ORGANISATION" "$(printf '%.8s' "$eid")"
make_euicc "$out" "$eid" "$out" "$start" "$days"
say "PKI in $out, EID $eid"
