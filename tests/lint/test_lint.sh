#!/bin/sh
# The lint finds what it says it finds: one offence per rule, planted in a
# scratch tree that is otherwise clean.
set -u

lint=$(cd "$(dirname "$0")" && pwd)/lint.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failed=0
cd "$tree" || exit 1

clean_tree() {
    rm -rf "${tree:?}"/* "$tree/.ci"
    mkdir -p shared/base token/engine token/module token/client orchestrator/line \
        provisioning/dpplus tests/support docs/man .ci
    echo 'project(x)' >CMakeLists.txt
    echo '#include "base/x.h"' >shared/base/x.c
    printf '#!/bin/sh\necho x\n' >.ci/run
}

# expect STATUS CHECK WHAT
expect() {
    "$lint" "$2" build >output 2>&1
    status=$?
    if [ "$status" -ne "$1" ]; then
        echo "$2, $3: exit $status, not $1"
        cat output
        failed=$((failed + 1))
    fi
    rm -f output
}

# plant CHECK FILE TEXT: with that file, the check fails.
plant() {
    clean_tree
    printf '%b\n' "$3" >"$2"
    expect 1 "$1" "$2: $3"
}

clean_tree
for check in text includes code secrets shell docs; do
    expect 0 $check 'clean tree'
done

# The words are put together here, so that the lint passes over this file.
plant text shared/base/a.c '/* TO''DO */'
plant text shared/base/a.c '/* see /wo''rk/x */'
plant text docs/a.md '/home/somebody/x'
plant text docs/a.md 'blank at the end '
plant text shared/base/a.c '\tint a;'
clean_tree
printf 'int a;' >shared/base/a.c
expect 1 text 'no line end at the end'
clean_tree
mkdir b
touch b/CMakeCache.txt
echo 'blank at the end ' >b/x.cmake
expect 0 text 'a build tree of any name is not ours'

plant includes shared/base/a.c '#include "../x.h"'
plant includes token/engine/a.c '#include "line/x.h"'
plant includes orchestrator/line/a.c '#include "client/x.h"'
plant includes orchestrator/line/a.c '  # include "engine/x.h"'
plant includes provisioning/dpplus/a.c '#include "engine/x.h"'
plant includes shared/base/a.c '#include "engine/x.h"'
plant includes token/module/a.c '#include "engine/x.h"'
plant includes token/engine/a.c '#include "module/x.h"'
plant includes token/engine/a.c '#include "support/x.h"'

for call in strcpy strcat sprintf vsprintf gets alloca strtok; do
    plant code shared/base/a.c "    $call(a);"
done
plant code shared/base/a.h 'typedef int x;'
plant code shared/base/a.c 'int a; // b'
plant code token/engine/a.c '    system(a);'
plant code token/engine/a.c '    f = popen(a);'

plant secrets token/engine/a.c '    {"pin", required_argument, NULL, 1},'
plant secrets token/engine/a.c '    if (strcmp(a, "--so-pin") == 0) {'
plant secrets token/engine/a.c '    log_error("%s", pin->data);'
plant secrets token/engine/a.c '    printf("%s", secret.data);'
plant secrets token/engine/a.c '    getenv("USBKEY_PIN");'
plant secrets docs/a.md 'usbkey-admin --socket s --pin 1234 status'

plant shell .ci/run '#!/bin/sh\nif'
plant shell shared/a.sh 'echo no first line'

plant docs docs/a.md '[x](missing.md)'
plant docs docs/man/x.1 'x'

clean_tree
expect 1 binaries 'nothing built'
expect 1 headers 'nothing configured'

if [ "$failed" -gt 0 ]; then
    echo "$failed expectations not met"
    exit 1
fi
echo 'every rule finds its offence'
