#!/bin/bash
# The demo's job with the SGP.26 identities and the four TS.48 profiles, each
# byte-identical on the chip. Needs the published data beside the checkout; without
# it the same is checked with the project's own PKI and profile.
. "$(dirname "$0")/lib.sh"
data=${EUICC_LINE_DATA:-../shared/data}
[ -d "$data/sgp26" ] || {
    echo "note: the SGP.26 and TS.48 data are not here; own PKI and profile instead"
    data=
}
e2e_open "$1" --bare
if [ -n "$data" ]; then
    stage_pki "$data/sgp26"
    stage_tokens --development >/dev/null
    stage_keys "$data/sgp26" >/dev/null
    profiles=("$data"/ts48/*.der)
    check_has 'a development token says so' "$(line_admin status)" 'DEVELOPMENT TOKEN'
else
    stage_pki >/dev/null
    stage_tokens >/dev/null
    stage_keys >/dev/null
    "$upp_sample" --iccid 89001012345678901231 --out "$stage/sample.upp" >/dev/null
    profiles=("$stage/sample.upp")
fi
stage_config
for profile in "${profiles[@]}"; do
    name=$(basename "$profile")
    # Every TS.48 profile has the same ICCID: a fresh chip, order book and ledger.
    rm -rf "$stage"/orders.db* "$stage"/ledger.db* "$stage/modem-chip"
    stage_batch "$eid" "$profile" "$stage/a.ppb" >/dev/null
    run "$name: import" 0 line_run import "$stage/a.ppb"
    stage_sim modem
    expect_load "$name" "$stage/modem" 0
    check "$name: bytes" "$(sha256sum <"$stage/modem-chip/profiles/$(json_text "$out" iccid).upp")" \
        "$(sha256sum <"$profile")"
    stage_stop "$started"
done
