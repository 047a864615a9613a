#!/bin/bash
# Batches, tokens and configurations that are wrong: a clear error, the right exit
# code, nothing changed in the ledger.
. "$(dirname "$0")/lib.sh"
e2e_open "$1"
stage_batch "$eid" "$stage/sample.upp" "$stage/a.ppb" >/dev/null

rows() { line_run profiles --json | grep -c iccid || true; }

# One byte changed: at the front, in the middle, in the trailer, at the end.
size=$(stat -c %s "$stage/a.ppb")
for offset in 0 20 100 4096 $((size / 2)) $((size - 600)) $((size - 80)) $((size - 14)) $((size - 1)); do
    cp "$stage/a.ppb" "$stage/changed.ppb"
    byte=$(od -An -tu1 -j "$offset" -N 1 "$stage/a.ppb")
    printf "\\x$(printf %02x $((byte ^ 1)))" |
        dd of="$stage/changed.ppb" bs=1 seek="$offset" conv=notrunc status=none
    run "byte $offset changed" 7 line_run import "$stage/changed.ppb"
    check "byte $offset changed: ledger" "$(rows)" 0
done
run 'no batch at all' 7 line_run import "$stage/station.json"
run 'no such file' 7 line_run import "$stage/nothing.ppb"
check_has 'no such file' "$err" nothing.ppb

# Signed by somebody else.
cp "$stage/batch.pem" "$stage/right.pem"
openssl x509 -inform der -in "$pki/ci.der" -out "$stage/batch.pem"
run 'batch of another signer' 7 line_run import "$stage/a.ppb"
check_has 'batch of another signer' "$err" batch_trust
cp "$stage/right.pem" "$stage/batch.pem"

# For another root key: a second DP+ token with other components, trusted.
for n in 1 2; do openssl rand -hex 32 >"$stage/other$n"; done
stage_engine other
other() { "$admin" --socket "$stage/other.sock" --so-pin-file "$stage/so.pin" --pin-file "$stage/user.pin" "$@"; }
other init --label other --role dp >/dev/null
other root import --component-file "$stage/other1" --component-file "$stage/other2" >/dev/null
stage_certify other batch "$pki" "Other DP+" >/dev/null
sed 's/token=dp/token=other/' "$stage/export.json" >"$stage/other.json"
USBKEY_SOCKETS="$USBKEY_SOCKETS:$stage/other.sock"
"$dpplus" --db "$stage/other.db" order --eid "$eid" --upp "$stage/sample.upp" >/dev/null
"$dpplus" --db "$stage/other.db" export --config "$stage/other.json" --out "$stage/o.ppb" >/dev/null
run 'batch of another root key' 7 line_run import "$stage/o.ppb"
check_has 'batch of another root key' "$err" 'check value'
check 'batch of another root key: ledger' "$(rows)" 0
cp "$stage/right.pem" "$stage/batch.pem"

# A wrong PIN costs a try and says so; the right one gives the tries back.
cp "$stage/user.pin" "$stage/right.pin"
printf '00000000\n' >"$stage/user.pin"
run 'wrong PIN' 5 line_run import "$stage/a.ppb"
check_has 'wrong PIN' "$err" CKR_PIN_INCORRECT
check_has 'wrong PIN: one try less' "$(line_admin status)" 'user PIN:     set, 4 tries left'
cp "$stage/right.pin" "$stage/user.pin"
run 'right PIN' 7 line_run import "$stage/o.ppb"
check_has 'right PIN: all tries back' "$(line_admin status)" 'user PIN:     set, 5 tries left'

# An expired DPauth certificate: refused by the token at import of the certificate.
line_admin csr dpauth --cn x --oid 2.999.10 --out "$stage/old.csr"
sh provisioning/pki/sign-csr.sh --ca "$pki" --role dpauth --csr "$stage/old.csr" \
    --out "$stage/old.pem" --start '3 years ago' --days 365 >/dev/null
run 'expired DPauth' 5 line_admin cert import dpauth --cert "$stage/old.pem"
check_has 'expired DPauth' "$err" expired

# Configurations.
run 'no configuration' 1 "$line_tool" --config "$stage/none.json" profiles
printf '{ "modul": "x" }' >"$stage/bad.json"
run 'unknown key' 1 "$line_tool" --config "$stage/bad.json" profiles
check_has 'unknown key' "$err" modul
sed 's/token=line/token=nobody/' "$stage/station.json" >"$stage/nobody.json"
run 'no such token' 5 "$line_tool" --config "$stage/nobody.json" import "$stage/a.ppb"
sed "s#$module#/nonexistent.so#" "$stage/station.json" >"$stage/nomodule.json"
run 'no such module' 5 "$line_tool" --config "$stage/nomodule.json" import "$stage/a.ppb"
cp "$stage/sample.upp" "$stage/garbage.db"
sed 's/ledger.db/garbage.db/' "$stage/station.json" >"$stage/garbage.json"
run 'a ledger that is none' 7 "$line_tool" --config "$stage/garbage.json" profiles

# The engine does not run.
stage_stop "$line_engine"
run 'engine not running: import' 5 line_run import "$stage/a.ppb"
check_has 'engine not running' "$err" 'usbkeyd'
stage_sim modem
expect_load 'engine not running: load' "$stage/modem" 5 token_gone
check 'engine not running: ledger' "$(rows)" 0
stage_engine line
run 'engine back' 0 line_run import "$stage/a.ppb"
expect_load 'engine back: load' "$stage/modem" 0
