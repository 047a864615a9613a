# shellcheck shell=bash
# The token as usbkey-admin shows it. Sourced by bash, after ceremony.sh; wants
# $admin, $socket, $so_pin.

# usbkey-admin without a PIN, and as the security officer.
token_admin() { "$admin" --socket "$socket" "$@"; }
as_officer() { token_admin --so-pin-file <(printf '%s\n' "$so_pin") "$@"; }

find_admin()
{
    [ -z "$admin" ] || return 0
    admin=$(command -v usbkey-admin || true)
    [ -n "$admin" ] || admin=$here/../build/token/admin/usbkey-admin
    [ -x "$admin" ] || die 1 'usbkey-admin is not in PATH: name it with --admin'
}

# --- status: key paths such as $.roots[0].version to text ---------------------------

declare -A status

# Nothing here is secret. sqlite3 reads JSON; null values are left out.
status_read()
{
    local json line
    json=$(token_admin status --json) || exit 5
    status=()
    while IFS= read -r line; do
        status[${line%%=*}]=${line#*=}
    done < <(printf "select replace(fullkey, '\"', '') || '=' || atom from json_tree('%s') where atom is not null;\n" \
        "${json//\'/\'\'}" | sqlite3 -batch :memory:)
    [ -n "${status['$.firmware']:-}" ] || die 5 "no status of the token at $socket"
}

# The value of a path, empty when there is none.
status_of() { printf '%s' "${status["\$.$1"]:-}"; }
status_is() { [ "${status["\$.$1"]:-}" = 1 ]; }

# status_find LIST FIELD VALUE: sets REPLY to "LIST[n]" of the first that fits.
status_find()
{
    local i
    for ((i = 0; ; i++)); do
        REPLY="$1[$i]"
        [ -n "${status["\$.$REPLY.label"]:-}" ] || return 1
        [ "${status["\$.$REPLY.$2"]:-}" != "$3" ] || return 0
    done
}

has_key() { status_find keys label "$1"; }
has_certificate() { status_find certificates label "$1"; }

# --- the key store behind the engine ------------------------------------------------

# What usbkey-admin doctor says of it; a key store that will not do ends the ceremony
# before a key is in it. Into the record once, and when it has changed.
stage_keystore()
{
    local text code=0 verdict line
    heading 'The key store'
    text=$(as_officer doctor) || code=$?
    verdict=$(printf '%s\n' "$text" | sed -n 's/^verdict: //p')
    line="key store $(printf '%s\n' "$text" | sed -n 's/^key store: *//p'): $verdict"
    if [ "$code" -ne 0 ]; then
        printf '%s\n' "$text"
        die 5 'the key store will not do: see docs/hardware.md'
    fi
    if [ -f "$record" ] && grep -qF "$line" "$record"; then
        say "$line"
        return 0
    fi
    record_line "$line"
    printf '%s\n' "$text" | sed -n 's/^  no  *\(refuses \)/does not: \1/p' | while IFS= read -r line; do
        record_more "$line"
    done
}

# --- the journal --------------------------------------------------------------------

# Its lines, each as it is hashed, into journal_lines.
journal_read()
{
    local text
    text=$(as_officer audit export) || exit 5
    mapfile -t journal_lines <<<"$text"
}

# Does an event of this name follow the last initialisation?
journal_has()
{
    printf '%s\n' "${journal_lines[@]}" |
        awk -v want="\"event\":\"$1\"" '
            /"event":"initialise( again)?"/ { found = 0 }
            index($0, want) { found = 1 }
            END { exit !found }'
}

# Ids of the batches the policy allows, in groups of blanks; "any" when it names none.
batches_of_policy()
{
    local i id ids=
    for ((i = 0; ; i++)); do
        id=$(status_of "policy.batches[$i]")
        [ -n "$id" ] || break
        ids+="${ids:+ }$id"
    done
    printf '%s' "${ids:-any}"
}

# A limit of the policy, "none" when there is none.
policy_of()
{
    local value
    value=$(status_of "policy.$1")
    printf '%s' "${value:-none}"
}
