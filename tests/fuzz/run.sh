#!/bin/sh
# The long campaign: every fuzz target under libFuzzer with sanitizers.
#
# usage: tests/fuzz/run.sh [SECONDS_EACH [TARGET..]]
#
# Corpora grow in build-fuzz/corpus, findings are in build-fuzz/findings. A
# finding that is mended becomes a named seed in tests/fuzz/seeds.
set -eu

seconds=${1:-60}
[ $# -gt 0 ] && shift
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build-fuzz

cd "$root"
cmake --preset fuzz >/dev/null
cmake --build --preset fuzz --target fuzz_targets
mkdir -p "$build/findings"

found=0
for seeds in tests/fuzz/seeds/*/; do
    name=$(basename "$seeds")
    case " ${*:-$name} " in
    *" $name "*) ;;
    *) continue ;;
    esac
    echo "== $name"
    mkdir -p "$build/corpus/$name"
    if ! "$build/tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 \
        -max_len=16384 -rss_limit_mb=1024 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="$build/findings/$name-" \
        "$build/corpus/$name" "$seeds"; then
        found=$((found + 1))
    fi
done

echo "$found targets with findings"
[ "$found" -eq 0 ]
