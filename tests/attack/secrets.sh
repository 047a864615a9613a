#!/bin/bash
# Invariants 1 and 8: no secret is in the memory of the line tool, of another program
# that uses the middleware, or in any file of the line PC, at any stage of a load.
#
# The test knows the secrets: it makes the root key and the DP's private keys itself,
# chose the PINs, derives EncKey and PPK with openssl, reads the session keys out of the
# simulated chip, and tells a one-time private key by its public key. That the search
# finds is shown on processes that do hold them: one made for it, the chip, and the engine,
# opened by a debugger that root may attach.
. "$(dirname "$0")/../e2e/lib.sh"
build=$(realpath "$1")
. tests/attack/secrets_lib.sh
e2e_open "$1" --bare
# Every so many APDUs beside the stages of a load; a sanitised search is slow.
[ -n "$asan" ] && stride=40 || stride=16
[ "${EUICC_LINE_LONG:-0}" != 1 ] || stride=1
secrets_stage

# --- that it finds -----------------------------------------------------------------

# In a process that holds every secret, in a core file of that process, in a file.
background "$search" --hold "$stage/secrets" >"$stage/holder.log"
holder=$started
wait_for 'the holder holds' grep -q holding "$stage/holder.log"
finds 'a process that holds them' "$stage/secrets" "pid:$holder"
core_of "$holder" "$stage/holder.core"
finds 'its core file' "$stage/secrets" "$stage/holder.core"
finds 'the file of secrets' "$stage/secrets" "$stage/secrets"
stage_stop "$holder"
rm -f "$stage/holder.core"
# And nothing where there is nothing.
background sleep 600
clean 'a process that never saw them' "pid:$started"
stage_stop "$started"
# In the line tool itself, handed one in its environment.
grep root "$stage/secrets" >"$stage/keys/one"
mkfifo "$stage/config"
PLANTED=$root background "$line_tool" --config "$stage/config" profiles >/dev/null 2>&1
sleep 0.2
core_of "$started" "$stage/line.core"
finds 'the line tool with a planted key' "$stage/keys/one" "$stage/line.core"
stage_stop "$started" -KILL
rm -f "$stage/line.core" "$stage/config"

# --- every stage of a load -----------------------------------------------------------

stage_batch "$eid" "$stage/keys/sample.upp" "$stage/a.ppb" >/dev/null
run import 0 line_run import "$stage/a.ppb"
mkdir "$stage/imported"
cp "$stage"/ledger.db* "$stage/imported"

# A whole load, for the numbers of its APDUs.
stage_sim modem --trace "$stage/trace"
expect_load 'a whole load' "$stage/modem" 0
stage_stop "$started"
check 'it is the profile' "$(sha256sum <"$stage/modem-chip/profiles/$iccid.upp")" \
    "$(sha256sum <"$stage/keys/sample.upp")"

# apdu_of PATTERN FROM: number of the first APDU of that header behind FROM.
apdu_of() { awk -v from="$2" -v header="$1" '$1 > from && $3 ~ header { print $1; exit }' "$stage/trace"; }
apdus=$(sed -n '$s/ .*//p' "$stage/trace")
# AuthenticateServer and PrepareDownload are the first two messages in several blocks; then
# the BoundProfilePackage begins with InitialiseSecureChannel. ReplaceSessionKeys is its one
# segment of 76 bytes, '86' segments are four blocks each.
probed=$(apdu_of ^81E21100 0)
authenticated=$(apdu_of ^81E21100 "$probed")
channel=$(apdu_of ^81E29100 "$authenticated")
replacing=$(apdu_of ^81E291004C "$channel")
last=$(awk '$3 ~ /^81E29103/ { last = $1 } END { print last }' "$stage/trace")
stages="$probed:probed $authenticated:authenticated $channel:prepared $replacing:keys_wrapped
    $(((replacing + last) / 2)):segments $((last + 1)):installed $apdus:closing"
check 'a load has its stages' "$(echo "$stages" | tr ' ' '\n' | sed -n 's/^[0-9]*://p' | wc -l)" 7
for row in $stages; do
    checks=$((checks + 1))
    [ "${row%%:*}" -ge "${previous:=1}" ] || check "stage $row" "before $previous" behind
    previous=${row%%:*}
done

# Starts the chip, which falls silent at APDU N, with the batch to be loaded. Sets $chip.
silent_chip()
{
    rm -rf "$stage"/ledger.db* "$stage/modem-chip"
    cp "$stage"/imported/* "$stage"
    : >"$stage/trace"
    stage_sim modem --fault "silent=$1" --trace "$stage/trace"
    chip=$started
}

# Starts the line tool and waits until it stands there waiting for APDU N. Sets $victim.
load_until()
{
    background "$line_tool" --config "$stage/station.json" load --port "$stage/modem" --json \
        >"$stage/load.log" 2>&1
    victim=$started
    wait_for "silence at APDU $1" grep -q '(event' "$stage/trace"
}

# told N MODE WHAT IMAGE [PPK]: of the keys that are told by what they do, none is in the image
# of APDU N. Sets $code: 2, when there is nothing yet to tell them by.
told()
{
    code=0
    "$search" "--$2" ${5+"$5"} "$4" "$4" >"$stage/found" || code=$?
    [ "$code" -eq 2 ] && [ "$1" -lt "$channel" ] && return
    check "$3, $2: $(cut -d ' ' -f 1 "$stage/found")" "$code" 0
    printf 'clean  %-52s %s, %d hits\n' "$3" \
        "$([ "$2" = unwrap ] && echo 'session keys' || echo 'one-time key')" \
        "$(wc -l <"$stage/found")"
}

# What the line tool holds while the chip is silent, looked at as a core file.
opened=0
look_at()
{
    local n=$1 what="line tool at APDU $1, $2" code
    silent_chip "$n"
    load_until "$n"
    core_of "$victim" "$stage/line.core"
    clean "$what" "$stage/line.core"
    # A one-time private key takes long to look for.
    [ "$2" = 'on the way' ] && [ "$stride" -gt 1 ] || told "$n" scalar "$what" "$stage/line.core"
    # The wrapped key is in its own memory, and no 16 bytes beside it open it. The chip's
    # memory does, from when it has the session keys until it replaces them.
    told "$n" unwrap "$what" "$stage/line.core" "$ppk"
    if [ "$code" -eq 0 ]; then
        "$search" --dump "$chip" "$stage/chip.image"
        "$search" --unwrap "$ppk" "$stage/line.core" "$stage/chip.image" >"$stage/session" ||
            code=$?
        if [ "$code" -eq 1 ]; then
            opened=$((opened + 1))
            check "key set of the chip at APDU $n" "$(wc -l <"$stage/session")" 2
            finds "chip at APDU $n" "$stage/session" "pid:$chip"
            clean_of "$stage/session" "$what, the chip's" "$stage/line.core"
        fi
        rm -f "$stage/chip.image"
    fi
    rm -f "$stage/line.core"
    stage_stop "$victim" -KILL
    stage_stop "$chip"
}
for row in $stages; do
    look_at "${row%%:*}" "$(echo "${row#*:}" | tr _ ' ')"
done
for n in $(seq 1 "$stride" "$apdus"); do
    look_at "$n" 'on the way'
done
check 'the chip was seen to open the wrapped key' "$([ "$opened" -gt 0 ] && echo yes)" yes

# Behind the end: `run` has loaded one and waits for the next.
rm -rf "$stage"/ledger.db* "$stage/modem-chip"
cp "$stage"/imported/* "$stage"
stage_sim modem
chip=$started
background "$line_tool" --config "$stage/station.json" run --port "$stage/modem" --json \
    >"$stage/run.log" 2>&1
victim=$started
wait_for 'the profile is loaded' grep -q '"result":"downloaded"' "$stage/run.log"
core_of "$victim" "$stage/line.core"
clean 'line tool at the end of a load' "$stage/line.core"
rm -f "$stage/line.core"
stage_stop "$victim"
stage_stop "$chip"

# --- the engine ------------------------------------------------------------------------

# The engine in the middle of a load, held by a debugger where it has each secret in hand:
# the same search finds it there.
engine_cores()
{
    local point
    cat >"$stage/keys/gdb" <<GDB
set pagination off
set confirm off
set debuginfod enabled off
handle SIGSTOP SIGCONT nostop noprint pass
shell : >"$stage/armed"
GDB
    # In the order in which a load comes to them.
    for point in "$@"; do
        printf 'tbreak %s\ncontinue\n' "${point#*:}"
        case ${point%%:*} in
        -) ;;
        *) echo "shell '$search' --dump $line_engine '$stage/engine-${point%%:*}'" ;;
        esac
    done >>"$stage/keys/gdb"
    echo detach >>"$stage/keys/gdb"
    background timeout 100 gdb --batch -nx -q -p "$line_engine" -x "$stage/keys/gdb" \
        >"$stage/gdb.log" 2>&1
    debugger=$started
    wait_for 'the debugger is there' test -e "$stage/armed"
}

# unlocked NAME SECRET: that secret is in the engine's core taken at that point.
unlocked()
{
    grep "^$2 " "$stage/secrets" >"$stage/keys/one"
    finds "engine, $1" "$stage/keys/one" "$stage/engine-$1"
    clean_of "$stage/keys/one" 'line tool in that load' "$stage/line.core"
}

if [ "$(id -u)" -eq 0 ]; then
    silent_chip "$channel"
    engine_cores dpauth:ECDSA_do_sign dppb:ECDSA_do_sign one-time:ec_agree \
        -:diversify_enc_key root:CMAC_Final EncKey:crypto_kbkdf \
        session:bsp_put_replace_session_keys
    load_until "$channel"
    wait "$debugger" || check 'the debugger' "$(tail -n 3 "$stage/gdb.log")" ended
    core_of "$victim" "$stage/line.core"
    unlocked dpauth SK.dpauth
    unlocked dppb SK.dppb
    unlocked root root
    unlocked EncKey EncKey
    unlocked session PPK-ENC
    # What no one else knows: the session keys and the one-time key of this very load.
    code=0
    "$search" --unwrap "$ppk" "$stage/line.core" "$stage/engine-session" >"$stage/session" ||
        code=$?
    check 'the engine has the session keys' "$code $(wc -l <"$stage/session")" '1 2'
    finds 'engine, session' "$stage/session" "$stage/engine-session"
    clean_of "$stage/session" 'line tool, session keys' "$stage/line.core"
    code=0
    "$search" --scalar "$stage/line.core" "$stage/engine-one-time" >"$stage/one-time" || code=$?
    check 'the engine has the one-time key' "$code $(wc -l <"$stage/one-time")" '1 1'
    finds 'engine, one-time' "$stage/one-time" "$stage/engine-one-time"
    clean_of "$stage/one-time" 'line tool, one-time key' "$stage/line.core"
    clean_of "$stage/one-time" 'engine, one-time key agreed' "$stage/engine-session"
    clean 'line tool, the engine having been held' "$stage/line.core"
    stage_stop "$victim" -KILL
    stage_stop "$chip"
    rm -f "$stage"/engine-* "$stage/line.core" "$stage/one-time"
else
    echo "note: not root, so no debugger may open the engine; that it is closed is checked instead"
fi

# While it keeps a PPK set for somebody it holds that, and nothing else of what it
# went through: EncKey and root key are gone. Afterwards it holds nothing.
grep PPK "$stage/secrets" >"$stage/ppk"
grep -v PPK "$stage/secrets" >"$stage/never"
background "$build/tests/attack/unlock" "$stage/line.sock" "$stage/keys/user.pin" "$eid" \
    "$iccid" >"$stage/unlock.log" 2>&1
unlocker=$started
wait_for 'the engine is unlocked' grep -q unlocked "$stage/unlock.log"
if [ "$(id -u)" -eq 0 ]; then
    finds 'engine with a PPK set' "$stage/ppk" "pid:$line_engine"
    core_of "$line_engine" "$stage/engine.core"
    finds 'engine with a PPK set, core file' "$stage/ppk" "$stage/engine.core"
    rm -f "$stage/engine.core"
    clean_of "$stage/never" 'engine with a PPK set' "pid:$line_engine"
    clean 'its client' "pid:$unlocker"
    stage_stop "$unlocker"
    sleep 0.2
    clean 'engine, locked again' "pid:$line_engine"
else
    # Its own user may not look: that is the claim.
    code=0
    "$search" "$stage/ppk" "pid:$line_engine" >/dev/null 2>&1 || code=$?
    check 'the engine is closed to its user' "$code" 2
    stage_stop "$unlocker"
fi
check 'the engine makes no core' \
    "$(sed -n 's/^Max core file size *\([0-9]*\) *\([0-9]*\).*/\1 \2/p' "/proc/$line_engine/limits")" \
    '0 0'
# AddressSanitizer makes mlockall() do nothing.
[ -n "$asan" ] || check 'its memory is locked' \
    "$(sed -n 's/^VmLck:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$line_engine/status" | grep -c '^[1-9]')" 1
check 'it gains no privileges' \
    "$(sed -n 's/^NoNewPrivs:[^0-9]*//p' "/proc/$line_engine/status")" 1

# As a user of its own: another process of that user reads one of its own, and not
# the engine.
if [ "$(id -u)" -eq 0 ]; then
    mkdir "$stage/own"
    cp "$usbkeyd" "$search" "$stage/ppk" "$stage/own"
    chmod 711 "$stage"
    chown -R nobody "$stage/own"
    as_nobody() { exec setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
    background as_nobody "$stage/own/usbkeyd" --state "$stage/own/state" \
        --socket "$stage/own/sock" >"$stage/own.log" 2>&1
    engine=$started
    wait_for 'an engine of its own user' test -S "$stage/own/sock"
    code=0
    (as_nobody "$stage/own/secret_search" "$stage/own/ppk" "pid:$engine" >"$stage/found" 2>&1) ||
        code=$?
    check "the engine is closed to its user: $(cat "$stage/found")" "$code" 2
    stage_stop "$engine"
    background as_nobody sleep 600
    code=0
    (as_nobody "$stage/own/secret_search" "$stage/own/ppk" "pid:$started" >"$stage/found" 2>&1) ||
        code=$?
    check "another process of that user is open: $(cat "$stage/found")" "$code" 0
    stage_stop "$started"
    rm -rf "$stage/own"
    chmod 700 "$stage"
fi

# --- other programs with the middleware ---------------------------------------------------

# pkcs11-tool, logged in and with an operation begun, waits for its message. The PIN is
# in its environment: that one is its own.
grep -v user-PIN "$stage/secrets" >"$stage/not-pin"
mkfifo "$stage/message"
ATTACK_PIN=$(cat "$stage/keys/user.pin")
export ATTACK_PIN
logins=$(grep -c '"event":"login"' "$stage/line/journal.jsonl")
LD_PRELOAD=$asan ASAN_OPTIONS=detect_leaks=0 background pkcs11-tool --module "$module" \
    --token-label line --login --pin env:ATTACK_PIN --sign --label dpauth \
    --mechanism ECDSA-SHA256 --input-file "$stage/message" --output-file "$stage/signature" \
    >"$stage/tool.log" 2>&1
tool=$started
logged_in() { [ "$(grep -c '"event":"login"' "$stage/line/journal.jsonl")" -gt "$logins" ]; }
wait_for 'pkcs11-tool is logged in' logged_in
sleep 0.3
core_of "$tool" "$stage/tool.core"
clean_of "$stage/not-pin" 'pkcs11-tool, logged in' "$stage/tool.core"
rm -f "$stage/tool.core"
printf x >"$stage/message"
wait "$tool" 2>/dev/null || true
check_has 'pkcs11-tool gets no signature' "$(cat "$stage/tool.log")" CKR_DATA_INVALID
unset ATTACK_PIN

# dpplus while it protects profiles: its engine is let run for moments, and it is
# looked at in between.
profiles=8
rm -f "$stage"/orders.db*
for n in $(seq "$profiles"); do
    number=$(printf '8900101234567%07d' "$n")
    "$upp_sample" --iccid "$number" --out "$stage/keys/upp" >/dev/null
    "$dpplus" --db "$stage/orders.db" order --eid "$eid" --upp "$stage/keys/upp" >/dev/null
    secret "profile-$n-PPK" "$(kdf "$enc_key" PPK "$(swap_digits "$number")" 48)"
done
kill -STOP "$dp_engine"
background "$dpplus" --db "$stage/orders.db" export --config "$stage/export.json" \
    --out "$stage/b.ppb" >"$stage/export.log" 2>&1
exporter=$started
grep -v user-PIN "$stage/secrets" >"$stage/not-pin"
grep user-PIN "$stage/secrets" >"$stage/pin"
samples=0
pin=before
while kill -0 "$exporter" 2>/dev/null; do
    kill -CONT "$dp_engine"
    sleep 0.001
    kill -STOP "$dp_engine"
    code=0
    "$search" "$stage/not-pin" "pid:$exporter" >"$stage/found" 2>/dev/null || code=$?
    [ "$code" -ne 1 ] || check "dpplus: $(head -n 3 "$stage/found")" found nothing
    # The PIN is there while the login is under way, and not again behind it.
    code=0
    "$search" "$stage/pin" "pid:$exporter" >"$stage/found" 2>/dev/null || code=$?
    case $pin:$code in
    before:1) pin=there ;;
    there:0) pin=gone ;;
    gone:1) check "dpplus: $(head -n 3 "$stage/found")" found nothing ;;
    esac
    samples=$((samples + 1))
done
kill -CONT "$dp_engine"
check 'the PIN in dpplus' "$pin" gone
code=0
wait "$exporter" || code=$?
check 'export' "$code" 0
check 'dpplus was looked at' "$([ "$samples" -ge 3 ] && echo yes)" yes

# --- files ---------------------------------------------------------------------------

# Everything the programs wrote: ledger, batches, results, journals, state folders,
# logs, wire traces, configuration. Not what the test keeps for itself.
run 'results export' 0 line_run results export "$stage/out.ppr"
run 'journal export' 0 line_admin audit show
printf '%s\n' "$out" >"$stage/journal.txt"
stage_stop "$line_engine"
stage_stop "$dp_engine"
rm -f "$stage/armed" "$stage/session" "$stage/found" "$stage/ppk" \
    "$stage/never" "$stage/not-pin" "$stage/pin" "$stage/message"
mapfile -t written < <(find "$stage" -path "$stage/keys" -prune -o -type f ! -name secrets -print)
for name in ledger.db a.ppb b.ppb out.ppr line/journal.jsonl line/state dp/journal.jsonl trace \
    line.log orders.db; do
    check_has 'files' "${written[*]}" "$stage/$name"
done
clean 'every file' "${written[@]}"
# One that was written in error would be found.
cp "$stage/keys/component1" "$stage/line/forgotten"
grep component1 "$stage/secrets" >"$stage/keys/one"
finds 'a component left behind' "$stage/keys/one" "$stage/line/forgotten"
echo "note: $apdus APDUs a load, looked at every $stride; $samples looks at dpplus; ${#written[@]} files"
