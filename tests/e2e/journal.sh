#!/bin/bash
# usbkey-admin audit: each way of being at journal, state or keys has its name, and
# the journal can still be read; an exported copy that was edited, cut, or is older.
. "$(dirname "$0")/lib.sh"
e2e_open "$1"
auditor() { "$admin" --socket "$stage/line.sock" --pin-file "$stage/user.pin" audit "$@"; }
cp -R "$stage/line" "$stage/older"
stage_batch "$eid" "$stage/sample.upp" "$stage/a.ppb" >/dev/null
line_run import "$stage/a.ppb" >/dev/null
stage_sim modem
line_run load --port "$stage/modem" >/dev/null 2>&1

# --- exported copies ---------------------------------------------------------------------

run 'export' 0 auditor export --out "$stage/copy"
entries=$(wc -l <"$stage/copy")
check_has 'export says how many' "$out" "$entries entries"
check 'export is the journal' "$(cat "$stage/copy")" "$(head -n "$entries" "$stage/line/journal.jsonl")"
run 'a fresh copy' 0 auditor verify --file "$stage/copy"
check_has 'a fresh copy' "$out" "a true copy of $entries entries"
run 'and again, after more logins' 0 auditor verify --file "$stage/copy"
run 'with its number' 0 auditor verify --file "$stage/copy" --entries "$entries"
run 'with another number' 5 auditor verify --file "$stage/copy" --entries $((entries + 1))
check_has 'with another number' "$err" truncated
run 'with a smaller number' 5 auditor verify --file "$stage/copy" --entries 3
check_has 'with a smaller number' "$err" 'more entries than --entries'

# tampered WHAT NAME SED: exit 5, and what it is called.
tampered()
{
    sed "$3" "$stage/copy" >"$stage/bad"
    run "copy: $1" 5 auditor verify --file "$stage/bad"
    check_has "copy: $1" "$err" "$2"
}
tampered 'cut at a line' 'truncated, or an older copy' '$d'
tampered 'cut at many lines' 'truncated, or an older copy' "$((entries - 9)),\$d"
tampered 'all cut' 'truncated, or an older copy' 'd'
tampered 'an entry edited' 'line 5: edited' '5s/"time":"20/"time":"21/'
tampered 'the last entry edited' "line $entries: edited" '$s/"event":"login"/"event":"logon"/'
tampered 'an entry removed' 'line 4: removed' '4d'
tampered 'the first removed' 'line 1: removed' '1d'
tampered 'two exchanged' 'line 6: reordered' '6{h;d};7{G}'
tampered 'an entry twice' 'line 8: reordered' '7p'
tampered 'a line that is none' 'line 3: damaged' '3s/.*/{}/'
tampered 'an empty line' 'line 3: damaged' '3s/.*//'
tampered 'the last entry thrice' "line $((entries + 1)): reordered" '$p;$p'
printf '%s' "$(cat "$stage/copy")" >"$stage/bad"
run 'copy: cut in a line' 5 auditor verify --file "$stage/bad"
check_has 'copy: cut in a line' "$err" truncated
head -c 1000 /dev/urandom >"$stage/bad"
run 'copy: noise' 5 auditor verify --file "$stage/bad"
run 'copy: none' 1 auditor verify --file "$stage/nothing"
"$admin" --socket "$stage/dp.sock" --pin-file "$stage/user.pin" audit export --out "$stage/bad" >/dev/null
run 'copy: of another token' 5 auditor verify --file "$stage/bad"
check_has 'copy: of another token' "$err" "line 1: rolled back, forged, or another token's"

# Exports of some entries alone.
run 'export of a chip' 0 auditor export --eid "$eid" --out "$stage/chip"
run 'export of a chip' 0 auditor verify --file "$stage/chip" --eid "$eid"
check_has 'export of a chip' "$out" 'that were asked for'
run 'export of a chip, without saying so' 5 auditor verify --file "$stage/chip"
check_has 'export of a chip, without saying so' "$err" 'give these here too'
sed '$d' "$stage/chip" >"$stage/bad"
run 'export of a chip, cut' 5 auditor verify --file "$stage/bad" --eid "$eid"
sed 1d "$stage/chip" >"$stage/bad"
run 'export of a chip, one removed' 5 auditor verify --file "$stage/bad" --eid "$eid"
check_has 'export of a chip, one removed' "$err" removed
today=$(date -u +%Y-%m-%d)
run 'export of a day' 0 auditor export --since "$today" --until "$today" --out "$stage/day"
run 'export of a day' 0 auditor verify --file "$stage/day" --since "$today" --until "$today"
for wrong in '--entries 3' "--eid $eid"; do
    # shellcheck disable=SC2086 # options
    run "verify $wrong without a file" 1 auditor verify $wrong
done
run 'verify --entries x' 1 auditor verify --file "$stage/copy" --entries x

# Work goes on: the copy is an older one then.
"$upp_sample" --iccid 89001012345678000001 --out "$stage/upp" >/dev/null
stage_batch "$eid" "$stage/upp" "$stage/b.ppb" >/dev/null
line_run import "$stage/b.ppb" >/dev/null
line_run load --port "$stage/modem" >/dev/null 2>&1
run 'an older copy' 5 auditor verify --file "$stage/copy"
check_has 'an older copy' "$err" 'older copy'
run 'an older copy, with its number' 0 auditor verify --file "$stage/copy" --entries "$entries"
check_has 'an older copy, with its number' "$out" 'more since'

"$upp_sample" --iccid 89001012345678000002 --out "$stage/upp" >/dev/null
stage_batch "$eid" "$stage/upp" "$stage/c.ppb" >/dev/null
line_run import "$stage/c.ppb" >/dev/null

# --- the engine's own --------------------------------------------------------------------

stage_stop "$line_engine"
cp -R "$stage/line" "$stage/true"

# restore: what is true, of nobody's doing.
restore()
{
    stage_stop "$line_engine"
    rm -rf "$stage/line"
    cp -R "$stage/true" "$stage/line"
}

# found NAME: the engine is started on what stands in $stage/line now.
found()
{
    stage_engine line
    line_engine=$started
    run "$1: verify" 5 auditor verify
    check_has "$1: verify" "$err" "TAMPERED WITH: $1"
    check_has "$1: what to do" "$err" 'Take the token out of'
    run "$1: status" 0 line_admin status
    check_has "$1: status" "$out" "TAMPERED WITH: $1"
    check_has "$1: status as JSON" "$(line_admin status --json | tr -d '\n\t')" \
        "\"fault\":{\"name\":\"$1\""
    run "$1: a copy" 5 auditor verify --file "$stage/copy"
    run "$1: policy" 5 line_admin policy --quota 1
    check_has "$1: policy" "$err" 6621
}

# And the journal can be read, such as it is.
readable()
{
    run "$1: show" 5 auditor show
    check_has "$1: show" "$out" '  initialise '
    check_has "$1: show says so" "$err" "TAMPERED WITH: $1"
    run "$1: export" 5 auditor export --out "$stage/evidence"
    check "$1: export is the file" "$(head -n "$(wc -l <"$stage/line/journal.jsonl")" "$stage/evidence")" \
        "$(cat "$stage/line/journal.jsonl")"
}

sed -i "$((entries - 3)),\$d" "$stage/line/journal.jsonl"
found truncated
readable truncated
restore
sed -i '5s/"time":"20/"time":"21/' "$stage/line/journal.jsonl"
found edited
readable edited
run 'edited: load' 5 line_run load --port "$stage/modem" --json
check 'edited: load' "$(chip_count modem)" 2
restore
sed -i 4d "$stage/line/journal.jsonl"
found removed
readable removed
restore
sed -i '6{h;d};7{G}' "$stage/line/journal.jsonl"
found reordered
readable reordered
restore
for part in "$stage"/older/*; do
    case $part in
    */keystore*) ;;
    *)
        rm -rf "${stage:?}/line/${part##*/}"
        cp -R "$part" "$stage/line/"
        ;;
    esac
done
found 'rolled back'
restore
# Everything put back, key store and all: no engine can tell, and a copy does.
rm -rf "$stage/line"
cp -R "$stage/older" "$stage/line"
stage_engine line
line_engine=$started
run 'all of it rolled back: the engine' 0 auditor verify
run 'all of it rolled back: a copy' 5 auditor verify --file "$stage/copy" --entries "$entries"
check_has 'all of it rolled back: a copy' "$err" ': rolled back'
restore
rm "$stage"/line/head-*
found head
restore
printf 'X' | dd of="$stage/line/state" bs=1 seek=$(($(stat -c %s "$stage/line/state") - 20)) conv=notrunc 2>/dev/null
found state
run 'state: show' 5 auditor show
check_has 'state: show' "$out" '  tampering found fault=state'
restore
stage_engine line
line_engine=$started
run 'the true files put back' 0 auditor verify
run 'the true files put back: show' 0 auditor show
expect_load 'the true files put back: load' "$stage/modem" 0
