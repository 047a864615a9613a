#!/bin/sh
# Runs the conformance tests over one library: run.sh softhsm|daemon|inprocess BUILD_DIR
# Pulls and plugs the token:                   run.sh removal BUILD_DIR
# Lists and uses it with the usual clients:    run.sh tools BUILD_DIR
#
# Makes a token of its own in a temporary folder, and removes both.
set -eu

target=$1
build=$2
dir=$(mktemp -d "${TMPDIR:-/tmp}/conformance.XXXXXX")
engine=
deviates=

cleanup() {
    [ -z "$engine" ] || kill "$engine" 2>/dev/null || true
    [ -z "$engine" ] || wait "$engine" 2>/dev/null || true
    rm -rf "$dir"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

label=conformance
key="batch"
umask 077
printf '123456-user\n' >"$dir/pin"
printf '12345678-so\n' >"$dir/so-pin"

start_engine() {
    "$build/token/daemon/usbkeyd" --state "$dir/state" --socket "$dir/engine.sock" \
        2>"$dir/engine.log" &
    engine=$!
    tries=0
    until [ -S "$dir/engine.sock" ]; do
        tries=$((tries + 1))
        if [ "$tries" -gt 100 ] || ! kill -0 "$engine" 2>/dev/null; then
            echo "run.sh: the engine does not start:" >&2
            cat "$dir/engine.log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

stop_engine() {
    kill "$engine"
    wait "$engine" || true
    engine=
}

admin() {
    "$build/token/admin/usbkey-admin" --socket "$dir/engine.sock" \
        --so-pin-file "$dir/so-pin" --pin-file "$dir/pin" "$@"
}

make_usbkey() {
    start_engine
    admin init --label "$label" --role dp >/dev/null
    admin root generate >/dev/null
    admin key generate "$key" >/dev/null
}

make_softhsm() {
    mkdir "$dir/tokens"
    printf 'directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n' \
        "$dir" >"$dir/softhsm2.conf"
    export SOFTHSM2_CONF="$dir/softhsm2.conf"
    softhsm2-util --init-token --free --label "$label" \
        --pin "$(cat "$dir/pin")" --so-pin "$(cat "$dir/so-pin")" >/dev/null
    pkcs11-tool --module "$1" --token-label "$label" --login --pin "$(cat "$dir/pin")" \
        --keypairgen --key-type EC:prime256v1 --usage-sign --sensitive --label "$key" >/dev/null
}

# expect WORDS FILE: the words stand in it.
expect() {
    grep -q "$1" "$2" || {
        echo "run.sh: no \"$1\" in the output of $3:" >&2
        cat "$2" >&2
        exit 1
    }
}

# pkcs11-tool and p11tool, as an officer or an auditor uses them.
use_tools() {
    CONFORMANCE_PIN=$(cat "$dir/pin")
    GNUTLS_PIN=$CONFORMANCE_PIN
    export CONFORMANCE_PIN GNUTLS_PIN
    pkcs11-tool --module "$1" -L >"$dir/out" 2>&1
    expect "USBKey dp" "$dir/out" "pkcs11-tool -L"
    pkcs11-tool --module "$1" -O --login --pin env:CONFORMANCE_PIN >"$dir/out" 2>&1
    expect "label: *root-1" "$dir/out" "pkcs11-tool -O"
    expect "label: *$key" "$dir/out" "pkcs11-tool -O"
    pkcs11-tool --module "$1" --test --login --pin env:CONFORMANCE_PIN >"$dir/out" 2>&1
    expect "No errors" "$dir/out" "pkcs11-tool --test"
    p11tool --provider "$1" --list-tokens >"$dir/out" 2>&1
    expect "Label: $label" "$dir/out" "p11tool --list-tokens"
    p11tool --provider "$1" --list-all --login >"$dir/out" 2>&1
    expect "object=root-1;type=secret-key" "$dir/out" "p11tool --list-all"
    expect "object=$key;type=private" "$dir/out" "p11tool --list-all"

    # A signature with the batch key verifies with openssl alone.
    printf 'manifest' >"$dir/message"
    pkcs11-tool --module "$1" --login --pin env:CONFORMANCE_PIN --sign --label "$key" \
        --mechanism ECDSA-SHA256 --signature-format openssl \
        --input-file "$dir/message" --output-file "$dir/signature" >"$dir/out" 2>&1
    pkcs11-tool --module "$1" --read-object --type pubkey --label "$key" \
        --output-file "$dir/key.der" >>"$dir/out" 2>&1
    openssl dgst -sha256 -verify "$dir/key.der" -keyform DER -signature "$dir/signature" \
        "$dir/message" >>"$dir/out" 2>&1 || true
    expect "Verified OK" "$dir/out" "pkcs11-tool --sign and openssl"
    echo "pkcs11-tool and p11tool list, test and sign"
}

case $target in
softhsm)
    module=/usr/lib/softhsm/libsofthsm2.so
    make_softhsm "$module"
    # SoftHSM2 2.6.1: C_Logout without a login is CKR_OK; C_Digest ends what
    # C_DigestUpdate began (Cryptoki 2.40 5.6, 5.10); a search in one thread can
    # change the handle of an object another has just made.
    deviates="--deviates logout_without_login --deviates parts_do_not_mix
        --deviates threads_with_objects"
    ;;
daemon)
    module=$build/token/module/usbkey-pkcs11.so
    make_usbkey
    export USBKEY_SOCKETS="$dir/engine.sock"
    ;;
inprocess)
    module=$build/tests/conformance/usbkey-inprocess.so
    make_usbkey
    stop_engine
    export USBKEY_SOCKETS="$dir/state"
    ;;
removal)
    make_usbkey
    stop_engine
    export USBKEY_SOCKETS="$dir/engine.sock"
    "$build/tests/conformance/removal" "$build/token/module/usbkey-pkcs11.so" "$dir/pin" \
        "$build/token/daemon/usbkeyd" --state "$dir/state" --socket "$dir/engine.sock"
    exit
    ;;
tools)
    make_usbkey
    export USBKEY_SOCKETS="$dir/engine.sock"
    use_tools "$build/token/module/usbkey-pkcs11.so"
    exit
    ;;
*)
    echo "usage: run.sh softhsm|daemon|inprocess|removal|tools BUILD_DIR" >&2
    exit 1
    ;;
esac

# shellcheck disable=SC2086 # a list of words
"$build/tests/conformance/conformance" $deviates --module "$module" --token "$label" --key "$key" \
    --pin-file "$dir/pin" --so-pin-file "$dir/so-pin"
