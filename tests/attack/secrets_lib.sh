# shellcheck shell=bash
# A stage whose secrets are known, and what a search of processes and files is. Sourced by
# secrets.sh, behind tests/e2e/lib.sh.
search=$build/tests/attack/secret_search

# Of a build with AddressSanitizer, whose runtime must be loaded before the module.
asan=$(ldd "$build/token/module/usbkey-pkcs11.so" | sed -n 's/.*=> \(.*libasan[^ ]*\) .*/\1/p')

command -v gcore >/dev/null || {
    echo "gcore is missing: install gdb (provisioning/setup.sh --tests)" >&2
    exit 1
}

# --- what a search is ------------------------------------------------------------

names_of() { cut -d ' ' -f 1 "$1" | tr '\n' ' '; }

# clean_of SECRETS WHAT PLACE..: none of these secrets is there.
clean_of()
{
    local secrets=$1 what=$2 code=0
    shift 2
    "$search" "$secrets" "$@" >"$stage/found" || code=$?
    check "$what: $(sed "s|$stage/||" "$stage/found" | head -n 4)" "$code" 0
    printf 'clean  %-52s %2d secrets, %d hits\n' "$what" "$(wc -l <"$secrets")" \
        "$(wc -l <"$stage/found")"
}

# clean WHAT PLACE..: none of all secrets.
clean() { clean_of "$stage/secrets" "$@"; }

# finds WHAT SECRETS PLACE: each of the secrets is there.
finds()
{
    local name
    "$search" "$2" "$3" >"$stage/found" || true
    while read -r name _; do
        checks=$((checks + 1))
        grep -q ": $name as" "$stage/found" || {
            failures=$((failures + 1))
            echo "FAILED $1: $name is there and was not found"
        }
    done <"$2"
    printf 'found  %-52s %s\n' "$1" "$(names_of "$2")"
}

# The image of a process as a core file. gcore would write out the terabytes of shadow
# memory that a sanitised program has; of such a one our own reader takes the rest.
core_of()
{
    if [ -n "$asan" ]; then
        "$search" --dump "$1" "$2"
    else
        gcore -o "$2" "$1" >/dev/null 2>&1
        mv "$2.$1" "$2"
    fi
}

# Starts a program that reads or waits, sets $started; it ends with the stage.
background()
{
    "$@" &
    started=$!
    stage_pids="$stage_pids $started"
}

# wait_for WHAT COMMAND..: until it succeeds.
wait_for()
{
    local what=$1
    shift
    for _ in $(seq 1500); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.02
    done
    check "$what happens" no yes
    return 1
}

# --- a stage whose secrets are known ---------------------------------------------

xor_hex()
{
    local i
    for ((i = 0; i < ${#1}; i += 2)); do
        printf '%02x' $((0x${1:i:2} ^ 0x${2:i:2}))
    done
}

# kdf KEY LABEL CONTEXT BYTES: design.md section 3. For test values alone, as a
# command line is no place for a secret.
kdf()
{
    openssl kdf -keylen "$4" -kdfopt mac:CMAC -kdfopt cipher:AES-256-CBC -kdfopt "hexkey:$1" \
        -kdfopt "salt:$2" -kdfopt "hexinfo:$3" KBKDF | tr -d ': \n'
}

# Pairs of digits swapped, as in EF.ICCID.
swap_digits() { printf '%s' "$1" | sed 's/\(.\)\(.\)/\2\1/g'; }

hex_of() { printf '%s' "$1" | od -An -v -tx1 | tr -d ' \n'; }

secret() { printf '%s %s\n' "$1" "$2" >>"$stage/secrets"; }

# A private key of the DP's, made here and imported into a development token.
import_dp_key()
{
    local key=$1
    openssl ecparam -name prime256v1 -genkey -noout -out "$stage/keys/$key.pem"
    openssl req -new -key "$stage/keys/$key.pem" -subj '/O=euicc-line/CN=SM-DP+' \
        -out "$stage/keys/$key.csr"
    sh provisioning/pki/sign-csr.sh --ca "$pki" --role "$key" --csr "$stage/keys/$key.csr" \
        --oid 2.999.10 --out "$stage/$key.pem" 2>/dev/null
    line_admin key import "$key" --key "$stage/keys/$key.pem"
    line_admin cert import "$key" --cert "$stage/$key.pem"
    # 32 bytes; openssl prints one more before a set top bit, or fewer
    secret "SK.$key" "$(printf '%064d%s' 0 "$(openssl ec -in "$stage/keys/$key.pem" -noout -text \
        2>/dev/null | sed -n '/^priv:/,/^pub:/s/^ //p' | tr -d ': \n')" | tail -c 64)"
}

line_admin()
{
    "$admin" --socket "$stage/line.sock" --so-pin-file "$stage/keys/so.pin" \
        --pin-file "$stage/keys/user.pin" "$@"
}
dp_admin()
{
    "$admin" --socket "$stage/dp.sock" --so-pin-file "$stage/keys/so.pin" \
        --pin-file "$stage/keys/user.pin" "$@"
}

# Both tokens, development ones, with keys that are known. Sets $eid, $iccid, $root, $enc_key,
# $ppk, $line_engine and $dp_engine; what they are and the rest is in $stage/secrets.
secrets_stage()
{
    local n role token key name digits
    mkdir "$stage/keys"
    pki=$stage/keys/pki
    sh provisioning/pki/make-pki.sh --out "$pki" >/dev/null 2>&1
    eid=$(stage_eid_of "$pki/euicc.der")
    iccid=89001012345678901231
    openssl rand -hex 8 >"$stage/keys/user.pin"
    openssl rand -hex 8 >"$stage/keys/so.pin"
    for role in dp line; do
        stage_start "$stage/$role.sock" "$stage/$role.log" "$usbkeyd" --state "$stage/$role" \
            --socket "$stage/$role.sock" --verbose
        [ "$role" = dp ] && dp_engine=$started || line_engine=$started
    done
    export USBKEY_SOCKETS="$stage/dp.sock:$stage/line.sock"
    for n in 1 2; do
        openssl rand -hex 32 >"$stage/keys/component$n"
        secret "component$n" "$(cat "$stage/keys/component$n")"
    done
    root=$(xor_hex "$(cat "$stage/keys/component1")" "$(cat "$stage/keys/component2")")
    enc_key=$(kdf "$root" EncKey "$eid" 32)
    ppk=$(kdf "$enc_key" PPK "$(swap_digits "$iccid")" 48)
    secret root "$root"
    secret EncKey "$enc_key"
    secret PPK-MCV "${ppk:0:32}"
    secret PPK-ENC "${ppk:32:32}"
    secret PPK-MAC "${ppk:64:32}"
    for token in dp_admin line_admin; do
        [ "$token" = dp_admin ] && role=dp || role=line
        $token init --label "$role" --role "$role" --development
        $token root import --component-file "$stage/keys/component1" \
            --component-file "$stage/keys/component2"
    done >/dev/null
    line_admin trust "$pki/ci.der" >/dev/null
    for key in dpauth dppb; do
        import_dp_key "$key" >/dev/null
    done
    stage_certify dp_admin batch "$pki" "SM-DP+ batches" >/dev/null
    secret user-PIN "$(hex_of "$(cat "$stage/keys/user.pin")")"
    secret SO-PIN "$(hex_of "$(cat "$stage/keys/so.pin")")"
    stage_config
    sed -i 's|"user.pin"|"keys/user.pin"|' "$stage/export.json" "$stage/station.json"
    e2e_patience 60000
    "$upp_sample" --iccid "$iccid" --out "$stage/keys/sample.upp" >/dev/null
    check 'secrets known' "$(wc -l <"$stage/secrets")" 11
    while read -r name digits; do
        case ${#digits} in
        32 | 64) checks=$((checks + 1)) ;;
        *) check "length of $name" "${#digits}" '32 or 64' ;;
        esac
    done <"$stage/secrets"
}
