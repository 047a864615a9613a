# shellcheck shell=bash
# What the end-to-end tests share: a stage (provisioning/lib/stage.sh) with the
# programs of the build under test, and checks that say what they expected.
# Sourced by bash scripts called as `test.sh BUILD_DIR`.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. provisioning/lib/stage.sh

checks=0
failures=0

e2e_close()
{
    status=$?
    trap - EXIT
    stage_close
    if [ "$status" -eq 0 ] && [ "$failures" -gt 0 ]; then
        status=1
    fi
    echo "$checks checks, $failures failed"
    [ "$checks" -gt 0 ] || status=1
    exit "$status"
}

# A stage with tokens, keys, configuration and a sample profile; --bare makes the
# folder alone.
e2e_open()
{
    stage_open "$1"
    trap e2e_close EXIT
    trap 'exit 1' INT TERM
    [ "${2:-}" != --bare ] || return 0
    stage_pki >/dev/null
    stage_tokens >/dev/null
    stage_keys >/dev/null
    stage_config
    iccid=89001012345678901231
    "$upp_sample" --iccid "$iccid" --out "$stage/sample.upp" >/dev/null
}

# Patience of the station, for the tests with a silent chip.
e2e_patience()
{
    sed -i "s/\"batch_trust\"/\"apdu_timeout_ms\": $1, \"batch_trust\"/" "$stage/station.json"
}

# check WHAT ACTUAL EXPECTED
check()
{
    checks=$((checks + 1))
    if [ "$2" != "$3" ]; then
        failures=$((failures + 1))
        echo "FAILED $1: \"$2\", expected \"$3\""
    fi
}

# check_has WHAT TEXT WORD
check_has()
{
    checks=$((checks + 1))
    case $2 in
    *"$3"*) ;;
    *)
        failures=$((failures + 1))
        echo "FAILED $1: no \"$3\" in: $2"
        ;;
    esac
}

# run WHAT EXIT COMMAND...: output in $out (stdout) and $err (stderr).
run()
{
    local what=$1 expected=$2 code=0
    shift 2
    "$@" >"$stage/out" 2>"$stage/err" || code=$?
    out=$(cat "$stage/out")
    err=$(cat "$stage/err")
    check "$what: exit code" "$code" "$expected"
    [ "$code" -eq "$expected" ] || printf '%s\n%s\n' "$out" "$err"
}

# The text of a key of one JSON line.
json_text() { printf '%s' "$1" | sed -n "s/.*\"$2\":\"\([^\"]*\)\".*/\1/p"; }
json_number() { printf '%s' "$1" | sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p"; }

# State and attempts of a profile in the ledger, "ready 0".
ledger_row()
{
    local row
    row=$(line_run profiles --json | grep "\"iccid\":\"$1\"" || true)
    echo "$(json_text "$row" state) $(json_number "$row" attempts)"
}

# How many profiles the chip of simulator NAME holds.
chip_count() { find "$stage/$1-chip/profiles" -name '*.upp' 2>/dev/null | wc -l; }

# expect_load WHAT PORT EXIT ERROR: loads and checks exit code and error name.
expect_load()
{
    run "$1" "$3" line_run load --port "$2" --json
    if [ "$3" -eq 0 ]; then
        check "$1: result" "$(json_text "$out" result)" downloaded
    else
        check "$1: result" "$(json_text "$out" result)" failed
        check "$1: error" "$(json_text "$out" error)" "$4"
    fi
}
