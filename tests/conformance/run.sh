#!/bin/sh
# Runs the conformance tests over one library: run.sh softhsm|daemon|inprocess BUILD_DIR
# Pulls and plugs the token:                   run.sh removal BUILD_DIR
# Lists and uses it with the usual clients:    run.sh tools|nss|ssh|engine BUILD_DIR
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

# use_token FILE COMMAND..: its output goes to the file; it must succeed.
use_token() {
    output=$1
    shift
    "$@" >"$output" 2>&1 || {
        echo "run.sh: this failed: $*" >&2
        cat "$output" >&2
        exit 1
    }
}

# refused WORDS FILE COMMAND..: it must fail, and say so in these words.
refused() {
    words=$1 output=$2
    shift 2
    if "$@" >"$output" 2>&1; then
        echo "run.sh: this was not refused: $*" >&2
        exit 1
    fi
    expect "$words" "$output" "$*"
}

# The keys and objects the clients below use: the batch key has a certificate.
make_client_token() {
    make_usbkey
    admin key generate dpauth >/dev/null
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=issuer" \
        -days 2 -keyout "$dir/issuer.key" -out "$dir/issuer.pem" 2>/dev/null
    admin csr "$key" >"$dir/batch.csr"
    openssl x509 -req -in "$dir/batch.csr" -CA "$dir/issuer.pem" -CAkey "$dir/issuer.key" \
        -CAcreateserial -copy_extensions copyall -days 2 -out "$dir/batch.pem" 2>/dev/null
    admin cert import "$key" --cert "$dir/batch.pem" >/dev/null
    openssl x509 -in "$dir/batch.pem" -noout -pubkey >"$dir/batch.pub"
    printf 'manifest' >"$dir/message"
    CONFORMANCE_PIN=$(cat "$dir/pin")
    GNUTLS_PIN=$CONFORMANCE_PIN
    export CONFORMANCE_PIN GNUTLS_PIN USBKEY_SOCKETS="$dir/engine.sock"
}

# id_of LABEL: the CKA_ID of a private key, which is what pkcs11-tool signs with.
id_of() {
    pkcs11-tool --module "$module" --login --pin env:CONFORMANCE_PIN -O --type privkey \
        2>/dev/null | awk -v label="$1" '/label:/ { here = $2 == label } /ID:/ && here { print $2 }'
}

# pkcs11_tool FILE ARGUMENTS..: logged in, which must succeed.
pkcs11_tool() {
    output=$1
    shift
    use_token "$output" pkcs11-tool --module "$module" --login --pin env:CONFORMANCE_PIN "$@"
}

# pkcs11-tool, as an officer or an auditor uses it.
use_pkcs11_tool() {
    use_token "$dir/out" pkcs11-tool --module "$module" -I
    expect "Cryptoki version 2.40" "$dir/out" "pkcs11-tool -I"
    use_token "$dir/out" pkcs11-tool --module "$module" -L
    expect "USBKey dp" "$dir/out" "pkcs11-tool -L"
    use_token "$dir/out" pkcs11-tool --module "$module" -M
    expect "ECDSA-SHA256, .*sign, verify" "$dir/out" "pkcs11-tool -M"
    pkcs11_tool "$dir/out" -O
    expect "label: *root-1" "$dir/out" "pkcs11-tool -O"
    expect "label: *$key" "$dir/out" "pkcs11-tool -O"
    pkcs11_tool "$dir/out" --test
    expect "No errors" "$dir/out" "pkcs11-tool --test"
    for digest in SHA-1 SHA256 SHA384 SHA512; do
        use_token "$dir/out" pkcs11-tool --module "$module" --hash -m "$digest" \
            --input-file "$dir/message" --output-file "$dir/hash"
        openssl dgst -binary "-$(echo "$digest" | tr -d -)" "$dir/message" | cmp - "$dir/hash"
    done
    use_token "$dir/out" pkcs11-tool --module "$module" --generate-random 5000 \
        --output-file "$dir/random"
    [ "$(wc -c <"$dir/random")" -eq 5000 ]
    use_token "$dir/out" pkcs11-tool --module "$module" --read-object --type cert --label "$key" \
        --output-file "$dir/cert.der"
    openssl x509 -in "$dir/batch.pem" -outform DER | cmp - "$dir/cert.der"
}

# The batch key signs a message and a bare digest of any length, and openssl
# verifies with nothing of ours; dpauth signs neither.
sign_with_pkcs11_tool() {
    batch_id=$(id_of "$key")
    dpauth_id=$(id_of dpauth)
    pkcs11_tool "$dir/out" --sign --id "$batch_id" --mechanism ECDSA-SHA256 \
        --signature-format openssl --input-file "$dir/message" --output-file "$dir/signature"
    openssl dgst -sha256 -verify "$dir/batch.pub" -signature "$dir/signature" "$dir/message" \
        >/dev/null
    for digest in sha1 sha256 sha384 sha512; do
        openssl dgst -binary "-$digest" "$dir/message" >"$dir/digest"
        pkcs11_tool "$dir/out" --sign --id "$batch_id" --mechanism ECDSA \
            --signature-format openssl --input-file "$dir/digest" --output-file "$dir/signature"
        openssl dgst "-$digest" -verify "$dir/batch.pub" -signature "$dir/signature" \
            "$dir/message" >/dev/null
    done
    refused CKR_DATA_INVALID "$dir/out" pkcs11-tool --module "$module" --login \
        --pin env:CONFORMANCE_PIN --sign --id "$dpauth_id" --mechanism ECDSA-SHA256 \
        --input-file "$dir/message" --output-file "$dir/signature"
    refused CKR_KEY_FUNCTION_NOT_PERMITTED "$dir/out" pkcs11-tool --module "$module" --login \
        --pin env:CONFORMANCE_PIN --sign --id "$dpauth_id" --mechanism ECDSA \
        --input-file "$dir/digest" --output-file "$dir/signature"
}

# GnuTLS's client, which finds everything by its URL.
use_p11tool() {
    url="pkcs11:token=$label"
    use_token "$dir/out" p11tool --provider "$module" --list-tokens
    expect "Label: $label" "$dir/out" "p11tool --list-tokens"
    use_token "$dir/out" p11tool --provider "$module" --list-all --login
    expect "object=root-1;type=secret-key" "$dir/out" "p11tool --list-all"
    expect "object=$key;type=private" "$dir/out" "p11tool --list-all"
    expect "object=$key;type=public" "$dir/out" "p11tool --list-all"
    expect "object=$key;type=cert" "$dir/out" "p11tool --list-all"
    use_token "$dir/out" p11tool --provider "$module" --login --test-sign \
        "$url;object=$key;type=private"
    use_token "$dir/cert.pem" p11tool --provider "$module" --export "$url;object=$key;type=cert"
    openssl x509 -in "$dir/cert.pem" | cmp - "$dir/batch.pem"
}

# NSS, as browsers and mail programs load a token: a request it signs verifies.
use_nss() {
    mkdir "$dir/nss"
    tr -d '\n' <"$dir/pin" >"$dir/nss-pin"
    head -c 64 /dev/urandom >"$dir/noise"
    use_token "$dir/out" certutil -N -d "sql:$dir/nss" --empty-password
    use_token "$dir/out" modutil -dbdir "sql:$dir/nss" -force -add usbkey -libfile "$module"
    use_token "$dir/out" modutil -dbdir "sql:$dir/nss" -list usbkey
    expect "Token Name: $label" "$dir/out" "modutil -list"
    use_token "$dir/out" certutil -L -d "sql:$dir/nss" -h "$label" -f "$dir/nss-pin"
    expect "$label:$key *u,u,u" "$dir/out" "certutil -L"
    use_token "$dir/out" certutil -K -d "sql:$dir/nss" -h "$label" -f "$dir/nss-pin"
    nss_id=$(awk -v label="$key" '$NF == label { print $(NF - 1) }' "$dir/out")
    use_token "$dir/out" certutil -R -d "sql:$dir/nss" -h "$label" -k "$nss_id" -s CN=nss \
        -Z SHA256 -z "$dir/noise" -f "$dir/nss-pin" -o "$dir/nss.csr"
    use_token "$dir/out" openssl req -inform DER -in "$dir/nss.csr" -verify -noout
    expect "verify OK" "$dir/out" "openssl req -verify"
}

# OpenSSH lists the keys, its agent signs with one, and it verifies.
use_ssh() {
    printf '#!/bin/sh\ncat "%s"\n' "$dir/pin" >"$dir/askpass"
    chmod 700 "$dir/askpass"
    # What it says of keys it does not know goes elsewhere.
    ssh-keygen -D "$module" 2>"$dir/out" | grep " $key\$" >"$dir/ssh.pub"
    export SSH_ASKPASS="$dir/askpass" SSH_ASKPASS_REQUIRE=force
    use_token "$dir/out" ssh-agent -P "${module%/*}/*" sh -c \
        "ssh-add -s '$module' </dev/null && ssh-keygen -Y sign -f '$dir/ssh.pub' -n file '$dir/message'"
    sed "s/^/auditor /" "$dir/ssh.pub" >"$dir/signers"
    ssh-keygen -Y verify -f "$dir/signers" -I auditor -n file -s "$dir/message.sig" \
        <"$dir/message" >"$dir/out" 2>&1
    expect "Good \"file\" signature" "$dir/out" "ssh-keygen -Y verify"
}

# OpenSSL with libp11's engine: the batch key signs, dpauth does not.
use_engine() {
    cat >"$dir/openssl.cnf" <<END
openssl_conf = init
[init]
engines = engines
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = $module
PIN = $CONFORMANCE_PIN
init = 0
END
    url="pkcs11:token=$label;type=private"
    for digest in sha256 sha384; do
        use_token "$dir/out" env OPENSSL_CONF="$dir/openssl.cnf" openssl dgst -engine pkcs11 \
            -keyform engine -sign "$url;object=$key" "-$digest" -out "$dir/signature" "$dir/message"
        openssl dgst "-$digest" -verify "$dir/batch.pub" -signature "$dir/signature" \
            "$dir/message" >/dev/null
    done
    refused "not permitted" "$dir/out" env OPENSSL_CONF="$dir/openssl.cnf" openssl dgst \
        -engine pkcs11 -keyform engine -sign "$url;object=dpauth" -sha256 \
        -out "$dir/signature" "$dir/message"
}

case $target in
softhsm)
    module=/usr/lib/softhsm/libsofthsm2.so
    make_softhsm "$module"
    # SoftHSM2 2.6.1: C_Logout without a login is CKR_OK; wrong arguments do not
    # end an operation, and C_Digest ends what C_DigestUpdate began (Cryptoki 2.40
    # 5.6, 5.2, 5.10); a search in one thread can change the handle of an object
    # another has just made; C_WaitForSlotEvent looks at no argument; an attribute
    # may stand in a template twice, be neither true nor false, or of any length;
    # C_DigestKey takes a private key.
    for case in logout_without_login threads_with_objects event_arguments \
        digest_bad_one_ends digest_bad_part_ends digest_bad_last_ends \
        digest_one_after_parts digest_last_after_one verify_bad_argument_ends \
        data_ambiguous_templates digest_key; do
        deviates="$deviates --deviates $case"
    done
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
tools | nss | ssh | engine)
    module=$build/token/module/usbkey-pkcs11.so
    make_client_token
    case $target in
    tools)
        use_pkcs11_tool
        sign_with_pkcs11_tool
        use_p11tool
        ;;
    nss) use_nss ;;
    ssh) use_ssh ;;
    engine) use_engine ;;
    esac
    echo "conformance.$target: the clients list, test and sign"
    exit
    ;;
*)
    echo "usage: run.sh softhsm|daemon|inprocess|removal|tools|nss|ssh|engine BUILD_DIR" >&2
    exit 1
    ;;
esac

# shellcheck disable=SC2086 # a list of words
"$build/tests/conformance/conformance" $deviates --module "$module" --token "$label" --key "$key" \
    --pin-file "$dir/pin" --so-pin-file "$dir/so-pin"
