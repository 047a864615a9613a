#!/bin/bash
# The officer's policy in a load: batches, retries, quota, date, a retired root key.
# Each refusal has a clear text on the line, its entry in the journal, and lets
# nothing out (design.md 2; docs/token-commands.md, REPLACE SESSION KEYS).
. "$(dirname "$0")/lib.sh"
e2e_open "$1"
journal_count() { line_admin audit show | grep -c "$1" || true; }

# refused WHAT EVENT REASON ERROR EXIT WORD: a load that the policy refuses.
refused()
{
    local before released
    before=$(journal_count "  $2 .*reason=$3")
    released=$(journal_count '  release eid=')
    expect_load "$1" "$stage/modem" "$5" "$4"
    check_has "$1: text" "$out" "$6"
    check "$1: on record" "$(journal_count "  $2 .*reason=$3")" $((before + 1))
    check "$1: nothing released" "$(journal_count '  release eid=')" "$released"
    check "$1: chip" "$(chip_count modem)" "${7:-0}"
}

# --- what the command line takes ------------------------------------------------------

for wrong in '--quota x' '--retries -1' '--retries 4294967295' '--not-after 2030-02-30' \
    '--batch 0011' '--batch any --batch 00112233445566778899AABBCCDDEEFF' \
    '--batch 00112233445566778899AABBCCDDEEFF --batch 00112233445566778899aabbccddeeff'; do
    # shellcheck disable=SC2086 # options
    run "policy $wrong" 1 line_admin policy $wrong
done
many=()
for n in $(seq 10 26); do
    many+=(--batch "000000000000000000000000000000$n")
done
run 'policy of 17 batches' 1 line_admin policy "${many[@]}"
run 'policy of 16 batches' 0 line_admin policy "${many[@]:0:32}"
check 'policy of 16 batches' "$(printf '%s\n' "$out" | grep -c '0000000000')" 16
run 'policy' 0 line_admin policy --quota 2 --retries 1 --not-after 2035-12-31 --batch any
run 'policy, without a PIN' 0 "$admin" --socket "$stage/line.sock" policy
for word in 'of 2' 'retries:      1,' '2035-12-31T23:59:59Z' 'batches:      any'; do
    check_has 'policy, without a PIN' "$out" "$word"
done
check_has 'policy on record' "$(line_admin audit show)" \
    'quota=2 retries=1 not_after=2082758399 batches=any clock_accepted=yes'

# --- batches ---------------------------------------------------------------------------

exported=$(stage_batch "$eid" "$stage/sample.upp" "$stage/a.ppb")
batch=$(printf '%s' "$exported" | sed -n 's/.*batch \([0-9A-F]\{32\}\).*/\1/p')
check 'batch id' "${#batch}" 32
line_run import "$stage/a.ppb" >/dev/null
line_admin policy --batch 00112233445566778899aabbccddeeff >/dev/null
stage_sim modem --fault no-memory
refused 'another batch' 'derivation refused' batch token_refused 5 'not a batch the officer allows'
check_has 'another batch: journal names it' "$(line_admin audit show)" "batch_id=$batch"

# --- retries -----------------------------------------------------------------------------

line_admin policy --batch "$batch" --batch 00112233445566778899aabbccddeeff >/dev/null
check_has 'two batches' "$(line_admin status)" "$batch"
for try in 1 2; do
    expect_load "try $try, the chip is full" "$stage/modem" 6 euicc_refused
    line_run retry "$iccid" >/dev/null 2>&1 || true
done
check 'releases of one profile' "$(journal_count '  release eid=')" 2
refused 'out of retries' 'release refused' retries token_refused 5 'as often as the officer allows'
check_has 'releases' "$(line_admin status)" '1 of 2'
line_admin policy --retries 2 >/dev/null
stage_stop "$started"
stage_sim modem
expect_load 'one more granted' "$stage/modem" 0
check 'one more granted: chip' "$(chip_count modem)" 1

# --- quota, date -------------------------------------------------------------------------

for n in 1 2; do
    "$upp_sample" --iccid "8900101234567800000$n" --out "$stage/upp" >/dev/null
    stage_batch "$eid" "$stage/upp" "$stage/more$n.ppb" >/dev/null
    line_run import "$stage/more$n.ppb" >/dev/null
done
line_admin policy --batch any --quota 1 >/dev/null
refused 'out of quota' 'release refused' quota token_refused 5 'quota is used up' 1
line_admin policy --quota none --not-after 2020-01-01 >/dev/null
check_has 'past the date: status' "$(line_admin status)" EXPIRED
refused 'past the date' 'release refused' expired token_refused 5 'not-after date' 1
line_admin policy --not-after none --retries none >/dev/null
expect_load 'no limits' "$stage/modem" 0
released_before=$(journal_count '  release eid=')

# --- a CI's end ----------------------------------------------------------------------------

ci=$(line_admin status | sed -n 's/^\(ci-[^ ]*\) .*/\1/p')
run 'untrust nothing' 1 line_admin untrust
run 'untrust what is no certificate' 1 line_admin untrust "$stage/a.ppb"
run 'untrust a label it has not' 5 line_admin untrust ci-00000000 --yes
run 'untrust another CI' 5 line_admin untrust "$pki/eum.der" --yes
check_has 'untrust another CI' "$err" 'is not trusted'
run 'untrust without a word' 1 setsid -w "$admin" --socket "$stage/line.sock" \
    --so-pin-file "$stage/so.pin" untrust "$ci"
run 'untrust' 0 line_admin untrust "$ci" --yes
check 'untrust: status' "$(line_admin status | grep -c '^ci-' || true)" 0
check_has 'untrust: on record' "$(line_admin audit show)" '  trust ended key=ci '
code=0
out=$(line_run load --port "$stage/modem" --json 2>&1) || code=$?
check 'untrust: load' "$code $(json_text "$out" error)" '5 token_certificate'
check 'untrust: nothing released' "$(journal_count '  release eid=')" "$released_before"
run 'trust again' 0 line_admin trust "$pki/ci.der"

# --- a root key's end -----------------------------------------------------------------------

value=$(line_admin status | sed -n 's/^root-1 .*check value //p')
for n in 1 2; do
    openssl rand -hex 32 >"$stage/component$n"
done
run 'a second root key' 0 line_admin root import --component-file "$stage/component1" \
    --component-file "$stage/component2"
run 'retire without a version' 1 line_admin root retire --yes
run 'retire a version nobody has' 1 line_admin root retire --version 256 --yes
run 'retire a version it has not' 5 line_admin root retire --version 7 --yes
check_has 'retire a version it has not' "$err" 'no root key version 7'
run 'retire without a word' 1 setsid -w "$admin" --socket "$stage/line.sock" \
    --so-pin-file "$stage/so.pin" root retire --version 1
check_has 'retire without a word' "$err" --yes
command="$admin --socket $stage/line.sock --so-pin-file $stage/so.pin root retire --version 1"
answer=$(printf 'perhaps\nno\n' | script -qefc "$command" /dev/null) || code=$?
check 'no: exit code' "${code:-0}" 1
check_has 'no: asks with the check value' "$answer" "check value $value"
check 'no: nothing retired' "$(journal_count 'root retired')" 0
answer=$(printf 'yes\n' | script -qefc "$command" /dev/null) || check 'yes: exit code' "$?" 0
check_has 'yes' "$answer" "root key version 1, check value $value: retired"
check_has 'on record' "$(line_admin audit show)" "root retired version=1 check_value=$value"
run 'retired once' 5 line_admin root retire --version 1 --yes
check_has 'retired once' "$err" 'retired this root key version'
status=$(line_admin status)
check_has 'status' "$status" "root-1        version 1, RETIRED, check value $value"
check_has 'status as JSON' "$(line_admin status --json | tr -d ' \n\t')" \
    "\"retired\":[{\"label\":\"root-1\",\"version\":1,\"check_value\":\"$value\""
run 'its version is taken for ever' 5 line_admin root import --version 1 \
    --component-file "$stage/component1" --component-file "$stage/component2"

# A batch of that version: of the ledger, and a new one.
released=$(journal_count '  release eid=')
expect_load 'a batch of a retired root key' "$stage/modem" 7 root_key
check_has 'a batch of a retired root key: text' "$out" 'needs root key version 1'
check 'a batch of a retired root key: nothing released' "$(journal_count '  release eid=')" "$released"
"$upp_sample" --iccid 89001012345678000009 --out "$stage/upp" >/dev/null
stage_batch "$eid" "$stage/upp" "$stage/last.ppb" >/dev/null
run 'its import' 7 line_run import "$stage/last.ppb"
check_has 'its import: text' "$err" 'version 1'
run 'the journal' 0 line_admin audit verify
