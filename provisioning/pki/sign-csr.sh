#!/bin/sh
# Issues the certificate a token asks for with its CSR. The extensions are the
# role's, not the request's: a CSR cannot ask itself into another role.
set -eu
# shellcheck source=provisioning/pki/lib.sh
. "$(dirname "$0")/lib.sh"

usage="usage: sign-csr.sh --ca DIR --role dpauth|dppb|batch --csr FILE --out FILE
                   [--oid OID] [--days N] [--start DATE]
  --ca DIR      folder of make-pki.sh; dpauth and dppb are signed by its CI, batch by its batch CA
  --csr FILE    PKCS#10, PEM or DER
  --out FILE    the certificate; PEM when it ends in .pem, else DER
  --oid OID     the DP's registeredID; default 2.999.10
  --days N      validity; default 1095
  --start DATE  first day, as date(1) reads it; default: a day ago"

ca='' role='' csr='' out='' oid=2.999.10 days=1095 start="1 day ago"
while [ "$#" -gt 0 ]; do
    case $1 in
    --ca) need_value "$@"; ca=$2; shift ;;
    --role) need_value "$@"; role=$2; shift ;;
    --csr) need_value "$@"; csr=$2; shift ;;
    --out) need_value "$@"; out=$2; shift ;;
    --oid) need_value "$@"; oid=$2; shift ;;
    --days) need_value "$@"; days=$2; shift ;;
    --start) need_value "$@"; start=$2; shift ;;
    --help) echo "$usage"; exit 0 ;;
    *) say "$usage"; exit 1 ;;
    esac
    shift
done
for given in "$ca" "$role" "$csr" "$out"; do
    [ -n "$given" ] || { say "$usage"; exit 1; }
done
is_digits "$days" || die "--days $days is no number"
case $role in
dpauth | dppb) issuer=ci ;;
batch) issuer=batch-ca ;;
*) die "no such role: $role (dpauth, dppb, batch)" ;;
esac
[ -f "$ca/$issuer-key.pem" ] || die "$ca has no $issuer-key.pem: make-pki.sh makes one"
[ -f "$csr" ] || die "no such file: $csr"

work_folder
openssl req -in "$csr" -out "$work/request.csr" 2>/dev/null ||
    openssl req -inform DER -in "$csr" -out "$work/request.csr" 2>/dev/null ||
    die "$csr is no certificate request"
openssl req -in "$work/request.csr" -verify -noout 2>/dev/null ||
    die "$csr: its signature does not verify"
issue "$role" "$work/request.csr" "$work/certificate.pem" "$ca/$issuer.pem" \
    "$ca/$issuer-key.pem" "$start" "$days" "$oid"
case $out in
*.pem) cp "$work/certificate.pem" "$out" ;;
*) cp "$work/certificate.der" "$out" ;;
esac
say "$role certificate in $out"
