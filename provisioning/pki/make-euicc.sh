#!/bin/sh
# Makes a further chip of a PKI that make-pki.sh made.
set -eu
# shellcheck source=provisioning/pki/lib.sh
. "$(dirname "$0")/lib.sh"

usage="usage: make-euicc.sh --ca DIR --out DIR2 [--eid EID] [--days N] [--start DATE] [--force]
Makes euicc.der, euicc.pem, euicc-key.pem and eid.txt in DIR2, with ci.der and eum.der of DIR.
  --ca DIR      folder of make-pki.sh
  --eid EID     32 digits; default: random, with the prefix the EUM may issue
  --days N      validity; default 3650
  --start DATE  first day, as date(1) reads it; default: a day ago
  --force       allow an EID outside the EUM's prefix (a chip every check must refuse)"

ca='' out='' eid='' days=3650 start="1 day ago" force=no
while [ "$#" -gt 0 ]; do
    case $1 in
    --ca) need_value "$@"; ca=$2; shift ;;
    --out) need_value "$@"; out=$2; shift ;;
    --eid) need_value "$@"; eid=$2; shift ;;
    --days) need_value "$@"; days=$2; shift ;;
    --start) need_value "$@"; start=$2; shift ;;
    --force) force=yes ;;
    --help) echo "$usage"; exit 0 ;;
    *) say "$usage"; exit 1 ;;
    esac
    shift
done
if [ -z "$ca" ] || [ -z "$out" ]; then say "$usage"; exit 1; fi
[ -f "$ca/eum-key.pem" ] || die "$ca has no eum-key.pem: make-pki.sh makes one"
is_digits "$days" || die "--days $days is no number"
prefix=$(openssl x509 -in "$ca/eum.pem" -noout -ext nameConstraints |
    sed -n 's/.*serialNumber *= *\([0-9]*\).*/\1/p')
[ -n "$eid" ] || eid=$(eid_random "$prefix")
eid_check "$eid"
case $eid in
"$prefix"*) ;;
*) [ "$force" = yes ] || die "EID $eid is outside the EUM's prefix $prefix" ;;
esac

umask 077
mkdir -p "$out"
work_folder
make_euicc "$out" "$eid" "$ca" "$start" "$days"
for name in ci eum; do
    [ "$(realpath "$ca")" = "$(realpath "$out")" ] || cp "$ca/$name.der" "$out/$name.der"
done
say "eUICC in $out, EID $eid"
