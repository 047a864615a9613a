# shellcheck shell=bash
# What a key ceremony's script needs: messages, questions on the terminal, secrets
# that stay in variables of the shell. Sourced by bash.
#
# A secret is never an argument of a program and never in a file of ours: printf is
# a builtin, and programs read from <(..), which is a pipe.

say() { printf '%s\n' "$*"; }
heading() { printf '\n== %s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# die EXIT TEXT: 1 usage or configuration, 5 token.
die()
{
    local code=$1
    shift
    warn "$*"
    exit "$code"
}

# --- the terminal ---------------------------------------------------------------

# Opens it as descriptor 9, once.
tty_open=no
tty_there()
{
    if [ "$tty_open" = no ] && { exec 9<>/dev/tty; } 2>/dev/null; then
        tty_open=yes
    fi
    [ "$tty_open" = yes ]
}

# Echo comes back however the script ends.
tty_restore()
{
    [ "$tty_open" = no ] || stty echo <&9 2>/dev/null || true
}

# need_tty WHAT OPTION: for what nobody else can say.
need_tty()
{
    tty_there || die 1 "$1 is needed: give $2, or run this on a terminal"
}

# ask QUESTION [DEFAULT]: sets REPLY.
ask()
{
    printf '%s%s: ' "$1" "${2:+ [$2]}" >&9
    IFS= read -r REPLY <&9 || die 1 'the terminal was closed'
    [ -n "$REPLY" ] || REPLY=${2:-}
}

# The same without echo, which is off before the question is seen.
ask_secret()
{
    stty -echo <&9
    ask_hushed "$1"
    stty echo <&9
}

# With echo off already.
ask_hushed()
{
    printf '%s: ' "$1" >&9
    IFS= read -r REPLY <&9 || die 1 'the terminal was closed'
    printf '\n' >&9
}

# confirm QUESTION: yes or no, nothing else.
confirm()
{
    while :; do
        ask "$1 (yes or no)"
        case $REPLY in
        yes) return 0 ;;
        no) return 1 ;;
        esac
    done
}

# --- what people say --------------------------------------------------------------

# A name, a file: text of one line.
is_text() { [ -n "$1" ] && [ "${#1}" -le 64 ] && [[ $1 != *[[:cntrl:]]* ]]; }

# take_name VARIABLE WHAT OPTION: asked for when the variable is empty.
take_name()
{
    if [ -z "${!1}" ]; then
        need_tty "$2" "$3"
        while ! is_text "${!1}"; do
            ask "$2"
            printf -v "$1" '%s' "$REPLY"
        done
    fi
    is_text "${!1}" || die 1 "$2: 1 to 64 characters, none of them a control character"
}

# take_choice VARIABLE WHAT OPTION VALUE...
take_choice()
{
    local name=$1 what=$2 option=$3 value
    shift 3
    while :; do
        for value in "$@"; do
            [ "${!name}" != "$value" ] || return 0
        done
        [ -z "${!name}" ] || ! tty_there || say "$what: one of $*"
        [ -z "${!name}" ] || tty_there || die 1 "$option: one of $*"
        need_tty "$what" "$option"
        ask "$what ($*)"
        printf -v "$name" '%s' "$REPLY"
    done
}

# take_line VARIABLE FILE WHAT: the one line of a file that holds a secret.
take_line()
{
    local line='' more=''
    [ -r "$2" ] || die 1 "$3: cannot read $2"
    {
        IFS= read -r line || [ -n "$line" ] || true
        IFS= read -r more || true
    } <"$2"
    line=${line%$'\r'}
    [ -n "$line" ] && [ -z "$more" ] || die 1 "$3: $2 must hold one line"
    printf -v "$1" '%s' "$line"
}

# 6 to 32 bytes, as the token wants a new PIN; bytes, not characters.
is_new_pin()
{
    local LC_ALL=C
    [ "${#1}" -ge 6 ] && [ "${#1}" -le 32 ]
}

# take_pin VARIABLE FILE WHAT OPTION new|old: from the file, or asked for; twice
# when it is new.
take_pin()
{
    local again
    if [ -n "$2" ]; then
        take_line "$1" "$2" "$3"
        [ "$5" = old ] || is_new_pin "${!1}" || die 1 "$3: 6 to 32 bytes"
        return 0
    fi
    need_tty "$3" "$4"
    while :; do
        ask_secret "$3"
        printf -v "$1" '%s' "$REPLY"
        [ "$5" = new ] || return 0
        if ! is_new_pin "${!1}"; then
            say "$3: 6 to 32 bytes"
            continue
        fi
        ask_secret "$3, again"
        again=$REPLY
        REPLY=
        [ "$again" != "${!1}" ] || return 0
        say 'The two differ.'
    done
}

# --- components -------------------------------------------------------------------

# Digits as people write them, in groups, to 64 in upper case; sets REPLY.
component_normalise()
{
    REPLY=${1//[ -]/}
    REPLY=${REPLY^^}
    [[ $REPLY =~ ^[0-9A-F]{64}$ ]]
}

check_value_normalise()
{
    REPLY=${1//[ -]/}
    REPLY=${REPLY^^}
    [[ $REPLY =~ ^[0-9A-F]{10}$ ]]
}

# Digits in groups of $2.
in_groups()
{
    printf '%s' "$1" | sed "s/.\{$2\}/& /g; s/ *\$//"
}

# The custodian types the rows of the page; sets REPLY to the component. All digits
# in the first row are as good. No echo from the first row to the last, however fast
# the rows come.
ask_component()
{
    stty -echo <&9
    ask_rows
    stty echo <&9
}

ask_rows()
{
    local typed='' row
    for row in 1 2 3 4; do
        while :; do
            ask_hushed "  row $row of 4"
            REPLY=${REPLY//[ -]/}
            REPLY=${REPLY^^}
            if [[ $REPLY =~ ^[0-9A-F]{16}$ ]]; then
                typed+=$REPLY
                break
            elif [ "$row" = 1 ] && [[ $REPLY =~ ^[0-9A-F]{64}$ ]]; then
                return 0
            fi
            say "  Row $row has 16 digits, 0-9 and A-F."
        done
    done
    REPLY=$typed
}

# generate_component FILE: a component, into FILE unless that is -, and the page
# for its envelope on standard output.
generate_component()
{
    if [ "$1" = - ]; then
        "$admin" component generate --print
    else
        "$admin" component generate --print --out "$1"
    fi
}

# check_value HEX: of a component; sets REPLY to 10 digits.
check_value()
{
    REPLY=$("$admin" component check --component-file <(printf '%s\n' "$1")) || exit 1
    REPLY=${REPLY##* }
}

# check_value_of_all HEX..: of the root key these components make; sets REPLY.
check_value_of_all()
{
    local fd component_text fds=() options=()
    for component_text in "$@"; do
        exec {fd}< <(printf '%s\n' "$component_text")
        fds+=("$fd")
        options+=(--component-file "/dev/fd/$fd")
    done
    REPLY=$("$admin" component check "${options[@]}") || exit 1
    for fd in "${fds[@]}"; do
        exec {fd}<&-
    done
    REPLY=${REPLY##* }
}
