#!/bin/bash
# Every program has --help and --version and refuses what it does not know.
. "$(dirname "$0")/lib.sh"
e2e_open "$1" --bare
for program in "$usbkeyd" "$admin" "$line_tool" "$dpplus" "$upp_sample" "$sim"; do
    name=$(basename "$program")
    run "$name --help" 0 "$program" --help
    check_has "$name --help" "$out" usage
    run "$name --version" 0 "$program" --version
    check_has "$name --version" "$out" "$name"
    run "$name --nonsense" 1 "$program" --nonsense
    check "$name --nonsense says it on standard error" "${err:+said}" said
done
run 'no command' 1 "$line_tool"
run 'unknown command' 1 "$line_tool" --config x.json dance
check_has 'unknown command' "$err" dance
run 'load takes one port' 1 "$line_tool" --config x.json load --port a --port b
run 'import takes a file' 1 "$line_tool" --config x.json import
run 'no --config' 1 "$line_tool" profiles
run 'no --db' 1 "$dpplus" orders
run 'usbkeyd without --state' 1 "$usbkeyd" --socket x
run 'admin without an engine' 5 "$admin" --socket "$stage/none.sock" status
