#!/bin/bash
# dpplus from the outside: its command lines, exit codes and messages, over a
# DP+ token of usbkeyd and SoftHSM2.
# usage: program.sh DPPLUS UPP-SAMPLE USBKEYD USBKEY-ADMIN MODULE; run in the source root.
set -u
dpplus=$1 upp_sample=$2 usbkeyd=$3 admin=$4 module=$5
pki=$PWD/provisioning/pki
work=$(mktemp -d)
engine=
trap 'engine_stop; rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

engine_start() {
    "$usbkeyd" --state "$work/state" --socket "$work/socket" >engine.log 2>&1 </dev/null &
    engine=$!
    for _ in $(seq 100); do
        [ -S "$work/socket" ] && return
        sleep 0.05
    done
    echo "usbkeyd did not start"
    cat engine.log
    exit 1
}
engine_stop() {
    [ -z "$engine" ] || { kill "$engine"; wait "$engine"; } 2>/dev/null
    engine=
}
must() { "$@" >log 2>&1 || { echo "FAILED: $*"; cat log; exit 1; }; }
# check CODE TEXT COMMAND..: exit code and something the output says
check() {
    code=$1 text=$2
    shift 2
    "$@" >out 2>&1 </dev/null
    got=$?
    if [ "$got" -ne "$code" ] || ! grep -qF -- "$text" out; then
        echo "FAILED: $* gave $got, wanted $code and \"$text\":"
        cat out
        failed=1
    fi
}

# A DP+ token whose root key is 00 01 .. 1F, as in the design's known answers.
echo so-pin-1234 >so.pin
echo 84736251 >user.pin
echo 15263748 >wrong.pin
echo A50102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F >component1
echo A500000000000000000000000000000000000000000000000000000000000000 >component2
engine_start
token() { "$admin" --socket "$work/socket" --so-pin-file so.pin --pin-file user.pin "$@"; }
must "$pki/make-pki.sh" --out pki
must token init --label dp --role dp
must token root import --component-file component1 --component-file component2
must token key generate batch
must token csr batch --out batch.csr --oid 2.999.10
must "$pki/sign-csr.sh" --ca pki --role batch --csr batch.csr --out batch.der
must token cert import batch --cert batch.der
export USBKEY_SOCKETS=$work/socket
cat >dp.json <<CONFIG
{"module": "$module", "token": "pkcs11:token=dp", "pin_file": "$work/user.pin",
 "ci": ["$work/pki/ci.der"]}
CONFIG
book() { "$dpplus" --db orders.db "$@"; }

eid=89049032123451234512345678901235
iccid=89019990001234567893
must "$upp_sample" --iccid $iccid --out profile.der

check 0 "usage: dpplus --db FILE COMMAND" "$dpplus" --help
check 0 "dpplus " "$dpplus" --version
check 1 "usage" "$dpplus"
check 1 "no command" book nonsense
check 1 "usage" book order --eid $eid
check 7 "no order book" book orders
check 1 "no EID" book order --eid 123 --upp profile.der
check 1 "No such file" book order --eid $eid --upp missing.der
check 7 "no valid profile package" book order --eid $eid --upp dp.json
[ ! -e orders.db ] || { echo "FAILED: a refused order made a book"; failed=1; }
check 0 "ordered: EID $eid, ICCID $iccid" book order --eid $eid --upp profile.der
check 7 "already ordered for EID $eid" book order --eid $eid --upp profile.der
check 7 "another EID" book order --eid "$(cat pki/eid.txt)" --upp profile.der
check 0 "released" book orders
check 0 "\"iccid\":\"$iccid\",\"state\":\"released\"" book orders --json

sed 's/user.pin/wrong.pin/' dp.json >wrong.json
check 5 "CKR_PIN_INCORRECT" book export --config wrong.json --out b.ppb
sed 's/token=dp/token=other/' dp.json >other.json
check 5 "engine not running or token not there" book export --config other.json --out b.ppb
sed 's/^{/{"root_key_version": 9, /' dp.json >version.json
check 5 "no root key of version 9" book export --config version.json --out b.ppb
sed 's/^{/{"pin": "84736251", /' dp.json >unknown.json
check 1 'unknown key "pin"' book export --config unknown.json --out b.ppb
engine_stop
check 5 "engine not running" book export --config dp.json --out b.ppb
engine_start
[ -z "$(ls ./*.ppb ./*.part 2>/dev/null)" ] || { echo "FAILED: a failed export left a file"; failed=1; }
check 0 '"state":"released"' book orders --json

check 0 "exported: 1 profiles to b.ppb" book export --config dp.json --out b.ppb
check 0 '"state":"exported"' book orders --json
check 7 "no released order" book export --config dp.json --out c.ppb
check 7 "name another file" book export --config dp.json --out b.ppb
check 1 "is no batch" book export --config dp.json --out dp.json

# The first segment under the PPK set of the design's section 3: ICV is the
# counter under PPK-ENC, then CBC (SGP.22 2.6.4).
image=$(($(stat -c %s b.ppb) - 12 - 0x$(tail -c 12 b.ppb | head -c 4 | basenc --base16)))
head -c "$image" b.ppb >image.db
key=7BE31736560DFD2395EA03379EA23561
openssl enc -d -aes-128-cbc -nopad -K $key -iv "$(printf %031d1 0 | basenc --base16 -d |
    openssl enc -aes-128-ecb -nopad -K $key | basenc --base16 -w 0)" \
    -in <(sqlite3 image.db 'SELECT hex(ppp) FROM profile' | basenc --base16 -d |
        tail -c +5 | head -c 1008) | head -c 1007 >first
cmp first <(head -c 1007 profile.der) || { echo "FAILED: known answer of the PPK set"; failed=1; }

id=$(sqlite3 image.db 'SELECT id FROM batch')
echo '{"format":"ppr","version":1}' >r.ppr
echo "{\"eid\":\"$eid\",\"iccid\":\"$iccid\",\"batch\":\"$id\",\"result\":\"failed\",\"error\":\"timeout\"}" >>r.ppr
check 0 "1 failed" book results import r.ppr
check 0 "1 known already" book results import r.ppr --ci pki/ci.der
check 1 "is not a CI certificate" book results import r.ppr --ci pki/eum.der
check 1 "No such file" book results import missing.ppr
check 7 "this is no results file" book results import profile.der
sed 's/timeout/other/; s/89019990/89019991/' r.ppr >foreign.ppr
check 7 "no such ICCID was ordered here" book results import foreign.ppr
check 0 '"state":"error"' book orders --json

if grep -aqE '84736251|15263748' out log engine.log; then
    echo "FAILED: invariant 8: a PIN is in an output"
    failed=1
fi
[ "$failed" -eq 0 ] && echo "dpplus: all as it should be"
exit "$failed"
