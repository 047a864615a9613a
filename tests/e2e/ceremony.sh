#!/bin/bash
# provisioning/token-init.sh: the ceremony of both roles from files, interrupted at
# every step and resumed, by hand on a terminal; wrong components; and no secret in
# an argument, a file or the record (invariant 8).
. "$(dirname "$0")/lib.sh"
e2e_open "$1" --bare
stage_pki >/dev/null
record=$stage/record.txt
printf 'officer-pin-1\n' >"$stage/so.pin"
printf 'user-pin-2\n' >"$stage/user.pin"

# Stand in for the programs: what they are given as arguments goes to a log.
mkdir "$stage/bin" "$stage/tmp"
for program in openssl sqlite3; do
    cat >"$stage/bin/$program" <<SCRIPT
#!/bin/sh
printf '%s\n' "\$*" >>"$stage/arguments"
exec $(command -v "$program") "\$@"
SCRIPT
done
cat >"$stage/bin/usbkey-admin" <<SCRIPT
#!/bin/bash
printf '%s\n' "\$*" >>"$stage/arguments"
command=\$(printf '%s' "\$*" | sed 's#/dev/fd/[0-9]*##g')
strike()
{
    if [ -f "$stage/strikes" ] && ! grep -qxF "\$1 \$command" "$stage/strikes"; then
        printf '%s\n' "\$1 \$command" >>"$stage/strikes"
        kill -KILL 0
    fi
}
strike before
"$admin" "\$@"
code=\$?
strike after
exit \$code
SCRIPT
chmod 700 "$stage"/bin/*
real_path=$PATH

# The script without a terminal, in a process group of its own.
init()
{
    PATH=$stage/bin:$real_path TMPDIR=$stage/tmp setsid -w bash provisioning/token-init.sh \
        --officer 'Olga Officer' --so-pin-file "$stage/so.pin" "$@" </dev/null
}
line_init() { init --socket "$stage/line.sock" --record "$record" "$@"; }
dp_init() { init --socket "$stage/dp.sock" --record "$stage/dp-record.txt" "$@"; }
status() { "$admin" --socket "$stage/$1.sock" status; }
journal() { "$admin" --socket "$stage/$1.sock" --so-pin-file "$stage/so.pin" audit show; }

# --- components ---------------------------------------------------------------------

for n in 1 2 3; do
    run "component $n" 0 init --generate-component "$stage/c$n"
    component=$(cat "$stage/c$n")
    check "component $n: digits" "$(printf '%s' "$component" | tr -d 0-9A-F | wc -c)" 0
    check "component $n: size" "${#component}" 64
    check "component $n: mode" "$(stat -c %a "$stage/c$n")" 600
    check "component $n: digits of the page" "$component" \
        "$(printf '%s' "$out" | sed -n 's/^ *row [1-4] *//p' | tr -d ' \n')"
    value=$(head -c 16 /dev/zero | openssl mac -cipher AES-256-CBC -macopt hexkey:"$component" \
        -in - CMAC | cut -c 1-10)
    check "component $n: check value" "$value" \
        "$(printf '%s' "$out" | sed -n 's/^ *check value *//p' | tr -d ' ')"
    values[n]=$value
done
run 'a component is not overwritten' 1 init --generate-component "$stage/c1"
run 'a page without a file' 0 init --generate-component -
check 'a page without a file: none' "$(find . -maxdepth 1 -name -)" ''

# --- refusals, before anything reaches the token ----------------------------------------

stage_engine line
line_engine=$started
run 'no label, no terminal' 1 line_init
check_has 'no label, no terminal' "$err" --label
run 'no such role' 1 line_init --label line-7 --role lines --pin-file "$stage/user.pin"
run 'one PIN for two people' 1 line_init --label line-7 --role line --pin-file "$stage/so.pin"
run 'certificate of another role' 1 line_init --label line-7 --role line \
    --pin-file "$stage/user.pin" --batch-cert "$pki/ci.pem"
run 'no file' 1 line_init --ci "$stage/nothing.pem"
check_has 'refusals leave the token blank' "$(status line)" 'not initialised'

basics=(--label line-7 --role line --pin-file "$stage/user.pin" --oid 2.999.10)
people=(--custodian Anna --custodian 'Bert Müller')
components=(--component-file "$stage/c1" --component-file "$stage/c2")
refuse_components()
{
    local what=$1 word=$2
    shift 2
    run "$what" 1 line_init "${basics[@]}" "$@"
    check_has "$what" "$err" "$word"
    check "$what: no root key" "$(status line | grep -c root-)" 0
    check "$what: no component in the journal" "$(journal line | grep -c component)" 0
}
refuse_components 'wrong component' 'wrong component' "${people[@]}" "${components[@]}" \
    --check-value "${values[1]}" --check-value "${values[3]}"
refuse_components 'another root key' 'not 0123456789' "${people[@]}" "${components[@]}" \
    --root-check-value 0123456789
refuse_components 'one custodian' custodians --custodian Anna "${components[@]}"
refuse_components 'one custodian twice' 'no one person' --custodian Anna --custodian Anna \
    "${components[@]}"
refuse_components 'one component' '2 to 8' --custodian Anna --component-file "$stage/c1"
refuse_components 'the same component twice' 'the same' "${people[@]}" \
    --component-file "$stage/c1" --component-file "$stage/c1"
refuse_components 'no component' '64 hexadecimal' "${people[@]}" --component-file "$stage/c1" \
    --component-file "$stage/so.pin"
refuse_components 'check values for some' 'once for every' "${people[@]}" "${components[@]}" \
    --check-value "${values[1]}"

# --- the line's token: to the requests, and with the certificates -------------------------

run 'to the requests' 0 line_init "${people[@]}" "${components[@]}" --oid 2.999.10 \
    --check-value "${values[1]}" --check-value "${values[2]}"
for key in dpauth dppb; do
    check_has 'to the requests: what to bring' "$out" "--$key-cert"
    check_has 'to the requests: what to send' "$out" "$stage/line-7-$key.csr"
    sh provisioning/pki/sign-csr.sh --ca "$pki" --role "$key" --csr "$stage/line-7-$key.csr" \
        --out "$stage/$key.der" 2>/dev/null
done
check_has 'to the requests: what to bring' "$out" --ci
root_value=$(status line | sed -n 's/^root-1 .*check value //p')
run 'another token' 5 line_init --label line-8
run 'another role' 5 line_init --role dp
run 'not a development token' 5 line_init --development
run 'another root key, later' 5 line_init --root-check-value 0123456789
printf 'no-such-pin\n' >"$stage/wrong.pin"
run 'wrong PIN' 5 line_init --so-pin-file "$stage/wrong.pin"
run 'certificates the wrong way round' 5 line_init --ci "$pki/ci.der" \
    --dpauth-cert "$stage/dppb.der" --dppb-cert "$stage/dpauth.der"
run 'with the certificates' 0 line_init --ci "$pki/ci.der" --dpauth-cert "$stage/dpauth.der" \
    --dppb-cert "$stage/dppb.der" --quota 250 --retries 3 --not-after 2035-12-31 \
    --batch 00112233445566778899aabbccddeeff --batch '00000000-0000-0000-0000-000000000001'
check_has 'with the certificates: quota' "$(status line)" 'of 250'
check_has 'with the certificates: retries' "$(status line)" 'retries:      3,'
check_has 'with the certificates: batch' "$(status line)" 00112233445566778899AABBCCDDEEFF
run 'a batch that is none' 1 line_init --batch 0011
check_has 'a batch that is none' "$err" '32 hexadecimal digits'
run 'nothing left' 0 line_init
check_has 'nothing left' "$out" 'Nothing was left to do'
text=$(cat "$record")
for word in 'Olga Officer' 'Anna' 'Bert Müller' "$(status line | sed -n 's/^serial: *//p')" \
    'line-7' "$(printf '%s' "${values[1]}" | sed 's/../& /g; s/ $//')" \
    "$(printf '%s' "$root_value" | sed 's/../& /g; s/ $//')" 'quota            250 profiles' \
    "$(openssl dgst -sha256 -r "$stage/dpauth.der" | cut -c 1-64 | tr a-f A-F)" \
    "$(openssl dgst -sha256 -r "$pki/ci.der" | cut -c 1-64 | tr a-f A-F)" \
    'key store SoftHSM 2.6: Implementation of PKCS11: usable' 'retries          3 per profile' \
    'batches          00112233445566778899AABBCCDDEEFF' \
    'root loaded version=1' 'custodian' 'End of record'; do
    check_has 'the record' "$text" "$word"
done
# The head in the record is the hash of the journal's entry of that number.
entries=$(printf '%s' "$text" | sed -n 's/^  journal *\([0-9]*\) entries.*/\1/p')
head_hash=$(printf '%s' "$text" | sed -n '/^  journal /{n;s/ //gp}')
check 'the record: head of the journal' "$head_hash" \
    "$(sed -n "${entries}p" "$stage/line/journal.jsonl" | tr -d '\n' | openssl dgst -sha256 -r |
        cut -c 1-64 | tr a-f A-F)"

# Two CIs may have numbered their own certificates alike.
openssl ecparam -name prime256v1 -genkey -noout -out "$stage/twin.key"
openssl x509 -inform der -in "$pki/ci.der" -signkey "$stage/twin.key" -out "$stage/twin.pem" \
    -set_serial "0x$(openssl x509 -inform der -in "$pki/ci.der" -noout -serial | cut -d = -f 2)" 2>/dev/null
run 'a CI of the same serial number' 0 line_init --ci "$stage/twin.pem"
check 'a CI of the same serial number: trusted' "$(status line | grep -c '^ci-')" 2
run 'a CI of the same serial number, again' 0 line_init --ci "$stage/twin.pem"
check_has 'a CI of the same serial number, again' "$out" 'Trusted already'

# --- the DP+ token of the same components, killed before and after every command ------------

stage_engine dp
dp_all()
{
    dp_init --label dp --role dp --pin-file "$stage/user.pin" "${people[@]}" "${components[@]}" \
        --root-check-value "$root_value" --pki "$pki" --quota none
}
: >"$stage/strikes"
runs=0
code=1
while [ "$code" -ne 0 ] && [ "$runs" -lt 60 ]; do
    code=0
    dp_all >"$stage/out" 2>"$stage/err" || code=$?
    runs=$((runs + 1))
    case $code in
    0 | 137) ;;
    *) break ;;
    esac
done
rm "$stage/strikes.kept" 2>/dev/null || true
mv "$stage/strikes" "$stage/strikes.kept"
check 'killed everywhere: ends well' "$code" 0
[ "$code" -eq 0 ] || cat "$stage/out" "$stage/err"
check 'killed everywhere: every command was' "$(grep -c ^before "$stage/strikes.kept")" \
    "$(grep -c ^after "$stage/strikes.kept")"
for command in 'status' 'init --label' 'root import' 'key generate batch' 'csr batch' \
    'cert import batch' 'audit export' 'audit verify' 'component check' 'doctor'; do
    check_has "killed everywhere: at $command" "$(cat "$stage/strikes.kept")" "$command"
done
events=$(journal dp)
for event in '  initialise ' 'root loaded' 'key generated' '  certificate key='; do
    check "killed everywhere: once, $event" "$(printf '%s\n' "$events" | grep -c "$event")" 1
done
check 'same components, same root key' \
    "$(status dp | sed -n 's/^root-1 .*check value //p')" "$root_value"
check_has 'the record of the interrupted' "$(cat "$stage/dp-record.txt")" 'End of record'
run 'journal after all that' 0 "$admin" --socket "$stage/dp.sock" --so-pin-file "$stage/so.pin" \
    audit verify
run 'dp token trusts no CI' 1 dp_init --ci "$pki/ci.der"

# --- a development token --------------------------------------------------------------------

stage_engine dev
for key in dpauth dppb; do
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$stage/$key-key.pem" 2>/dev/null
done
run 'development' 0 init --socket "$stage/dev.sock" --record "$stage/dev-record.txt" \
    "${basics[@]}" --development "${people[@]}" "${components[@]}" --pki "$pki" \
    --dpauth-key "$stage/dpauth-key.pem" --dppb-key "$stage/dppb-key.pem"
check_has 'development: record' "$(cat "$stage/dev-record.txt")" 'IMPORTED into this development token'
check_has 'development: record' "$(cat "$stage/dev-record.txt")" 'development      YES'
run 'a second root key' 0 init --socket "$stage/dev.sock" --record "$stage/dev-record.txt" \
    --root-version 5 "${people[@]}" --component-file "$stage/c2" --component-file "$stage/c3"
check_has 'a second root key' "$(status dev)" 'version 5'
dev_init() { init --socket "$stage/dev.sock" --record "$stage/dev-record.txt" "$@"; }
run 'the old one ends' 0 dev_init --retire-root 1
check_has 'the old one ends' "$(status dev)" "version 1, RETIRED, check value $root_value"
check_has 'the old one ends: record' "$(cat "$stage/dev-record.txt")" 'root key version 1 retired'
check_has 'the old one ends: list in the record' "$(cat "$stage/dev-record.txt")" 'RETIRED, check value'
run 'the old one ends once' 0 dev_init --retire-root 1
check_has 'the old one ends once' "$out" 'Retired already'
run 'not the only one' 1 dev_init --retire-root 5
check_has 'not the only one' "$err" 'the only root key'
check_has 'not the only one' "$(status dev)" 'version 5, check value'
run 'none of that version' 5 dev_init --retire-root 9

# --- by hand -----------------------------------------------------------------------------------

# The script on a pseudo-terminal that echoes, as a person's does; what is seen
# there collects in $seen.
hand_start()
{
    local command="TMPDIR=$stage/tmp bash provisioning/token-init.sh --admin $admin"
    command+=" --socket $stage/hand.sock $*"
    coproc HAND { script -qefc "$command" -E always /dev/null 2>&1; }
    hand=$HAND_PID
    exec {from_hand}<&"${HAND[0]}" {to_hand}>&"${HAND[1]}"
    seen=
}

# hand QUESTION ANSWER: waits for the question, then types.
hand()
{
    local character latest=
    while [[ $latest != *"$1"* ]]; do
        if ! IFS= read -r -d '' -n 1 -t 30 -u "$from_hand" character; then
            check "by hand: $1" "$latest" 'this question'
            kill "$hand" 2>/dev/null || true
            return 0
        fi
        latest+=$character
        seen+=$character
    done
    checks=$((checks + 1))
    [ "$#" -lt 2 ] || printf '%b' "$2" >&"$to_hand"
}

# Reads to the end; the exit code is in $code.
hand_end()
{
    local rest
    IFS= read -r -d '' -t 60 -u "$from_hand" rest || true
    seen+=$rest
    code=0
    wait "$hand" || code=$?
    exec {from_hand}<&- {to_hand}>&-
}

# rows FILE: its four rows, as a custodian types them.
type_component()
{
    local row component
    component=$(cat "$1")
    for row in 0 1 2 3; do
        hand "row $((row + 1)) of 4" "${component:16*row:4} ${component:16*row+4:12}\n"
    done
}

stage_engine hand
hand_start
hand 'Security officer (name)' 'Olga Officer\n'
hand 'File of the ceremony record' "$stage/hand-record.txt\n"
hand 'Label of the token' 'hand\n'
hand 'Role (line dp)' 'other\n'
hand 'Role (line dp)' 'line\n'
hand "New security officer's PIN" '123\n'
hand '6 to 32 bytes'
hand "New security officer's PIN" 'officer-pin-1\n'
hand 'again' 'officer-pin-x\n'
hand 'The two differ'
hand "New security officer's PIN" 'officer-pin-1\n'
hand 'again' 'officer-pin-1\n'
hand 'New user PIN' 'user-pin-2\n'
hand 'again' 'user-pin-2\n'
hand 'yes or no' 'perhaps\n'
hand 'yes or no' 'yes\n'
hand 'Number of components' '\n'
hand 'Custodian of component 1' 'Anna\n'
hand 'Custodian of component 2' 'Bert\n'
hand 'row 1 of 4' '0123\n'
hand 'Row 1 has 16 digits'
type_component "$stage/c1"
hand 'check value on the page' "${values[2]}\n"
hand 'Once more'
hand 'row 1 of 4' '\003'
hand_end
check 'by hand, interrupted: exit code' "$code" 130
check_has 'by hand, interrupted' "$seen" 'run it again to go on'
check 'by hand, interrupted: no root key' "$(status hand | grep -c root-)" 0
transcript=$seen

hand_start --officer Olga --record "$stage/hand-record.txt"
hand "Security officer's PIN" 'officer-pin-1\n'
hand 'Number of components' '2\n'
hand 'Custodian of component 1' 'Anna\n'
hand 'Custodian of component 2' 'Bert\n'
type_component "$stage/c1"
hand 'check value on the page' "${values[1]}\n"
hand 'press Enter' "$(cat "$stage/c2")\n" # the next custodian is too early
hand 'row 1 of 4' "$(cat "$stage/c2")\n" # all of it in one line
hand 'check value on the page' "$(printf '%s' "${values[2]}" | sed 's/../& /g')\n"
hand 'press Enter' '\n'
hand 'Import it?' 'yes\n'
hand 'OID' '2.999.10\n'
hand 'Organisation' 'Test\n'
hand_end
check 'by hand, to the requests: exit code' "$code" 0
check_has 'by hand, to the requests' "$seen" 'Waiting for certificates'
check_has 'by hand, to the requests: root key' "$(status hand)" "check value $root_value"
transcript+=$seen
for key in dpauth dppb; do
    sh provisioning/pki/sign-csr.sh --ca "$pki" --role "$key" --csr "$stage/hand-$key.csr" \
        --out "$stage/hand-$key.pem" 2>/dev/null
done

hand_start --officer Olga --record "$stage/hand-record.txt"
hand "Security officer's PIN" 'officer-pin-1\n'
hand 'Certificate of the CI' "$stage/nothing\n"
hand 'cannot read'
hand 'Certificate of the CI' "$pki/ci.der\n"
hand 'Certificate of dpauth' "$stage/hand-dpauth.pem\n"
hand 'Certificate of dppb' "$stage/hand-dppb.pem\n"
hand 'Distinct profiles' '1000\n'
hand 'Further releases' '2\n'
hand 'Last day' '2036-01-31\n'
hand 'Batches' '\n'
hand_end
check 'by hand, to the end: exit code' "$code" 0
check_has 'by hand, to the end' "$(status hand)" 'of 1000'
check_has 'by hand, to the end: record' "$(cat "$stage/hand-record.txt")" 'End of record'
transcript+=$seen

# --- no secret anywhere ----------------------------------------------------------------------------

check 'nothing is left in the folder for temporary files' "$(ls -A "$stage/tmp")" ''
secrets=$stage/secrets
for n in 1 2 3; do
    component=$(cat "$stage/c$n")
    # any row of it, in groups as it is typed, and in lower case
    printf '%s\n' "${component:0:16}" "${component:16:16}" "${component:32:16}" "${component:48:16}" \
        "${component:4:12}" "${component:20:12}" "${component:36:12}" "${component:52:12}"
done >"$secrets"
printf '%s\n' officer-pin user-pin >>"$secrets"
search()
{
    check "no secret in $1" "$(grep -ciF -f "$secrets" "$2")" 0
}
printf '%s' "$transcript" >"$stage/transcript"
check 'the search can find' "$(grep -ciF -f "$secrets" "$stage/c1")" 1
check_has 'the arguments were seen' "$(cat "$stage/arguments")" 'root import'
search 'the arguments of programs' "$stage/arguments"
search 'what a terminal shows' "$stage/transcript"
for file in "$record" "$stage"/*-record.txt "$stage"/*/journal.jsonl "$stage"/*.log; do
    search "${file#"$stage"/}" "$file"
done

# --- docs/key-ceremony.md, as it stands there ---------------------------------------------------------

mkdir "$stage/page"
for name in line-7 dp; do
    rm -rf "${stage:?}/page-$name"
    stage_start "$stage/page-$name.sock" "$stage/page-$name.log" "$usbkeyd" \
        --state "$stage/page-$name" --socket "$stage/page-$name.sock"
done
cp "$stage/so.pin" "$stage/user.pin" "$stage/page/"
{
    echo 'usbkey-admin() { "$ADMIN" "$@"; }'
    awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/key-ceremony.md |
        sed -e "s#/dev/shm#$stage/page#g" -e "s#/run/usbkeyd/#$stage/page-#g" \
            -e "s#provisioning/#$PWD/provisioning/#g" -e "s#--ca pki#--ca $pki#" \
            -e "s# pki/ci# $pki/ci#" -e "s#--pki pki#--pki $pki#"
} >"$stage/page.script"
code=0
(cd "$stage/page" && ADMIN=$admin PATH=$(dirname "$admin"):$PATH setsid -w bash -eu \
    "$stage/page.script") </dev/null >"$stage/out" 2>"$stage/err" || code=$?
check 'the page runs to its end' "$code" 0
[ "$code" -eq 0 ] || cat "$stage/out" "$stage/err"
check 'the page: check value of the published key, twice' \
    "$(head -n 2 "$stage/out" | grep -c 377822C093)" 2
for name in line-7 dp; do
    check_has "the page: record of $name" "$(cat "$stage/page/record-$name.txt")" 'End of record'
done
check 'the page: one root key' "$(status page-line-7 | grep '^root-1 ')" "$(status page-dp | grep '^root-1 ')"
