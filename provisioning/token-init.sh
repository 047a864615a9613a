#!/bin/bash
# Sets up a token - a line's USBKey or a DP+ token - in a key ceremony: guided on the
# terminal, or from files. Asks the token what is there already and goes on from
# there, so it can be interrupted anywhere and run again. docs/key-ceremony.md.
{ set +x; } 2>/dev/null # secrets stand in variables: no trace may show them
set -eu
umask 077
ulimit -c 0
here=$(dirname "$(realpath "$0")")
# shellcheck source=provisioning/lib/ceremony.sh
. "$here/lib/ceremony.sh"
# shellcheck source=provisioning/lib/ceremony_token.sh
. "$here/lib/ceremony_token.sh"
# shellcheck source=provisioning/lib/ceremony_record.sh
. "$here/lib/ceremony_record.sh"
# shellcheck source=provisioning/lib/ceremony_root.sh
. "$here/lib/ceremony_root.sh"
# shellcheck source=provisioning/lib/ceremony_keys.sh
. "$here/lib/ceremony_keys.sh"

usage()
{
    cat <<'TEXT'
usage: provisioning/token-init.sh [OPTIONS]
       provisioning/token-init.sh --generate-component FILE

Sets up a token over usbkey-admin: PINs, root key from components, keys, requests
and certificates, trusted CI, policy, a record to sign. What no option gives is
asked for on the terminal. Run it again after an interruption, or with the
certificates: it goes on where the token stands.

the token
  --socket PATH            its engine (default /run/usbkeyd/usbkeyd.sock)
  --label L                1 to 32 bytes
  --role line|dp           a line's USBKey, or the DP+'s token
  --development            private keys may be imported; for ever
the people
  --officer NAME           the security officer
  --custodian NAME         once per component, in their order
  --record FILE            the ceremony's record; grows with every session
PINs, each file one line
  --so-pin-file F          the security officer's; with it, only what cannot be left
                           out is asked for
  --pin-file F             the user's
root key
  --component-file F       once per component, 2 to 8; 64 hexadecimal digits
  --check-value HEX        once per component: what its envelope says
  --root-check-value HEX   what the root key must have, when another token has it
  --root-version N         1 to 255; makes a further root key on a token that has one
  --retire-root N          destroys the root key of an old version, for ever
keys and certificates
  --oid OID --org NAME --cn NAME    of the requests; --oid is the DP's, for line
  --out DIR                where the requests go (default: beside the record)
  --ci FILE                CI to trust (line); may be repeated
  --dpauth-cert F --dppb-cert F     certificates of a line's keys
  --batch-cert F           certificate of a DP+ token's batch key
  --pki DIR                a folder of pki/make-pki.sh issues them here and now
  --dpauth-key F --dppb-key F       private keys to import (--development)
policy
  --quota N|none           distinct profiles the token may release
  --retries N|none         releases of one profile beyond the first
  --not-after DATE|none    YYYY-MM-DD, UTC, to the end of that day
  --batch ID|any           batch it may release, 32 hexadecimal digits; up to 16 times
other
  --generate-component FILE         makes a component in FILE (- for none), and
                           prints the page for its envelope
  --admin PATH             usbkey-admin, when it is not in PATH
  --help

exit status: 0 done, or waiting for certificates; 1 usage or configuration; 5 token
TEXT
}

# --- options -----------------------------------------------------------------------

socket=/run/usbkeyd/usbkeyd.sock
label='' role='' development=no
officer='' record=''
so_pin_file='' pin_file=''
root_check_value='' root_version='' retire_root=''
oid='' org='' cn='' out='' pki=''
quota='' retries='' not_after=''
generate='' admin=''
custodians=() component_files=() check_values=() cis=() batches=()
declare -A certificate_files=() key_files=()

parse()
{
    while [ $# -gt 0 ]; do
        case $1 in
        --help) usage; exit 0 ;;
        --development) development=yes; shift; continue ;;
        --*) [ $# -ge 2 ] || die 1 "$1 needs a value; --help lists the options" ;;
        *) die 1 "$1: not expected; --help lists the options" ;;
        esac
        case $1 in
        --socket) socket=$2 ;;
        --label) label=$2 ;;
        --role) role=$2 ;;
        --officer) officer=$2 ;;
        --custodian) custodians+=("$2") ;;
        --record) record=$2 ;;
        --so-pin-file) so_pin_file=$2 ;;
        --pin-file) pin_file=$2 ;;
        --component-file) component_files+=("$2") ;;
        --check-value) check_values+=("$2") ;;
        --root-check-value) root_check_value=$2 ;;
        --root-version) root_version=$2 ;;
        --retire-root) retire_root=$2 ;;
        --oid) oid=$2 ;;
        --org) org=$2 ;;
        --cn) cn=$2 ;;
        --out) out=$2 ;;
        --ci) cis+=("$2") ;;
        --dpauth-cert | --dppb-cert | --batch-cert)
            key=${1#--}
            certificate_files[${key%-cert}]=$2
            ;;
        --dpauth-key | --dppb-key)
            key=${1#--}
            key_files[${key%-key}]=$2
            ;;
        --pki) pki=$2 ;;
        --quota) quota=$2 ;;
        --retries) retries=$2 ;;
        --not-after) not_after=$2 ;;
        --batch) batches+=("$2") ;;
        --generate-component) generate=$2 ;;
        --admin) admin=$2 ;;
        *) die 1 "$1: no such option; --help lists them" ;;
        esac
        shift 2
    done
}

is_version() { [[ $1 =~ ^[1-9][0-9]{0,2}$ ]] && [ "$1" -le 255 ]; }

# Ids as the token's status shows them, or "any" alone.
batches_normalise()
{
    local i id
    for ((i = 0; i < ${#batches[@]}; i++)); do
        id=${batches[i]//[ -]/}
        batches[i]=${id^^}
        if [ "$id" = any ] && [ "${#batches[@]}" -eq 1 ]; then
            batches[i]=any
        elif ! [[ ${batches[i]} =~ ^[0-9A-F]{32}$ ]]; then
            die 1 "--batch $id: 32 hexadecimal digits, or any alone"
        fi
    done
}

# Everything that can be said before a token is touched.
check_options()
{
    local file i name
    for file in "${cis[@]}" "${certificate_files[@]}" "${key_files[@]}"; do
        [ -r "$file" ] || die 1 "$file: cannot read"
    done
    [ -z "$pki" ] || [ -d "$pki" ] || die 1 "--pki $pki: no folder of pki/make-pki.sh"
    for ((i = 0; i < ${#check_values[@]}; i++)); do
        check_value_normalise "${check_values[i]}" ||
            die 1 "--check-value ${check_values[i]}: 10 hexadecimal digits"
        check_values[i]=$REPLY
    done
    if [ -n "$root_check_value" ]; then
        check_value_normalise "$root_check_value" ||
            die 1 "--root-check-value $root_check_value: 10 hexadecimal digits"
        root_check_value=$REPLY
    fi
    [ -z "$root_version" ] || is_version "$root_version" || die 1 '--root-version: 1 to 255'
    [ -z "$retire_root" ] || is_version "$retire_root" || die 1 '--retire-root: 1 to 255'
    [ -z "$retire_root" ] || [ "$retire_root" != "$root_version" ] ||
        die 1 '--root-version and --retire-root name the same version'
    batches_normalise
    for name in "${custodians[@]}"; do
        is_text "$name" || die 1 'a custodian is 1 to 64 characters, none of them a control character'
    done
    [ "${#check_values[@]}" -eq 0 ] || [ "${#check_values[@]}" -eq "${#component_files[@]}" ] ||
        die 1 '--check-value: once for every --component-file, or not at all'
}

# Optional questions are for a person who is there anyway.
interactive() { [ -z "$so_pin_file" ] && tty_there; }

# --- the token ----------------------------------------------------------------------

stage_token()
{
    heading 'The token'
    status_read
    take_name officer 'Security officer (name)' --officer
    take_name record 'File of the ceremony record' --record
    [ -n "$out" ] || out=$(dirname "$record")
    [ -d "$out" ] || die 1 "$out: no folder"
    : >>"$record" || die 1 "$record: cannot write"
    if status_is initialised; then
        match_token
    else
        initialise_token
    fi
    role=$(status_of role)
    label=$(status_of label)
    if ! status_is user_pin.set; then
        take_pin user_pin "$pin_file" 'New user PIN' --pin-file new
        as_officer pin unblock --new-pin-file <(printf '%s\n' "$user_pin") >/dev/null || exit 5
        record_line 'user PIN set'
    fi
    user_pin=''
}

match_token()
{
    local what
    what="\"$(status_of label)\", role $(status_of role), serial $(status_of serial)"
    [ -z "$label" ] || [ "$label" = "$(status_of label)" ] ||
        die 5 "the token at $socket is $what, not \"$label\": name another --socket"
    [ -z "$role" ] || [ "$role" = "$(status_of role)" ] ||
        die 5 "the token at $socket is $what, not of role $role"
    [ "$development" = no ] || status_is development ||
        die 5 "the token at $socket is $what, and was not initialised for development"
    say "Initialised already: $what"
    take_pin so_pin "$so_pin_file" "Security officer's PIN" --so-pin-file old
    as_officer audit verify || exit 5
}

initialise_token()
{
    local options=()
    if [ -z "$label" ]; then
        need_tty 'Label of the token' --label
        ask 'Label of the token'
        label=$REPLY
    fi
    take_choice role 'Role' --role line dp
    check_role_options
    take_pin so_pin "$so_pin_file" "New security officer's PIN" --so-pin-file new
    take_pin user_pin "$pin_file" 'New user PIN' --pin-file new
    [ "$so_pin" != "$user_pin" ] || die 1 'the two PINs are the same: they are for two people'
    [ "$development" = no ] || options+=(--development)
    if interactive; then
        confirm "Initialise this blank token as \"$label\", role $role${options:+, DEVELOPMENT}?" ||
            die 1 'nothing was done'
    fi
    as_officer --pin-file <(printf '%s\n' "$user_pin") init --label "$label" --role "$role" \
        "${options[@]}" >/dev/null || exit 5
    status_read
    record_line "token initialised: serial $(status_of serial), label \"$(status_of label)\"," \
        "role $(status_of role)${options:+, DEVELOPMENT}; both PINs set"
}

# --- policy, record ---------------------------------------------------------

# A date of the option as the token shows it.
date_text()
{
    case $1 in
    ????-??-??) printf '%sT23:59:59Z' "$1" ;;
    *) printf '%s' "$1" ;;
    esac
}

policy_text()
{
    printf 'quota %s, retries %s, not after %s, batches %s' "$(policy_of quota)" \
        "$(policy_of retries)" "$(policy_of not_after)" "$(batches_of_policy)"
}

# Does the token's policy say what the options say?
policy_stands()
{
    [ "${quota:-$(policy_of quota)}" = "$(policy_of quota)" ] &&
        [ "${retries:-$(policy_of retries)}" = "$(policy_of retries)" ] &&
        [ "$(date_text "${not_after:-$(policy_of not_after)}")" = "$(policy_of not_after)" ] &&
        [ "${batches[*]:-$(batches_of_policy)}" = "$(batches_of_policy)" ]
}

ask_policy()
{
    ask 'Distinct profiles this token may release (none: no limit)' none
    quota=$REPLY
    ask 'Further releases of one profile, where a load fails (none: no limit)' none
    retries=$REPLY
    ask 'Last day it may release, YYYY-MM-DD (none: no limit)' none
    not_after=$REPLY
    ask 'Batches it may release, each 32 digits (any: no limit)' any
    read -r -a batches <<<"$REPLY"
    batches_normalise
}

stage_policy()
{
    local asked=no options=() id
    heading 'Policy'
    journal_read
    if [ -z "$quota$retries$not_after${batches[*]}" ] && interactive && ! journal_has policy; then
        asked=yes
        ask_policy
    fi
    if [ "$asked" = no ] && policy_stands; then
        say "There already: $(policy_text)"
        return 0
    fi
    for id in "${batches[@]}"; do
        options+=(--batch "$id")
    done
    as_officer policy ${quota:+--quota "$quota"} ${retries:+--retries "$retries"} \
        ${not_after:+--not-after "$not_after"} "${options[@]}" >/dev/null || exit 5
    status_read
    record_line "policy: $(policy_text)"
}

stage_record()
{
    heading 'The record'
    if [ "$record_open" = no ] && record_is_complete; then
        say "Nothing was left to do. The record is $record"
        return 0
    fi
    as_officer audit verify || exit 5
    journal_read
    status_read
    record_line 'ceremony complete'
    record_close
    say "The record is $record: print it, have it signed, keep it with the journal's head."
}

finish()
{
    local code=$?
    trap - EXIT
    tty_restore
    [ "$code" -lt 128 ] || warn 'interrupted; run it again to go on'
    exit "$code"
}

parse "$@"
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
find_admin
if [ -n "$generate" ]; then
    generate_component "$generate"
    exit 0
fi
check_options
command -v sqlite3 >/dev/null || die 1 'sqlite3 is not installed: run provisioning/setup.sh'
so_pin='' user_pin='' component='' components=() keys_are_new=no
stage_token
check_role_options
stage_keystore
stage_root
stage_retire
stage_keys
[ "$role" = dp ] || stage_trust
stage_certificates
stop_for_certificates
stage_policy
stage_record
