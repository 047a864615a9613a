#!/bin/bash
# Figures of one load, one binding and one export. Printed, never judged: these
# depend on the machine. usage: bench.sh BUILD_DIR [LOADS] [EXPORTS]
. "$(dirname "$0")/../e2e/lib.sh"
build=$(realpath "$1")
loads=${2:-20}
exports=${3:-500}
e2e_open "$1" 2>/dev/null
trap 'stage_close' EXIT

# Orders COUNT profiles for EID; ICCIDs start at SERIAL.
order_many()
{
    local n
    for n in $(seq "$2" $(($2 + $3 - 1))); do
        "$upp_sample" --iccid "$(printf '89001012345670%06d' "$n")" --out "$stage/upp" >/dev/null
        "$dpplus" --db "$stage/orders.db" order --eid "$1" --upp "$stage/upp" >/dev/null
    done
}

# Loads COUNT profiles in one process and takes the medians. PACE: bits per
# second, 0 unpaced.
measure()
{
    local pace=$1 count=$2
    # shellcheck disable=SC2046 # option and value
    stage_sim modem --memory 100000000 $([ "$pace" -eq 0 ] || echo --baud "$pace")
    "$build/tests/bench/bench_loads" "$stage/station.json" "$stage/modem" "$count" >"$stage/figures"
    stage_stop "$started"
    # name=number lines
    . "$stage/figures"
}

order_many "$eid" 1 $((loads + 3))
bytes=$(stat -c %s "$stage/upp")
"$dpplus" --db "$stage/orders.db" export --config "$stage/export.json" --out "$stage/a.ppb" >/dev/null
line_run import "$stage/a.ppb" >/dev/null

echo "one load of a $bytes byte profile (median of $loads in one process; USBKey and ledger sync to disk)"
measure 0 "$loads"
# shellcheck disable=SC2154 # set by measure
printf '  APDUs %s, to the modem %s bytes, from it %s bytes\n' "$apdus" "$tx_bytes" "$rx_bytes"
printf '  unpaced                 %8.3f s\n' "$seconds"
unpaced_binding=$binding_us
unpaced_token=$token_us
measure 115200 3
wire=$(awk "BEGIN {print ($tx_bytes + $rx_bytes) * 10 / 115200}")
printf '  at 115200 baud          %8.3f s, pure wire time of those bytes %.3f s (ratio %.3f)\n' \
    "$seconds" "$wire" "$(awk "BEGIN {print $seconds / $wire}")"
echo "one binding (median of $loads)"
printf '  token calls             %8.0f us (the journal on the disk included)\n' "$unpaced_token"
printf '  host                    %8.0f us\n' "$(awk "BEGIN {print $unpaced_binding - $unpaced_token}")"

order_many "$eid" 100000 "$exports"
began=$(date +%s%N)
"$dpplus" --db "$stage/orders.db" export --config "$stage/export.json" --out "$stage/b.ppb" >"$stage/out"
ended=$(date +%s%N)
echo "one export of $exports profiles of $bytes bytes"
printf '  whole program           %8.0f profiles per second\n' \
    "$(awk "BEGIN {print $exports / (($ended - $began) / 1e9)}")"
sed 's/^/  /' "$stage/out"
