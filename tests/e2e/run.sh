#!/bin/bash
# `euicc-line run`: two stations at once, a device that stays plugged is not loaded
# twice, a new one is.
. "$(dirname "$0")/lib.sh"
e2e_open "$1"
sh provisioning/pki/make-euicc.sh --ca "$pki" --out "$stage/second" >/dev/null
sh provisioning/pki/make-euicc.sh --ca "$pki" --out "$stage/third" >/dev/null
first=$pki
n=0
for folder in "$first" "$stage/second" "$stage/third"; do
    n=$((n + 1))
    "$upp_sample" --iccid "8900101234567000000$n" --out "$stage/upp$n" >/dev/null
    "$dpplus" --db "$stage/orders.db" order --eid "$(stage_eid_of "$folder/euicc.der")" \
        --upp "$stage/upp$n" >/dev/null
done
"$dpplus" --db "$stage/orders.db" export --config "$stage/export.json" --out "$stage/a.ppb" >/dev/null
line_run import "$stage/a.ppb" >/dev/null

stage_sim one
one=$started
pki=$stage/second
stage_sim two
"$line_tool" --config "$stage/station.json" run --port "$stage/one" --port "$stage/two" --json \
    >"$stage/run.out" 2>"$stage/run.err" &
runner=$!
stage_pids="$stage_pids $runner"

# Waits until the runner has said COUNT lines.
wait_lines()
{
    for _ in $(seq 200); do
        [ "$(wc -l <"$stage/run.out")" -lt "$1" ] || return 0
        sleep 0.05
    done
}
wait_lines 2
check 'two devices done' "$(grep -c '"result":"downloaded"' "$stage/run.out")" 2
sleep 1.2
check 'they stay plugged: nothing more' "$(wc -l <"$stage/run.out")" 2
stage_stop "$one"
pki=$stage/third
rm -rf "$stage/one-chip"
stage_sim one
wait_lines 3
check 'the next device' "$(grep -c '"result":"downloaded"' "$stage/run.out")" 3
check_has 'the next device' "$(tail -n 1 "$stage/run.out")" "$(stage_eid_of "$pki/euicc.der")"
kill -TERM "$runner"
code=0
wait "$runner" || code=$?
check 'ends on SIGTERM' "$code" 0
check 'ledger' "$(line_run profiles --json | grep -c '"state":"downloaded"')" 3
