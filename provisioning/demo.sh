#!/bin/bash
# The main job from end to end: two tokens are made, a profile is ordered for the
# simulated device's EID, exported as a batch, imported on the line, loaded over
# the device's pseudo-terminal, and the chip's signed result comes back.
set -eu
cd "$(dirname "$0")/.."
. provisioning/lib/stage.sh

usage()
{
    cat <<'TEXT'
usage: provisioning/demo.sh [--upp FILE] [--sgp26 DIR] [--baud N] [--keep]
  --upp FILE    order this profile package instead of one made here
  --sgp26 DIR   use the GSMA SGP.26 test identities in DIR (ci.der, dpauth.der,
                dpauth-key.pem, ...) instead of a PKI made here
  --baud N      pace the modem like a serial line of N baud
  --keep        leave everything running and say how to go on by hand
TEXT
}

upp=
sgp26=
pace=
keep=0
while [ $# -gt 0 ]; do
    case $1 in
    --upp) upp=$(realpath -e "${2:?}"); shift 2 ;;
    --sgp26) sgp26=$(realpath -e "${2:?}"); shift 2 ;;
    --baud) pace="--baud ${2:?}"; shift 2 ;;
    --keep) keep=1; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
    esac
done

sh provisioning/setup.sh
cmake --preset default >/dev/null
cmake --build --preset default --target usbkeyd usbkey-pkcs11 usbkey-admin euicc-line dpplus \
    upp-sample euicc-sim -- --quiet

stage_open build
cleanup()
{
    status=$?
    trap - EXIT INT TERM
    if [ "$keep" -eq 0 ] || [ "$status" -ne 0 ]; then
        stage_close
        [ "$status" -eq 0 ] || echo "demo.sh: failed; $stage is removed" >&2
    fi
    exit "$status"
}
trap cleanup EXIT INT TERM

say() { printf '\n== %s\n' "$*"; }

say "Everything this makes is in $stage"

say 'Identities: CI, EUM, eUICC'
stage_pki "$sgp26"
echo "${sgp26:+SGP.26 test identities; }device with EID $eid"

say 'Key ceremony: two components, one root key in the DP+ token and in the USBKey'
stage_tokens ${sgp26:+--development}

say 'Keys and certificates'
stage_keys "$sgp26"
line_admin status

say 'DP+: order, export'
stage_config
if [ -z "$upp" ]; then
    upp=$stage/sample.upp
    "$upp_sample" --iccid 89001012345678901231 --out "$upp"
fi
stage_batch "$eid" "$upp" "$stage/demo.ppb"
"$dpplus" --db "$stage/orders.db" orders

say 'Line: import, load'
line_run import "$stage/demo.ppb"
# shellcheck disable=SC2086 # option and value
stage_sim modem $pace
line_run load --port "$stage/modem"

say 'Results back to the DP+'
line_run results export "$stage/demo.ppr"
"$dpplus" --db "$stage/orders.db" results import "$stage/demo.ppr" --ci "$pki/ci.der"
"$dpplus" --db "$stage/orders.db" orders

say 'Proof'
iccid=$(line_run profiles --json | sed -n 's/.*"iccid":"\([0-9]*\)".*"downloaded".*/\1/p')
echo "PASS   EID $eid   ICCID $iccid"
echo 'ProfileInstallationResult, signed by the eUICC and verified:'
sed -n 's/.*"pir":"\([0-9A-F]*\)".*/  \1/p' "$stage/demo.ppr"
echo 'journal of the USBKey:'
line_admin audit show --eid "$eid" | tail -n 1 | sed 's/^/  /'
line_admin audit verify
ordered=$(sha256sum <"$upp" | cut -d ' ' -f 1)
on_chip=$(sha256sum <"$stage/modem-chip/profiles/$iccid.upp" | cut -d ' ' -f 1)
echo "SHA-256 ordered  $ordered"
echo "SHA-256 on chip  $on_chip"
if [ "$ordered" != "$on_chip" ]; then
    echo 'demo.sh: the profile on the chip is not the one ordered' >&2
    exit 1
fi

if [ "$keep" -eq 1 ]; then
    say 'Still running; go on by hand'
    cat <<TEXT
cd $stage
export USBKEY_SOCKETS=$USBKEY_SOCKETS
$line_tool --config station.json probe --port modem
$line_tool --config station.json load --port modem --json
$line_tool --config station.json profiles
$dpplus --db orders.db orders
$admin --socket line.sock --pin-file user.pin status
$admin --socket line.sock --pin-file user.pin audit show
pkcs11-tool --module $module -L -O --token-label line --login     (the PIN is in user.pin)
$sim --state modem-chip show
A second device of the same PKI: sh $PWD/provisioning/pki/make-euicc.sh --help
To end: kill$stage_pids; rm -rf $stage
TEXT
fi
