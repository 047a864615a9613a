#!/bin/bash
# A line USBKey of usbkeyd and SoftHSM2 for test_usbkey.c.
# usage: usbkey.sh TEST USBKEYD USBKEY-ADMIN MODULE; run in the source root.
set -eu
test=$1 usbkeyd=$2 admin=$3 module=$4
pki=$PWD/provisioning/pki
work=$(mktemp -d)
engine=
trap '[ -z "$engine" ] || kill "$engine" || true; rm -rf "$work"' EXIT
cd "$work"
"$usbkeyd" --state "$work/state" --socket "$work/socket" >engine.log 2>&1 </dev/null &
engine=$!
for _ in $(seq 100); do
    [ ! -S "$work/socket" ] || break
    sleep 0.05
done
echo so-pin-1234 >so.pin
echo 12345678 >user.pin
echo 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F >component1
echo 0100000000000000000000000000000000000000000000000000000000000000 >component2
token() { "$admin" --socket "$work/socket" --so-pin-file so.pin --pin-file user.pin "$@" >log 2>&1 || { cat log; exit 1; }; }
"$pki/make-pki.sh" --out pki 2>log
token init --label line --role line
token root import --component-file component1 --component-file component2
for key in dpauth dppb; do
    token key generate $key
    token csr $key --out $key.csr --oid 2.999.10
    "$pki/sign-csr.sh" --ca pki --role $key --csr $key.csr --out $key.der 2>log
done
token trust pki/ci.der
for key in dpauth dppb; do
    token cert import $key --cert $key.der
done
export USBKEY_SOCKETS=$work/socket
P11_MODULE=$module P11_PIN_FILE=$work/user.pin "$test"
