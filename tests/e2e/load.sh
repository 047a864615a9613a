#!/bin/bash
# Good loads: every dialect and quirk of a modem, a TCP port, a second look at a
# device that is done, several profiles for one chip, results back to the DP+.
. "$(dirname "$0")/lib.sh"
e2e_open "$1"

# One profile per way of speaking, all for one chip: a new ICCID each time, so
# that the chip fills up as a real one would.
quirks=(
    "--dialect both"
    "--dialect cgla --modem no-quotes,bare-id"
    "--dialect cgla --modem long-id,unsolicited"
    "--dialect cgla --modem auto-get-response"
    "--dialect csim"
    "--dialect csim --modem auto-get-response,unsolicited"
    "--dialect both --modem no-probe"
    "--dialect both --modem silent-probe"
)
iccids=()
for i in "${!quirks[@]}"; do
    iccids+=("8900101234567890$((1230 + i))")
    "$upp_sample" --iccid "${iccids[$i]}" --out "$stage/upp$i" >/dev/null
    "$dpplus" --db "$stage/orders.db" order --eid "$eid" --upp "$stage/upp$i" >/dev/null
done
run export 0 "$dpplus" --db "$stage/orders.db" export --config "$stage/export.json" \
    --out "$stage/a.ppb"
run import 0 line_run import "$stage/a.ppb"
check_has import "$out" "${#quirks[@]} profiles added"
run 'import again' 0 line_run import "$stage/a.ppb"
check_has 'import again' "$out" '0 profiles added'

for i in "${!quirks[@]}"; do
    # shellcheck disable=SC2086 # options
    stage_sim modem ${quirks[$i]}
    expect_load "modem ${quirks[$i]}" "$stage/modem" 0
    check "modem ${quirks[$i]}: ICCID" "$(json_text "$out" iccid)" "${iccids[$i]}"
    check "modem ${quirks[$i]}: EID" "$(json_text "$out" eid)" "$eid"
    check "modem ${quirks[$i]}: bytes" "$(sha256sum <"$stage/modem-chip/profiles/${iccids[$i]}.upp")" \
        "$(sha256sum <"$stage/upp$i")"
    check "modem ${quirks[$i]}: ledger" "$(ledger_row "${iccids[$i]}")" 'downloaded 1'
    stage_stop "$started"
done
check 'profiles on the chip' "$(chip_count modem)" "${#quirks[@]}"

# A device that is done: PASS again, nothing loaded.
stage_sim modem
expect_load 'done before' "$stage/modem" 0
check_has 'done before' "$out" '"already":true'
# The notification of each load was taken off the chip.
run probe 0 line_run probe --port "$stage/modem" --json
check 'pending notifications' "$(json_number "$out" notifications)" 0
stage_stop "$started"

# A serial server on TCP.
port=$((20000 + $$ % 20000))
"$upp_sample" --iccid 89001012345678909999 --out "$stage/upp" >/dev/null
stage_batch "$eid" "$stage/upp" "$stage/b.ppb" >/dev/null
run 'import b' 0 line_run import "$stage/b.ppb"
"$sim" --state "$stage/modem-chip" --euicc-cert "$pki/euicc.der" --euicc-key "$pki/euicc-key.pem" \
    --eum-cert "$pki/eum.der" --ci "$pki/ci.der" --tcp "$port" >"$stage/tcp.log" 2>&1 &
stage_pids="$stage_pids $!"
for _ in $(seq 100); do
    grep -q ready "$stage/tcp.log" && break
    sleep 0.02
done
expect_load 'TCP port' "tcp:127.0.0.1:$port" 0
stage_stop "${stage_pids##* }"

# A profile far larger than one token command or one batch of segments.
"$upp_sample" --iccid 89001012345678909997 --size-hint 200000 --out "$stage/big" >/dev/null
stage_batch "$eid" "$stage/big" "$stage/big.ppb" >/dev/null
run 'import the big one' 0 line_run import "$stage/big.ppb"
stage_sim modem
expect_load '200 KB' "$stage/modem" 0
check '200 KB: bytes' "$(sha256sum <"$stage/modem-chip/profiles/89001012345678909997.upp")" \
    "$(sha256sum <"$stage/big")"
stage_stop "$started"

# Enabled when so configured; its notification stays for the operator's server.
"$upp_sample" --iccid 89001012345678909998 --out "$stage/upp" >/dev/null
stage_batch "$eid" "$stage/upp" "$stage/c.ppb" >/dev/null
run 'import c' 0 line_run import "$stage/c.ppb"
sed 's/"batch_trust"/"enable_profile": true, "batch_trust"/' "$stage/station.json" \
    >"$stage/enable.json"
stage_sim modem
run 'load and enable' 0 "$line_tool" --config "$stage/enable.json" load --port "$stage/modem" --json
check_has 'load and enable' "$out" '"enabled":true'
run 'probe enabled' 0 line_run probe --port "$stage/modem"
check_has 'probe enabled' "$out" '89001012345678909998  enabled'

run 'results export' 0 line_run results export "$stage/out.ppr"
run 'results import' 0 "$dpplus" --db "$stage/orders.db" results import "$stage/out.ppr" \
    --ci "$pki/ci.der"
run orders 0 "$dpplus" --db "$stage/orders.db" orders --json
check 'orders installed' "$(printf '%s' "$out" | grep -o '"state":"installed"' | wc -l)" \
    $((${#quirks[@]} + 3))
run 'audit verify' 0 line_admin audit verify
run 'audit show' 0 line_admin audit show --eid "$eid"
check 'releases in the journal' "$(printf '%s\n' "$out" | grep -c ' release ')" \
    $((${#quirks[@]} + 3))
