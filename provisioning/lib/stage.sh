# shellcheck shell=bash
# A whole set-up in one folder, for the demo, the end-to-end tests and the
# benchmarks: two engines with initialised tokens, a PKI, a station, a simulated
# device. Sourced by bash scripts that have set -eu and stand in the source root.
#
#   stage_open BUILD_DIR    makes the folder ($stage), sets the program variables
#   stage_pki [SGP26_DIR]   identities; sets $pki, $eid
#   stage_tokens [--development]   both engines, initialised, one root key
#   stage_keys [SGP26_DIR]  keys and certificates of both tokens
#   stage_config            export.json and station.json
#   stage_sim NAME [OPTIONS ...]   a simulated device behind $stage/NAME
#   stage_close             ends what runs, removes the folder

# Programs of a build folder.
stage_programs()
{
    usbkeyd=$1/token/daemon/usbkeyd
    admin=$1/token/admin/usbkey-admin
    module=$1/token/module/usbkey-pkcs11.so
    line_tool=$1/orchestrator/cli/euicc-line
    dpplus=$1/provisioning/dpplus/dpplus
    upp_sample=$1/provisioning/upp/upp-sample
    sim=$1/tests/simulator/euicc-sim
}

stage_open()
{
    stage_programs "$(realpath "$1")"
    umask 077
    stage=$(mktemp -d "${TMPDIR:-/tmp}/euicc-line.XXXXXX")
    stage_pids=
}

stage_close()
{
    for pid in $stage_pids; do
        kill "$pid" 2>/dev/null || true
    done
    for pid in $stage_pids; do
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$stage"
}

# Starts a program in the background and waits until a file of it appears. Sets
# $started to its process id.
stage_start()
{
    local wait_for=$1 log=$2
    shift 2
    "$@" >"$log" 2>&1 &
    started=$!
    stage_pids="$stage_pids $started"
    for _ in $(seq 200); do
        [ ! -e "$wait_for" ] || return 0
        kill -0 "$started" 2>/dev/null || break
        sleep 0.02
    done
    echo "$1 did not start:" >&2
    cat "$log" >&2
    return 1
}

# Ends one of them and forgets it.
stage_stop()
{
    kill "${2:--TERM}" "$1" 2>/dev/null || true
    wait "$1" 2>/dev/null || true
    stage_pids=$(echo " $stage_pids " | sed "s/ $1 / /")
}

stage_eid_of()
{
    openssl x509 -inform der -in "$1" -noout -subject -nameopt multiline |
        sed -n 's/ *serialNumber *= //p'
}

stage_pki()
{
    if [ -n "${1:-}" ]; then
        pki=$(realpath "$1")
    else
        pki=$stage/pki
        sh provisioning/pki/make-pki.sh --out "$pki" >/dev/null
    fi
    eid=$(stage_eid_of "$pki/euicc.der")
}

dp_admin()
{
    "$admin" --socket "$stage/dp.sock" --so-pin-file "$stage/so.pin" \
        --pin-file "$stage/user.pin" "$@"
}

line_admin()
{
    "$admin" --socket "$stage/line.sock" --so-pin-file "$stage/so.pin" \
        --pin-file "$stage/user.pin" "$@"
}

# Starts the engine of token NAME; its process id is in $started.
stage_engine()
{
    rm -f "$stage/$1.sock"
    stage_start "$stage/$1.sock" "$stage/$1.log" "$usbkeyd" --state "$stage/$1" \
        --socket "$stage/$1.sock"
}

stage_tokens()
{
    printf '12345678\n' >"$stage/so.pin"
    printf '87654321\n' >"$stage/user.pin"
    for n in 1 2; do
        openssl rand -hex 32 >"$stage/component$n"
    done
    stage_engine dp
    dp_engine=$started
    stage_engine line
    line_engine=$started
    export USBKEY_SOCKETS="$stage/dp.sock:$stage/line.sock"
    dp_admin init --label dp --role dp
    line_admin init --label line --role line "$@"
    for token in dp_admin line_admin; do
        $token root import --component-file "$stage/component1" \
            --component-file "$stage/component2"
    done
    rm "$stage/component1" "$stage/component2"
}

# A key generated in the token and certified through its CSR.
stage_certify()
{
    local token=$1 key=$2 ca=$3 cn=$4
    $token key generate "$key"
    $token csr "$key" --cn "$cn" --org "euicc-line" --oid 2.999.10 --out "$stage/$key.csr"
    sh provisioning/pki/sign-csr.sh --ca "$ca" --role "$key" --csr "$stage/$key.csr" \
        --out "$stage/$key.pem" >/dev/null
    $token cert import "$key" --cert "$stage/$key.pem"
}

stage_keys()
{
    local batch_ca=$pki
    line_admin trust "$pki/ci.der"
    for key in dpauth dppb; do
        if [ -n "${1:-}" ]; then
            line_admin key import "$key" --key "$pki/$key-key.pem"
            line_admin cert import "$key" --cert "$pki/$key.der"
        else
            stage_certify line_admin "$key" "$pki" "SM-DP+"
        fi
    done
    if [ -n "${1:-}" ]; then
        # The SGP.26 CI's private key is not published: batches get a CA of their own.
        batch_ca=$stage/batch-pki
        sh provisioning/pki/make-pki.sh --out "$batch_ca" >/dev/null
    fi
    stage_certify dp_admin batch "$batch_ca" "SM-DP+ batches"
}

stage_config()
{
    cat >"$stage/export.json" <<JSON
{ "module": "$module", "token": "pkcs11:token=dp", "pin_file": "user.pin" }
JSON
    cat >"$stage/station.json" <<JSON
{
  "module": "$module",
  "token": "pkcs11:token=line",
  "pin_file": "user.pin",
  "database": "ledger.db",
  "server_address": "dp.example.com",
  "batch_trust": "batch.pem"
}
JSON
}

# Orders UPP for an EID and exports it as BATCH.
stage_batch()
{
    "$dpplus" --db "$stage/orders.db" order --eid "$1" --upp "$2" --profile-name Demo \
        --service-provider euicc-line
    "$dpplus" --db "$stage/orders.db" export --config "$stage/export.json" --out "$3"
}

line_run()
{
    "$line_tool" --config "$stage/station.json" "$@"
}

# The device of $pki/euicc.der; state in $stage/NAME-chip.
stage_sim()
{
    local name=$1
    shift
    rm -f "$stage/$name"
    stage_start "$stage/$name" "$stage/$name.log" "$sim" --state "$stage/$name-chip" \
        --euicc-cert "$pki/euicc.der" --euicc-key "$pki/euicc-key.pem" \
        --eum-cert "$pki/eum.der" --ci "$pki/ci.der" --link "$stage/$name" "$@"
}
