#!/bin/bash
# Invariant 6: kill any process at any moment; nothing is lost, nothing counts
# twice, the next start goes on.
. "$(dirname "$0")/lib.sh"
e2e_open "$1"
e2e_patience 1500
rounds=4
[ "${EUICC_LINE_LONG:-0}" = 0 ] || rounds=40

# A new profile for the chip, imported; sets $iccid.
serial=0
next_profile()
{
    serial=$((serial + 1))
    iccid=$(printf '89001012345670%06d' "$serial")
    "$upp_sample" --iccid "$iccid" --out "$stage/upp" >/dev/null
    stage_batch "$eid" "$stage/upp" "$stage/$serial.ppb" >/dev/null
    line_run import "$stage/$serial.ppb" >/dev/null
}

# After whatever was done to it: the next load ends well, and the profile is on
# the chip once, as ordered.
settles()
{
    expect_load "$1: next load" "$stage/modem" 0
    check "$1: ICCID" "$(json_text "$out" iccid)" "$iccid"
    check_has "$1: ledger" "$(ledger_row "$iccid")" downloaded
    check "$1: chip" "$(sha256sum <"$stage/modem-chip/profiles/$iccid.upp")" \
        "$(sha256sum <"$stage/upp")"
}

# The chip's side dies when the profile is installed and unanswered, or about to be.
for when in after-commit before-commit; do
    next_profile
    stage_sim modem --fault "kill-after-load=$when"
    run "device lost $when" 2 line_run load --port "$stage/modem" --json
    check "device lost $when: ledger" "$(ledger_row "$iccid")" 'loading 1'
    stage_sim modem
    settles "device lost $when"
    stage_stop "$started"
done

# The line tool is killed at moments spread over a slow load.
stage_sim modem --fault slow=4
for round in $(seq "$rounds"); do
    next_profile
    line_run load --port "$stage/modem" --json >/dev/null 2>&1 &
    victim=$!
    sleep "0.$(printf %03d $((round * 350 / rounds)))"
    # line_run is a function: the tool is the child of its subshell
    pkill -9 -P "$victim" 2>/dev/null || true
    kill -9 "$victim" 2>/dev/null || true
    wait "$victim" 2>/dev/null || true
    settles "line tool killed, round $round"
done
stage_stop "$started"

# The engine is killed during loads: the session is lost, the next one works.
stage_sim modem --fault slow=4
for round in $(seq "$rounds"); do
    next_profile
    line_run load --port "$stage/modem" --json >/dev/null 2>&1 &
    victim=$!
    sleep "0.$(printf %03d $((round * 350 / rounds)))"
    stage_stop "$line_engine" -KILL
    wait "$victim" 2>/dev/null || true
    stage_engine line
    line_engine=$started
    settles "engine killed, round $round"
    run "engine killed, round $round: journal" 0 line_admin audit verify
done
releases=$(line_admin audit show --eid "$eid" | grep ' release ' |
    sed 's/.*iccid=\([0-9]*\).*/\1/' | sort -u | wc -l)
check 'every profile on the chip was released in the journal' "$releases" "$serial"
