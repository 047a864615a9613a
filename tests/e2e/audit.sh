#!/bin/bash
# docs/audit.md, block by block as it stands there; and the same over journals that
# were edited, cut, reordered, exchanged.
. "$(dirname "$0")/lib.sh"
e2e_open "$1"
cp -R "$stage/line" "$stage/older"
stage_batch "$eid" "$stage/sample.upp" "$stage/a.ppb" >/dev/null
line_run import "$stage/a.ppb" >/dev/null
stage_sim modem
line_run load --port "$stage/modem" >/dev/null 2>&1

# Of a build with AddressSanitizer, whose runtime must be loaded before the module.
asan=$(ldd "$module" | sed -n 's/.*=> \(.*libasan[^ ]*\) .*/\1/p')

# The page's blocks in order. Its settings are this stage's; systemctl is what
# starts and ends an engine here.
audit_script()
{
    cat <<SCRIPT
systemctl()
{
    echo "\$*" >>"$stage/systemctl"
    [ "\$1" != stop ] || kill "\$ENGINE"
    while [ "\$1" = stop ] && kill -0 "\$ENGINE" 2>/dev/null; do sleep 0.02; done
}
pkcs11-tool()
{
    LD_PRELOAD="$asan" ASAN_OPTIONS=detect_leaks=0 command pkcs11-tool "\$@"
}
SCRIPT
    awk '/^```sh$/ { inside = 1; next } /^```$/ { inside = 0 } inside' docs/audit.md |
        sed -e "s#^label=.*#label=line#" -e "s#^socket=.*#socket=$stage/line.sock#" \
            -e "s#^state=.*#state=\${STATE:-$stage/line}#" -e "s#^module=.*#module=$module#"
}
audit_script >"$stage/audit.script"
check 'blocks of the page' "$(grep -c '^```sh$' docs/audit.md)" 17
for word in label socket state module keystore; do
    check "the page sets $word once" "$(grep -c "^$word=" docs/audit.md)" 1
done
audit()
{
    ENGINE=$line_engine TMPDIR=$stage bash -eu "$stage/audit.script" <"$stage/user.pin" >"$stage/out" 2>"$stage/err" ||
        {
            check 'the page runs to its end' "$(cat "$stage/err")" ''
            cat "$stage/out"
        }
    out=$(cat "$stage/out")
}

before=$(line_admin status --json)
serial=$(line_admin status | sed -n "s/^serial: *//p")
audit
check 'errors' "$(grep -v '^user PIN: ' "$stage/err")" ''
for word in 'token model        : USBKey line' \
    "serial num         : $serial" \
    'Access:     sensitive, always sensitive, never extractable, local' \
    'Usage:      derive' \
    '2.23.146.1.2.1.4' '2.23.146.1.2.1.5' 'Registered ID:2.999.10' \
    'dpauth: the certificate is of this key' 'dppb: the certificate is of this key' \
    'dpauth: signed by ci-' 'dppb: signed by ci-' 'trusted: ci-' \
    "$(openssl x509 -inform der -in "$pki/ci.der" -noout -fingerprint -sha256)" \
    'entries, the last is' 'entries the head counts' 'is still the one of the last audit' \
    '"event":"root loaded"' '"event":"trust"' 'development entries: 0' 'failed logins: 0' \
    '1 releases of 1 profiles' "$eid" 'every release follows the evidence of its chip' \
    'the key store remembers entry' 'CKR_ATTRIBUTE_SENSITIVE' 'CKR_KEY_FUNCTION_NOT_PERMITTED'; do
    check_has 'the page' "$out" "$word"
done
# Its value came in as components: Cryptoki does not let it be called more, neither
# by the token nor by the key store behind it.
check 'access of the root key' "$(grep -c 'Access: *sensitive$' "$stage/out")" 2
check 'no fault' "$(grep -c FAULT "$stage/out")" 0
check 'refusals of the root key' "$(grep -c '^CKR_' "$stage/out")" 3
# The key store's keys: three CMAC keys alike, two private keys alike.
secret='CLASS CKO_SECRET_KEY;TOKEN TRUE;PRIVATE TRUE;SENSITIVE TRUE;ENCRYPT FALSE;DECRYPT FALSE;WRAP FALSE;UNWRAP FALSE;SIGN TRUE;DERIVE FALSE;EXTRACTABLE FALSE;MODIFIABLE FALSE;COPYABLE FALSE;'
private='CLASS CKO_PRIVATE_KEY;TOKEN TRUE;PRIVATE TRUE;SENSITIVE TRUE;DECRYPT FALSE;UNWRAP FALSE;SIGN TRUE;DERIVE FALSE;EXTRACTABLE FALSE;MODIFIABLE FALSE;COPYABLE FALSE;'
check 'attributes of secret keys' "$(grep 'CLASS CKO_SECRET' "$stage/out" | sed 's/^ *//')" "3 $secret"
check 'attributes of private keys' "$(grep 'CLASS CKO_PRIVATE' "$stage/out" | sed 's/^ *//')" "2 $private"
keys=$(sed -n '/CLASS CKO_/,$p' "$stage/out" | sed -n 's/^ *label: *//p' | sort | tr '\n' ' ')
check 'keys of the key store' "$keys" 'dpauth dppb journal-mac root-1 state-mac '
check 'nothing is left behind' "$(find "$stage" -maxdepth 1 -name 'tmp.*')" ''
check 'the engine was stopped and started' "$(wc -l <"$stage/systemctl")" 2
cp "$stage/out" "${AUDIT_OUT:-/dev/null}"
check 'no PIN in what it prints' "$(grep -c "$(cat "$stage/user.pin")" "$stage/out")" 0

# The engine goes on: the audit has changed nothing.
stage_engine line
line_engine=$started
run 'after the audit' 0 line_admin audit verify
check 'after the audit: status' "$(line_admin status --json | grep -v '"value"\|"time_seen"')" \
    "$(printf '%s' "$before" | grep -v '"value"\|"time_seen"')"

# What the page's own commands say of journals somebody was at.
sed -n '/^chain()$/,/^}$/p' "$stage/audit.script" >"$stage/chain.sh"
entries=$(wc -l <"$stage/line/journal.jsonl")
forged()
{
    cp -R "$stage/line" "$stage/forged"
    sed -i "$1" "$stage/forged/journal.jsonl"
}
verdict()
{
    (
        . "$stage/chain.sh"
        work=$stage/forged
        cp "$stage/forged/journal.jsonl" "$work/journal"
        cat "$work"/head-* >"$work/head"
        chain "$work/journal"
        # shellcheck source=/dev/null
        . <(sed -n '/^sort "\$work\/head"/,/^}$/p' "$stage/audit.script")
    )
    rm -r "$stage/forged"
}
forged '5s/"time":"20/"time":"21/'
check_has 'an entry edited' "$(verdict)" 'FAULT at line 6'
forged 4d
check_has 'an entry removed' "$(verdict)" 'FAULT at line 4'
forged '7{h;d};8{G}'
check_has 'two entries exchanged' "$(verdict)" 'FAULT at line 7'
forged "$((entries - 2)),\$d"
out=$(verdict)
check_has 'cut at the end: the chain holds' "$out" 'entries, the last is'
check_has 'cut at the end: the head tells' "$out" "FAULT: the head counts $entries"
forged '$s/"user":"[a-z]*"/"user":"nobody"/'
check_has 'the last entry edited: the head tells' "$(verdict)" 'FAULT: the head counts'
forged ''
check 'an honest copy' "$(verdict | grep -c FAULT)" 0

# Journal, head and state of an hour ago, put back together: they agree with each
# other, and the key store remembers better.
rm -r "$stage/older/keystore"
cp -R "$stage/line/keystore" "$stage/older/keystore"
export STATE=$stage/older
audit
check_has 'set back: the chain holds' "$out" 'entries, the last is'
check_has 'set back: the head agrees' "$out" 'entries the head counts'
check_has 'set back: the key store tells' "$out" 'FAULT: the key store remembers'
