# shellcheck shell=bash
# Stages of a key ceremony: key pairs and their requests, trusted CI, certificates.
# Sourced by bash, after ceremony_record.sh.

# Keys of the token's role.
role_keys()
{
    case $role in
    line) echo dpauth dppb ;;
    dp) echo batch ;;
    esac
}

# What the options name must be of this role.
check_role_options()
{
    local key
    for key in "${!certificate_files[@]}" "${!key_files[@]}"; do
        [[ " $(role_keys) " == *" $key "* ]] || die 1 "a $role token has no key $key"
    done
    [ "${#cis[@]}" -eq 0 ] || [ "$role" = line ] || die 1 '--ci: a dp token trusts no CI'
}

# --- certificate files, PEM or DER ------------------------------------------------

certificate_openssl()
{
    local file=$1
    shift
    openssl x509 -in "$file" "$@" 2>/dev/null || openssl x509 -inform DER -in "$file" "$@" 2>/dev/null
}

certificate_digest()
{
    certificate_openssl "$1" -outform DER | openssl dgst -sha256 -r | cut -c 1-64 | tr a-f A-F
}


# --- keys and requests --------------------------------------------------------------

stage_keys()
{
    local key
    heading 'Keys and certificate requests'
    for key in $(role_keys); do
        if has_key "$key"; then
            say "There already: $key"
        elif [ -n "${key_files[$key]:-}" ]; then
            as_officer key import "$key" --key "${key_files[$key]}" >/dev/null || exit 5
            record_line "key $key IMPORTED into this development token"
        else
            as_officer key generate "$key" >/dev/null || exit 5
            record_line "key $key generated in the token"
            keys_are_new=yes
        fi
    done
    status_read
    for key in $(role_keys); do
        has_certificate "$key" || [ -n "${certificate_files[$key]:-}" ] || write_request "$key"
    done
}

request_file()
{
    printf '%s/%s-%s.csr' "$out" "$(printf '%s' "$label" | tr -c 'A-Za-z0-9._-' _)" "$1"
}

# The public key of a request, as the token's status shows it.
request_point()
{
    openssl req -in "$1" -noout -pubkey 2>/dev/null | openssl pkey -pubin -outform DER 2>/dev/null |
        tail -c 65 | od -An -v -tx1 | tr -d ' \n' | tr a-f A-F
}

request_oid()
{
    openssl req -in "$1" -noout -text | sed -n 's/.*Registered ID:\([0-9.]*\).*/\1/p'
}

write_request()
{
    local file
    file=$(request_file "$1")
    has_key "$1"
    if [ -s "$file" ] && [ "$(request_point "$file")" = "$(status_of "$REPLY.public_key")" ]; then
        say "There already: $file"
        return 0
    fi
    if [ "$role" = line ] && [ -z "$oid" ]; then
        need_tty "The DP's OID" --oid
        while ! [[ $oid =~ ^[0-2](\.[0-9]+)+$ ]]; do
            ask "The DP's OID (dotted, as registered)"
            oid=$REPLY
        done
    fi
    if [ -z "$org" ] && interactive; then
        ask 'Organisation in the requests (empty: none)'
        org=$REPLY
    fi
    as_officer csr "$1" --out "$file" ${oid:+--oid "$oid"} ${org:+--org "$org"} \
        ${cn:+--cn "$cn"} || exit 5
    record_line "request of $1: $file"
    record_more "SHA-256 $(openssl dgst -sha256 -r "$file" | cut -c 1-64 | tr a-f A-F)"
}

# --- trust and certificates -----------------------------------------------------------

ci_is_trusted()
{
    certificate_openssl "$1" -noout || die 1 "$1: no certificate"
    status_find trusted sha256 "$(certificate_digest "$1")"
}

stage_trust()
{
    local file
    heading 'Trusted CI'
    [ -z "$pki" ] || [ "${#cis[@]}" -gt 0 ] || cis=("$pki/ci.pem")
    if [ "${#cis[@]}" -eq 0 ] && [ -z "$(status_of 'trusted[0].label')" ] &&
        [ "$keys_are_new" = no ] && interactive; then
        ask_file 'Certificate of the CI to trust'
        [ -z "$REPLY" ] || cis=("$REPLY")
    fi
    for file in "${cis[@]}"; do
        if ci_is_trusted "$file"; then
            say "Trusted already: $file"
        else
            as_officer trust "$file" >/dev/null || exit 5
            record_line "CI trusted: $file"
            record_more "SHA-256 $(certificate_digest "$file")"
        fi
    done
    status_read
}

# A file that can be read, or nothing; sets REPLY.
ask_file()
{
    while :; do
        ask "$1, file (empty: later)"
        [ -n "$REPLY" ] && [ ! -r "$REPLY" ] || return 0
        say "$REPLY: cannot read"
    done
}

# Issues the certificate of a key with the CA of --pki; sets REPLY to its file.
issue_certificate()
{
    local request file
    request=$(request_file "$1")
    file=${request%.csr}.pem
    sh "$here/pki/sign-csr.sh" --ca "$pki" --role "$1" --csr "$request" --out "$file" \
        --oid "$(request_oid "$request" | grep . || echo 2.999.10)" || die 1 "$pki: could not certify $1"
    REPLY=$file
}

# The file of the certificate to import for key $1; sets REPLY, empty for none.
find_certificate()
{
    REPLY=${certificate_files[$1]:-}
    [ -z "$REPLY" ] || return 0
    if has_certificate "$1"; then
        REPLY=
        return 0
    fi
    REPLY=
    if [ -n "$pki" ]; then
        issue_certificate "$1"
    elif [ "$keys_are_new" = no ] && interactive; then
        # None can be there for a key that was made a moment ago.
        ask_file "Certificate of $1"
    fi
}

stage_certificates()
{
    local key file
    heading 'Certificates'
    for key in $(role_keys); do
        find_certificate "$key"
        file=$REPLY
        if has_certificate "$key" && { [ -z "$file" ] ||
            [ "$(certificate_digest "$file")" = "$(status_of "$REPLY.sha256")" ]; }; then
            say "There already: $key, valid to $(status_of "$REPLY.not_after")"
        elif [ -n "$file" ]; then
            as_officer cert import "$key" --cert "$file" >/dev/null || exit 5
            record_line "certificate of $key: $file"
            record_more "SHA-256 $(certificate_digest "$file")"
        fi
    done
    status_read
}

# Says what to bring and ends, when something is missing.
stop_for_certificates()
{
    local key missing=()
    [ "$role" = dp ] || [ -n "$(status_of 'trusted[0].label')" ] || missing+=('--ci CI_CERTIFICATE')
    for key in $(role_keys); do
        has_certificate "$key" || missing+=("--$key-cert CERTIFICATE")
    done
    [ "${#missing[@]}" -gt 0 ] || return 0
    [ "$record_open" = no ] || record_line 'session ended: waiting for certificates'
    heading 'Waiting for certificates'
    for key in $(role_keys); do
        has_certificate "$key" || say "Have this request certified: $(request_file "$key")"
    done
    say "Then run this again with --socket $socket --record $record"
    printf '    %s\n' "${missing[@]}"
    exit 0
}
