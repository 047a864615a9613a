#!/bin/sh
# House rules a compiler does not check.
#
# usage: tests/lint/lint.sh CHECK [BUILD_DIR]    from the root of the checkout
#   text      placeholders, machine paths, white space
#   includes  direction of dependency
#   code      calls and forms that are not used here
#   secrets   PINs and keys in options and messages
#   shell     scripts parse; shellcheck where it is installed
#   headers   each header compiles alone                         (BUILD_DIR)
#   binaries  exports, what is linked into what, hardening       (BUILD_DIR)
#   docs      commands, status words and links; manual pages
set -u

check=${1:?usage: lint.sh CHECK [BUILD_DIR]}
build=${2:-build}
failures=$(mktemp)
trap 'rm -f "$failures" "$failures".*' EXIT

# One finding.
fail() {
    printf '%s\n' "$*" | tee -a "$failures"
}

# Findings from standard input, one a line, each with a reason before it.
fail_each() {
    while IFS= read -r line; do
        fail "$1: $line"
    done
}

# Files below the given places, by name pattern; build trees are not ours, and
# this folder names what it forbids.
files() {
    pattern=$1
    shift
    find "$@" \( -name .git -o -path '*tests/lint' -o \
        -type d -exec test -e '{}/CMakeCache.txt' \; \) -prune -o \
        -type f -name "$pattern" -print 2>/dev/null | sort
}

c_files() {
    files '*.[ch]' "$@"
}

text_files() {
    for pattern in '*.[ch]' '*.sh' '*.md' '*.cmake' 'CMakeLists.txt' '*.json' '*.service' '*.module' \
        '*.[1-8]'; do
        files "$pattern" .
    done | sed 's|^\./||'
}

# search REASON REGEX FILE..: every match is a finding. No files, no match.
search() {
    reason=$1
    regex=$2
    shift 2
    if [ $# -gt 0 ]; then
        grep -nHE -- "$regex" "$@" | fail_each "$reason"
    fi
}

product='shared token orchestrator provisioning'

check_text() {
    # shellcheck disable=SC2046 # names here have no blanks
    set -- $(text_files)
    search 'placeholder' '(^|[^A-Za-z_])(TODO|FIXME|XXX|HACK)([^A-Za-z_]|$)' "$@"
    search 'path of one machine' '(^|[^A-Za-z0-9_.])/(work|home/[a-z]+|root)/|/tmp/b-' "$@"
    search 'white space at the end of a line' '[[:blank:]]+$' "$@"
    tab=$(printf '\t')
    # shellcheck disable=SC2046
    search 'tab' "$tab" $(c_files .)
    for file in "$@"; do
        [ -s "$file" ] && [ -n "$(tail -c 1 "$file")" ] && fail "no line end at the end: $file"
    done
}

# Names of the folders below one, as they stand before the slash of an include:
# a(b|c).
folders() {
    (cd "$1" 2>/dev/null && for folder in */; do printf '%s|' "${folder%/}"; done) | sed 's/|$//'
}

# forbid REASON FROM NAMES: no file below FROM includes "NAME/..".
forbid() {
    # shellcheck disable=SC2046
    search "$1" "^[[:blank:]]*#[[:blank:]]*include[[:blank:]]*\"($3)/" $(c_files "$2")
}

check_includes() {
    token=$(folders token)
    orchestrator=$(folders orchestrator)
    provisioning=$(folders provisioning)
    tests=$(folders tests)
    # shellcheck disable=SC2046
    search 'include of a parent folder' '^[[:blank:]]*#[[:blank:]]*include.*\.\.' $(c_files .)
    forbid 'token includes orchestrator' token "$orchestrator|$provisioning"
    forbid 'orchestrator includes token' orchestrator "$token|$provisioning"
    forbid 'provisioning includes the engine' provisioning 'engine|keystore|daemon|module'
    forbid 'shared includes a program' shared "$token|$orchestrator|$provisioning"
    forbid 'module includes the engine' token/module 'engine|keystore|daemon|admin'
    forbid 'engine includes the module' token/engine 'module|client|admin|daemon'
    for folder in $product; do
        forbid 'product includes tests' "$folder" "$tests"
    done
}

check_code() {
    # shellcheck disable=SC2046,SC2086
    set -- $(c_files $product tests/simulator tests/support tests/fuzz)
    search 'unbounded call' \
        '(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|gets|alloca|strtok|mktemp|tmpnam)[[:blank:]]*\(' "$@"
    # shellcheck disable=SC2046
    set -- $(c_files .)
    search 'typedef' '^[[:blank:]]*typedef([^A-Za-z_]|$)' "$@"
    search 'comment to the end of the line' '^([^"]|"[^"]*")*//' "$@"
    # shellcheck disable=SC2046,SC2086
    set -- $(c_files $product)
    search 'a shell from the product' '(^|[^A-Za-z0-9_])(system|popen)\(' "$@"
    search 'test code in the product' 'FUZZING_BUILD_MODE|#[[:blank:]]*if.*UNIT_TEST' "$@"
}

check_secrets() {
    # shellcheck disable=SC2046,SC2086
    set -- $(c_files $product)
    words='(so-|new-|user-)?(pin|password|passphrase|secret|component)'
    search 'secret as the value of an option' \
        "\"--$words\"|\\{\"$words\",[[:blank:]]*(required|optional)_argument" "$@"
    search 'secret in a message' \
        '(printf|log_[a-z]+)[[:blank:]]*\([^;]*(secret|pin|key)s?(->|\.)data' "$@"
    search 'secret from the environment' 'getenv\("[A-Z_]*(PIN|SECRET|PASSWORD)[A-Z_]*"\)' "$@"
    # shellcheck disable=SC2046
    search 'PIN on a command line of ours' \
        '(usbkey-admin|usbkeyd|euicc-line|dpplus)[^#|]*[[:blank:]]--(so-)?pin([ =]|$)' \
        $(text_files)
}

check_shell() {
    scripts=$( (
        files '*.sh' .
        grep -rlE '^#! ?/(usr/)?bin/(env )?(ba|da)?sh' .ci 2>/dev/null
    ) | sed 's|^\./||' | sort -u)
    scripts="$scripts $0 $(dirname "$0")/test_lint.sh"
    for script in $scripts; do
        case $(head -n 1 "$script") in
        *bash*) interpreter='bash' ;;
        '#!'*sh*) interpreter='sh' ;;
        *)
            # a file of functions, read by others
            interpreter='sh'
            grep -q 'shellcheck shell=' "$script" || fail "$script: names no shell"
            ;;
        esac
        $interpreter -n "$script" 2>&1 | fail_each "does not parse"
    done
    if command -v shellcheck >/dev/null; then
        # SC2034, SC2154: variables that a file of functions and its readers share;
        # set -u finds those that nobody sets.
        # shellcheck disable=SC2086
        shellcheck -x -P SCRIPTDIR -S warning -e SC2034,SC2154 -f gcc $scripts |
            fail_each shellcheck
    else
        echo 'shellcheck is not installed: syntax alone was checked'
    fi
}

check_headers() {
    roots=
    for root in "$build"/include/*/; do
        [ -d "$root" ] && roots="$roots -I$root"
    done
    [ -n "$roots" ] || fail "$build: no include roots, not a build folder"
    flags=$(pkg-config --cflags p11-kit-1 sqlite3 libcjson libserialport) || fail 'pkg-config'
    # shellcheck disable=SC2086
    for header in $(files '*.h' $product tests/simulator tests/support tests/fuzz); do
        # shellcheck disable=SC2086
        "${CC:-cc}" -std=c11 -D_GNU_SOURCE -DEUICC_LINE_VERSION='"0"' -Wall -Wextra -Wstrict-prototypes \
            -fsyntax-only $roots -I"$(dirname "$header")" $flags -x c "$header" 2>&1 |
            grep -v 'pragma once in main file' | fail_each 'header does not stand alone'
    done
}

# The one file of that name in the build folder. When there is none, that is
# the finding.
built() {
    found=$(find "$build" -type f -name "$1" ! -path '*/CMakeFiles/*' | head -n 1)
    [ -n "$found" ] || fail "$1 is not in $build" >&2
    printf '%s' "$found"
}

# Symbols a program or library defines: those of the archives of a folder, of
# one archive, of a file.
defined() {
    nm --defined-only "$@" 2>/dev/null | awk 'NF == 3 && $2 ~ /[A-Z]/ { print $3 }' | sort -u
}

archives() {
    for archive in "$@"; do
        find "$build/$archive" -name '*.a' 2>/dev/null
    done
}

# Static functions and data of all objects but those of the given folders: they
# may share a name with another side's function and be none of it.
own_statics() {
    find "$build" -name '*.o' | while IFS= read -r object; do
        for folder in "$@"; do
            case $object in "$build/$folder"/*) continue 2 ;; esac
        done
        printf '%s\n' "$object"
    done | xargs nm --defined-only 2>/dev/null |
        awk 'NF == 3 && $2 ~ /[a-z]/ { print $3 }' | sort -u
}

# apart REASON FILE FOLDER..: no symbol of the folders' libraries is in FILE.
apart() {
    reason=$1
    file=$2
    shift 2
    libraries=$(archives "$@")
    if [ -z "$libraries" ]; then
        fail "no libraries below $build for: $*"
        return
    fi
    # shellcheck disable=SC2086
    defined $libraries >"$failures.theirs"
    nm --defined-only "$file" | awk 'NF == 3 { print $3 }' | sort -u >"$failures.ours"
    [ -s "$failures.ours" ] || fail "$file: no symbols to check, stripped"
    own_statics "$@" >"$failures.statics"
    comm -12 "$failures.theirs" "$failures.ours" | comm -23 - "$failures.statics" |
        fail_each "$reason"
}

check_exports() {
    nm -D --defined-only "$1" | awk '{ print $NF }' |
        grep -vE '^(C_[A-Za-z]+|_init|_fini|_edata|_end|__bss_start|__odr_asan.*)(@.*)?$' |
        fail_each 'module exports'
    nm -D --defined-only "$1" | grep -q ' T C_GetFunctionList$' ||
        fail 'module does not export C_GetFunctionList'
}

# Full RELRO, no executable stack, position independent.
check_hardening() {
    readelf -dW "$1" | grep -qE 'BIND_NOW|[( ]NOW' || fail "$1: no BIND_NOW"
    readelf -lW "$1" | grep -q GNU_RELRO || fail "$1: no RELRO"
    readelf -lW "$1" | grep GNU_STACK | grep -q RWE && fail "$1: executable stack"
    readelf -hW "$1" | grep -qE 'Type:[[:blank:]]+DYN' || fail "$1: not position independent"
}

check_binaries() {
    module=$(built usbkey-pkcs11.so)
    engine=$(built usbkeyd)
    line=$(built euicc-line)
    admin=$(built usbkey-admin)
    dpplus=$(built dpplus)
    [ -s "$failures" ] && return
    check_exports "$module"
    apart 'the module holds the engine' "$module" token/engine token/keystore
    apart 'the line tool holds the token' "$line" token
    apart 'dpplus holds the engine' "$dpplus" token/engine token/keystore
    apart 'usbkey-admin holds the engine' "$admin" token/engine token/keystore
    apart 'the engine holds the line tool' "$engine" orchestrator
    for file in "$module" "$line" "$admin" "$dpplus"; do
        readelf -dW "$file" | grep NEEDED | grep -i softhsm | fail_each "$file links the key store"
    done
    readelf -dW "$line" | grep NEEDED | grep -q libp11-kit || fail "$line: does not use p11-kit"
    for file in "$module" "$engine" "$line" "$admin" "$dpplus"; do
        check_hardening "$file"
    done
}

# Every row of the command table and every status word of the token's wire.
check_wire_document() {
    document=docs/token-commands.md
    if [ ! -f "$document" ]; then
        fail "$document is missing"
        return
    fi
    sed -n 's/^    {\(TOKWIRE_[A-Z_]*\), "\([^"]*\)",.*/\1 \2/p' shared/tokwire/tokwire.c \
        >"$failures.rows"
    [ -s "$failures.rows" ] || fail 'no rows found in shared/tokwire/tokwire.c'
    while read -r symbol name; do
        ins=$(sed -n "s/^    $symbol = 0x\([0-9A-F]*\),.*/\1/p" shared/tokwire/tokwire.h)
        grep -F "$name" "$document" | grep -qw "$ins" ||
            fail "$document: no line with $name and its INS $ins"
    done <"$failures.rows"
    sed -n 's/^    TOKWIRE_SW_[A-Z_0-9]* = 0x\([0-9A-F]*\),.*/\1/p' shared/tokwire/status.h |
        sed 's/^63C0$/63C/' | while read -r word; do
        grep -q "$word" "$document" || fail "$document: no status word $word"
    done
}

# Relative links point at something.
check_links() {
    for document in $(files '*.md' .); do
        grep -oE '\]\([^)#: ]+' "$document" | sed 's/^](//' | while read -r target; do
            [ -e "$(dirname "$document")/$target" ] || fail "$document: no $target"
        done
    done
}

check_docs() {
    [ -n "$(ls docs/*.md 2>/dev/null)" ] && check_wire_document
    check_links
    if [ -n "$(ls docs/man 2>/dev/null)" ]; then
        for program in usbkeyd usbkey-admin euicc-line dpplus; do
            ls docs/man/"$program".[1-8] >/dev/null 2>&1 || fail "no manual page of $program"
        done
    fi
}

if [ ! -f CMakeLists.txt ] || [ ! -d shared ]; then
    echo 'lint.sh: not at the root of a checkout' >&2
    exit 2
fi
case $check in
text | includes | code | secrets | shell | headers | binaries | docs) "check_$check" ;;
*)
    echo "lint.sh: no check $check" >&2
    exit 2
    ;;
esac

if [ -s "$failures" ]; then
    echo "$(wc -l <"$failures") findings"
    exit 1
fi
echo "$check: clean"
