#!/bin/bash
# Builds everything with warnings as errors and runs all tests. The last line is
# `N passed, N failed`.
set -eu
cd "$(dirname "$0")/.."

usage()
{
    cat <<'TEXT'
usage: tests/run.sh [--preset default|sanitize|all] [--long] [CTEST ARGUMENTS ...]
  --preset    default: as released; sanitize: AddressSanitizer and
              UndefinedBehaviorSanitizer; all: one after the other
  --long      the long campaigns too (kill matrices, soak, longer fuzzing)
TEXT
}

presets=default
long=0
while [ $# -gt 0 ]; do
    case $1 in
    --preset) presets=$2; shift 2 ;;
    --long) long=1; shift ;;
    --help) usage; exit 0 ;;
    *) break ;;
    esac
done
[ "$presets" != all ] || presets='default sanitize'

sh provisioning/setup.sh --tests
export EUICC_LINE_LONG=$long
jobs=$(nproc)
passed=0
failed=0
for preset in $presets; do
    cmake --preset "$preset" >/dev/null
    cmake --build --preset "$preset" -j "$jobs"
    log=$(mktemp)
    ctest --preset "$preset" -j "$jobs" "$@" 2>&1 | tee "$log" || true
    # "98% tests passed, 2 tests failed out of 120"
    summary=$(grep -E 'tests passed, [0-9]+ tests? failed out of [0-9]+' "$log" || true)
    rm -f "$log"
    if [ -z "$summary" ]; then
        echo "run.sh: the tests of preset $preset did not run" >&2
        failed=$((failed + 1))
        continue
    fi
    total=${summary##*out of }
    bad=$(echo "$summary" | sed -E 's/.*passed, ([0-9]+) tests? failed.*/\1/')
    passed=$((passed + total - bad))
    failed=$((failed + bad))
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
