#!/bin/bash
# usbkey-admin doctor over each key store: SoftHSM2 and NSS softokn, CMAC native and
# built; the rows it prints are those of docs/hardware.md; what does not work says so.
. "$(dirname "$0")/lib.sh"
e2e_open "$1" --bare
printf '12345678\n' >"$stage/so.pin"
printf '87654321\n' >"$stage/user.pin"
softhsm=/usr/lib/softhsm/libsofthsm2.so
softokn=$(find /usr/lib -name libsoftokn3.so 2>/dev/null | head -n 1)
quirks='"no-allowed-mechanisms", "no-copyable", "no-data-objects", "empty-so-pin"'

# token NAME ARGUMENTS: usbkey-admin at the engine of that name.
token()
{
    local name=$1
    shift
    "$admin" --socket "$stage/$name.sock" --so-pin-file "$stage/so.pin" \
        --pin-file "$stage/user.pin" "$@"
}

# engine NAME: with the key store of $stage/NAME.json. softokn does not free all it
# allocates, which is not ours to find.
engine()
{
    rm -f "$stage/$1.sock"
    ASAN_OPTIONS=detect_leaks=0 stage_start "$stage/$1.sock" "$stage/$1.log" "$usbkeyd" \
        --state "$stage/$1" --socket "$stage/$1.sock" --keystore-config "$stage/$1.json"
}

keystore_softhsm() { echo "{ \"module\": \"$softhsm\", \"cmac\": \"$2\" }" >"$stage/$1.json"; }

keystore_softokn()
{
    mkdir "$stage/$1-nss"
    cat >"$stage/$1.json" <<JSON
{ "module": "$softokn", "token": "NSS Certificate DB", "cmac": "$2", "quirks": [$quirks],
  "init_args": "configdir='sql:$stage/$1-nss' certPrefix='' keyPrefix='' secmod='' flags=" }
JSON
}

# examine NAME KIND CMAC ROW VERDICT: what the doctor says of it, and that the page
# has the row. ROW: its first column there.
examine()
{
    local name=$1
    "keystore_$2" "$name" "$3"
    engine "$name"
    run "$name: before there is a token" 5 token "$name" doctor
    check_has "$name: before there is a token" "$err" 'not initialised'
    run "$name: init" 0 token "$name" init --label "$name" --role line
    run "$name: doctor" 0 token "$name" doctor --name "$4"
    check "$name: verdict" "$(printf '%s\n' "$out" | tail -n 1)" "verdict: $5"
    row=$(printf '%s\n' "$out" | grep "^| $4 ")
    check_has "$name: row" "$row" "| $4 | $3 | P-256"
    check "$name: row on the page" "$(grep -cxF "$row" docs/hardware.md)" 1
    check "$name: head on the page" \
        "$(grep -cxF "$(printf '%s\n' "$out" | grep '^| key store ')" docs/hardware.md)" 1
    run "$name: as JSON" 0 token "$name" doctor --json --name "$4"
    check "$name: row as JSON" "$(json_field row)" "$row"
    check "$name: usable as JSON" "$(json_field usable)" 1
    check "$name: CMAC as JSON" "$(json_use AES-CMAC)" "$6"
    check "$name: no key is left behind" "$(token "$name" status | grep -c 'private key\|root-')" 0
}

# A field of the report in $out; the verdict on what the engine needs.
json_query() { printf "select %s from (select '%s' as j)%s;" "$1" "${out//\'/\'\'}" "${2:-}" | sqlite3 -batch :memory:; }
json_field() { json_query "json_extract(j, '\$.$1')"; }
json_use()
{
    json_query "json_extract(value, '\$.verdict')" \
        ", json_each(j, '\$.uses') where json_extract(value, '\$.name') = '$1'"
}

examine softhsm softhsm native 'SoftHSM2 2.6.1 (Debian 12)' usable yes
softhsm_engine=$started
examine softhsm-built softhsm built 'SoftHSM2 2.6.1 (Debian 12)' usable built
if [ -n "$softokn" ]; then
    examine nss softokn native 'NSS softokn 3.87.1 (Debian 12)' \
        'usable, with reservations (2; above, where it says no)' yes
    check_has 'nss: what it lets happen' "$row" '| an extractable copy |'
    examine nss-built softokn built 'NSS softokn 3.87.1 (Debian 12)' \
        'usable, with reservations (2; above, where it says no)' built
fi

run 'the user may ask too' 0 "$admin" --socket "$stage/softhsm.sock" \
    --pin-file "$stage/user.pin" doctor

# A ceremony over it, from components to certificates; the record says what it is.
if [ -n "$softokn" ]; then
    stage_pki >/dev/null
    for n in 1 2; do
        openssl rand -hex 32 >"$stage/component$n"
    done
    keystore_softokn ceremony native
    engine ceremony
    run 'ceremony over softokn' 0 setsid -w bash provisioning/token-init.sh --admin "$admin" \
        --socket "$stage/ceremony.sock" --record "$stage/record.txt" --officer Olga \
        --label ceremony --role line --so-pin-file "$stage/so.pin" --pin-file "$stage/user.pin" \
        --custodian Anna --component-file "$stage/component1" \
        --custodian Bert --component-file "$stage/component2" --oid 2.999.10 --pki "$pki"
    check_has 'ceremony over softokn: record' "$(cat "$stage/record.txt")" 'End of record'
    check_has 'ceremony over softokn: record' "$(cat "$stage/record.txt")" \
        'NSS Internal Crypto Services: usable, with reservations'
    check_has 'ceremony over softokn: record' "$(cat "$stage/record.txt")" \
        'does not: refuses an extractable copy'
fi

# One attribute short of what the configuration claims: the engine makes no token.
if [ -n "$softokn" ]; then
    keystore_softokn strict native
    sed -i 's/"no-copyable", //' "$stage/strict.json"
    engine strict
    run 'a quirk not named: init' 5 token strict init --label strict --role line
    check_has 'a quirk not named: log' "$(cat "$stage/strict.log")" 'creating an AES key failed'
fi

# A key store that is not there any more.
mv "$stage/softhsm/keystore" "$stage/softhsm/keystore.away"
run 'no key store' 5 token softhsm doctor
check_has 'no key store' "$err" 'verdict: NOT usable'
rm -rf "$stage/softhsm/keystore"
mv "$stage/softhsm/keystore.away" "$stage/softhsm/keystore"

# A token tampered with is not usable, whatever its key store can do.
stage_stop "$softhsm_engine"
sed -i '2s/"time":"20/"time":"21/' "$stage/softhsm/journal.jsonl"
engine softhsm
run 'tampered with' 5 token softhsm doctor
check_has 'tampered with' "$out" 'verdict: NOT usable: the token is tampered with'
check_has 'tampered with' "$err" 'TAMPERED WITH: edited'
run 'tampered with, as JSON' 5 token softhsm doctor --json
check 'tampered with, as JSON' "$(json_field tampered) $(json_field usable)" 'edited 0'
