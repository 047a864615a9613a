# shellcheck shell=bash
# The record of a key ceremony: plain text to print and sign, without a secret.
# Sourced by bash, after ceremony_token.sh; wants $record, $officer.
#
# It grows line by line as things are done, so that an interruption leaves a true
# record of what was; a later session goes on in the same file. The token's journal
# says the same with the token's own authority, and is quoted at the end.

record_open=no

# What is written to the record is shown, too.
record_line()
{
    local stamp
    if [ "$record_open" = no ]; then
        record_open=yes
        record_start
    fi
    say "$*"
    stamp=$(date -u +%H:%M:%S)
    record_write '  %s  %s\n' "$stamp" "$*"
}

# A further line to the one before.
record_more()
{
    say "    $*"
    record_write '            %s\n' "$*"
}

# shellcheck disable=SC2059 # the format is ours
record_write() { printf "$@" >>"$record" || die 1 "$record: cannot write"; }

record_start()
{
    if [ ! -s "$record" ]; then
        record_write 'KEY CEREMONY RECORD\n===================\n'
        record_write 'Of a token set up with token-init.sh of euicc-line. It holds no secret.\n'
    fi
    record_write '\nSession of %s UTC on %s\n' "$(date -u '+%Y-%m-%d %H:%M')" "$(uname -n)"
    record_write '            security officer %s, firmware %s\n' "$officer" "$(status_of firmware)"
}

# record_field NAME TEXT
record_field() { printf '  %-16s %s\n' "$1" "$2"; }

describe_keys()
{
    local i label certificate
    for ((i = 0; ; i++)); do
        label=$(status_of "roots[$i].label")
        [ -n "$label" ] || break
        record_field "$label" "root key, check value $(in_groups "$(status_of "roots[$i].check_value")" 2)"
    done
    for ((i = 0; ; i++)); do
        label=$(status_of "retired[$i].label")
        [ -n "$label" ] || break
        record_field "$label" "RETIRED, check value $(in_groups "$(status_of "retired[$i].check_value")" 2)"
    done
    for ((i = 0; ; i++)); do
        label=$(status_of "keys[$i].label")
        [ -n "$label" ] || break
        record_field "$label" "private key on $(status_of "keys[$i].curve"), public key"
        status_of "keys[$i].public_key" | fold -w 64 | sed 's/^/                     /'
        echo
        has_certificate "$label" || continue
        certificate=$REPLY
        describe_certificate "$certificate" certificate "$label"
    done
    for ((i = 0; ; i++)); do
        label=$(status_of "trusted[$i].label")
        [ -n "$label" ] || break
        describe_certificate "trusted[$i]" 'trusted CI' ci
    done
}

# describe_certificate PATH WHAT KEY; its SHA-256 stands in the journal.
describe_certificate()
{
    local serial oid
    serial=$(status_of "$1.serial")
    oid=$(status_of "$1.oid")
    record_field "$2" "$(status_of "$1.subject")${oid:+, OID $oid}"
    record_field '' "serial $serial"
    record_field '' "valid to $(status_of "$1.not_after")"
    record_field '' "SHA-256 $(printf '%s\n' "${journal_lines[@]}" |
        grep "\"key\":\"$3\",\"certificate\":\"$serial\"" | tail -n 1 |
        sed 's/.*"sha256":"\([0-9A-F]*\)".*/\1/')"
}

describe_token()
{
    local quota retries not_after id label=batches development=no
    ! status_is development || development='YES: private keys may have been imported'
    quota=$(status_of policy.quota)
    retries=$(status_of policy.retries)
    not_after=$(status_of policy.not_after)
    record_field serial "$(status_of serial)"
    record_field label "$(status_of label)"
    record_field role "$(status_of role)"
    record_field development "$development"
    describe_keys
    record_field quota "${quota:-no limit}${quota:+ profiles}"
    record_field retries "${retries:-no limit}${retries:+ per profile}"
    record_field 'not after' "${not_after:-no limit}"
    for id in $(batches_of_policy); do
        record_field "$label" "$id"
        label=
    done
    record_field journal "${#journal_lines[@]} entries, chain verified; SHA-256 of the last"
    printf '%s' "${journal_lines[-1]}" | openssl dgst -sha256 -r | cut -c 1-64 | tr a-f A-F |
        sed 's/^/                     /'
}

# The entries that make the token what it is, without the links of the chain.
describe_journal()
{
    printf '%s\n' "${journal_lines[@]}" |
        grep -E '"event":"(initialise|root|key|certificate|trust|policy|pin)' |
        sed -E 's/,"prev":"[0-9A-F]*"\}$//; s/^\{"seq":([0-9]+),"time":"([^"]*)","event":"([^"]*)"/\1 \2 \3/; s/,"([a-z_0-9]+)":/ \1=/g; s/"//g' |
        fold -s -w 92 | sed -E 's/ +$//; s/^/  /; /^  [0-9]+ 20[0-9-]+T/!s/^/      /'
}

# Custodians of this and earlier sessions, each once.
record_custodians()
{
    sed -n 's/.* component [0-9]* of [0-9]* by \(.*\): check value .*/\1/p' "$record" |
        awk '!seen[$0]++'
}

signature_line() { printf '  %-34s ______________________________  ____________\n\n' "$1"; }

# The end of the record; wants a status and a journal just read.
record_close()
{
    local text
    text=$(
        printf '\nThe token at the end of the ceremony\n'
        describe_token
        printf '\nIts journal of the ceremony\n'
        describe_journal
        printf '\nSignatures (name, signature, date)\n\n'
        signature_line "$officer, security officer"
        record_custodians | while IFS= read -r name; do
            signature_line "$name, custodian"
        done
        signature_line 'witness'
        printf 'End of record of token %s' "$(status_of serial)"
    )
    record_write '%s\n' "$text"
}

record_is_complete()
{
    [ -f "$record" ] && grep -qxF "End of record of token $(status_of serial)" "$record"
}
