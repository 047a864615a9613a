#!/bin/bash
# Devices that lie, fail or go silent: a clear error, the right exit code, and
# nothing changed in ledger or chip.
. "$(dirname "$0")/lib.sh"
e2e_open "$1"
e2e_patience 1500
stage_batch "$eid" "$stage/sample.upp" "$stage/a.ppb" >/dev/null
line_run import "$stage/a.ppb" >/dev/null

# A chip that states an EID with a profile, and proves another.
stage_sim modem --fault eid-mismatch
stated=$(json_text "$(line_run probe --port "$stage/modem" --json)" eid)
stage_stop "$started"
"$upp_sample" --iccid 89001012345678900003 --out "$stage/upp" >/dev/null
stage_batch "$stated" "$stage/upp" "$stage/stated.ppb" >/dev/null
line_run import "$stage/stated.ppb" >/dev/null

# fault | exit code | error
table='
eid-mismatch | 3 | eid_mismatch
bad-signature1 | 3 | euicc_signature
bad-signature2 | 3 | euicc_signature
wrong-challenge | 3 | challenge
wrong-transaction=1 | 3 | transaction
wrong-transaction=2 | 3 | transaction
foreign=disguised | 3 | euicc_certificate
foreign=honest | 3 | ci_unknown
length-4g=GetEID | 3 | euicc_answer
length-4g=AuthenticateServer | 3 | euicc_answer
length-4g=PrepareDownload | 3 | euicc_answer
truncated-response=GetEUICCChallenge | 3 | euicc_answer
truncated-response=AuthenticateServer | 3 | euicc_answer
silent=AuthenticateServer | 2 | modem_silent
silent=PrepareDownload | 2 | modem_silent
cme=4 | 2 | modem_error
reboot=6 | 2 | modem_gone
'
while IFS='| ' read -r fault code error; do
    [ -n "$fault" ] || continue
    stage_sim modem --fault "$fault"
    expect_load "$fault" "$stage/modem" "$code" "$error"
    check "$fault: ledger" "$(ledger_row "$iccid")" 'ready 0'
    check "$fault: chip" "$(chip_count modem)" 0
    stage_stop "$started"
    stage_sim modem --fault "$fault" # some faults come once
    run "$fault, for a person" "$code" line_run load --port "$stage/modem"
    check_has "$fault: names the port" "$err" "$stage/modem"
    check_has "$fault: names the error" "$err" "($error)"
    stage_stop "$started"
done <<TABLE
$table
TABLE

# In mid-load: nothing is installed, the profile waits again, the attempt counts.
stage_sim modem --fault cme-in-load
expect_load 'CME ERROR in mid-load' "$stage/modem" 2 modem_error
check 'CME ERROR in mid-load: ledger' "$(ledger_row "$iccid")" 'ready 1'
check 'CME ERROR in mid-load: chip' "$(chip_count modem)" 0
stage_stop "$started"

# Silence in mid-load: a chip that never got the last segment has nothing.
stage_sim modem --fault silent=LoadBoundProfilePackage
expect_load 'silence in mid-load' "$stage/modem" 2 modem_silent
check 'silence in mid-load: ledger' "$(ledger_row "$iccid")" 'ready 2'
stage_stop "$started"

# A result whose signature is wrong proves nothing.
stage_sim modem --fault no-memory
expect_load 'no memory on the chip' "$stage/modem" 6 euicc_refused
check 'no memory on the chip: ledger' "$(ledger_row "$iccid")" 'failed 3'
check 'no memory on the chip: chip' "$(chip_count modem)" 0
stage_stop "$started"
stage_sim modem --fault bad-pir-signature
expect_load 'bad signature of the result' "$stage/modem" 3 result_signature
check 'bad signature of the result: ledger' "$(ledger_row "$iccid")" 'failed 4'
stage_stop "$started"

# An ICCID that is on the chip already, and not from this ledger. (The chip
# installed it for the load just above.) A profile that was tried before is looked
# up on the chip first, and nothing is released.
released=$(line_admin audit show | grep -c ' release ')
stage_sim modem
expect_load 'ICCID on the chip' "$stage/modem" 6 iccid_exists
check 'ICCID on the chip: ledger' "$(ledger_row "$iccid")" 'failed 4'
check 'ICCID on the chip: nothing released' "$(line_admin audit show | grep -c ' release ')" \
    "$released"
# One that was not is refused by the chip, and waits as before.
rm "$stage"/ledger.db*
line_run import "$stage/a.ppb" >/dev/null
expect_load 'ICCID on the chip, first try' "$stage/modem" 6 iccid_exists
check 'ICCID on the chip, first try: ledger' "$(ledger_row "$iccid")" 'ready 1'
check 'ICCID on the chip, first try: chip' "$(chip_count modem)" 1
run 'ICCID on the chip, first try: notification' 0 line_run probe --port "$stage/modem" --json
check 'ICCID on the chip, first try: no notification left' \
    "$(json_number "$out" notifications)" 1
stage_stop "$started"

# No profile for this EID.
sh provisioning/pki/make-euicc.sh --ca "$pki" --out "$stage/other" >/dev/null
own=$pki
pki=$stage/other
stage_sim other_modem
other_eid=$(stage_eid_of "$pki/euicc.der")
expect_load 'no profile' "$stage/other_modem" 4 no_profile
run 'no profile, for a person' 4 line_run load --port "$stage/other_modem"
check_has 'no profile: names the EID' "$err" "$other_eid"
stage_stop "$started"
pki=$own

# An expired eUICC certificate.
sh provisioning/pki/make-euicc.sh --ca "$pki" --out "$stage/expired" --start '3 years ago' \
    --days 365 >/dev/null
expired_eid=$(stage_eid_of "$stage/expired/euicc.der")
"$upp_sample" --iccid 89001012345678900001 --out "$stage/upp" >/dev/null
stage_batch "$expired_eid" "$stage/upp" "$stage/b.ppb" >/dev/null
line_run import "$stage/b.ppb" >/dev/null
pki=$stage/expired
stage_sim expired_modem
expect_load 'expired eUICC certificate' "$stage/expired_modem" 3 euicc_certificate_date
check 'expired: ledger' "$(ledger_row 89001012345678900001)" 'ready 0'
stage_stop "$started"
pki=$own

# An EID outside what the EUM may certify.
sh provisioning/pki/make-euicc.sh --ca "$pki" --out "$stage/outside" --force \
    --eid 89033023422222222222222222222236 >/dev/null 2>&1 ||
    sh provisioning/pki/make-euicc.sh --ca "$pki" --out "$stage/outside" --force \
        --eid "$(sh provisioning/pki/make-eid.sh 89033023)" >/dev/null
outside_eid=$(stage_eid_of "$stage/outside/euicc.der")
"$upp_sample" --iccid 89001012345678900002 --out "$stage/upp" >/dev/null
stage_batch "$outside_eid" "$stage/upp" "$stage/c.ppb" >/dev/null
line_run import "$stage/c.ppb" >/dev/null
pki=$stage/outside
stage_sim outside_modem
expect_load 'EID outside the EUM' "$stage/outside_modem" 3 euicc_certificate
stage_stop "$started"
pki=$own

# Ports.
expect_load 'no such port' "$stage/nothing" 2 port_not_found
expect_load 'nobody listens' tcp:127.0.0.1:1 2 port_not_found
