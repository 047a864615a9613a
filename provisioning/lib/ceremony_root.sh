# shellcheck shell=bash
# Stage of a key ceremony: the root key, from components that different people
# hold. Sourced by bash, after ceremony_record.sh.
#
# components and component_values are filled from files or by people; every check
# value is compared before anything goes to the token, and so is the root key's.

stage_root()
{
    heading 'The root key'
    if root_is_there; then
        say "There already: version $(status_of "$REPLY.version")," \
            "check value $(in_groups "$(status_of "$REPLY.check_value")" 2)"
        [ -z "$root_check_value" ] || [ "$root_check_value" = "$(status_of "$REPLY.check_value")" ] ||
            die 5 "the token's root key is not the one of check value $root_check_value"
        return 0
    fi
    if [ "${#component_files[@]}" -gt 0 ]; then
        components_from_files
    else
        components_from_people
    fi
    import_root
    components=()
}

# Of the version asked for, or any; sets REPLY to its path in the status.
root_is_there()
{
    if [ -n "$root_version" ]; then
        status_find roots version "$root_version"
    else
        REPLY='roots[0]'
        [ -n "$(status_of "$REPLY.label")" ]
    fi
}

# As many people as components, and no one twice.
count_people()
{
    local i j
    [ "${#custodians[@]}" -eq "$1" ] ||
        die 1 "$1 components, ${#custodians[@]} custodians: --custodian once for each"
    for ((i = 0; i < $1; i++)); do
        for ((j = 0; j < i; j++)); do
            [ "${custodians[i]}" != "${custodians[j]}" ] ||
                die 1 "${custodians[i]} cannot enter two components: no one person may know the root key"
        done
    done
}

# add_component COUNT: takes $component, whose check value is $value.
add_component()
{
    local number=$((${#components[@]} + 1))
    components+=("$component")
    component=''
    record_line "component $number of $1 by ${custodians[number - 1]}: check value" \
        "$(in_groups "$value" 2), confirmed"
}

components_from_files()
{
    local i count=${#component_files[@]}
    [ "$count" -ge 2 ] && [ "$count" -le 8 ] || die 1 '--component-file: 2 to 8 times'
    count_people "$count"
    for ((i = 0; i < count; i++)); do
        take_line component "${component_files[i]}" "component file $((i + 1))"
        component_normalise "$component" ||
            die 1 "component file ${component_files[i]}: 64 hexadecimal digits"
        component=$REPLY
        check_value "$component"
        value=$REPLY
        [ "${#check_values[@]}" -eq 0 ] || [ "${check_values[i]}" = "$value" ] ||
            die 1 "component $((i + 1)), ${component_files[i]}: its check value is $value, not" \
                "${check_values[i]}: a wrong component; nothing was imported"
        add_component "$count"
    done
}

components_from_people()
{
    local i count=${#custodians[@]} name
    need_tty 'The root key' '--component-file twice or more'
    while [ "$count" -lt 2 ] || [ "$count" -gt 8 ]; do
        [ "$count" -eq 0 ] || die 1 '--custodian: 2 to 8 times'
        ask 'Number of components (2 to 8)' 2
        [[ ! $REPLY =~ ^[2-8]$ ]] || count=$REPLY
    done
    for ((i = ${#custodians[@]}; i < count; i++)); do
        name=''
        take_name name "Custodian of component $((i + 1)) (name)" --custodian
        custodians+=("$name")
    done
    count_people "$count"
    for ((i = 0; i < count; i++)); do
        component_from_custodian $((i + 1)) "$count" "${custodians[i]}"
    done
}

# Component $1 of $2 by custodian $3: typed without echo, and right when it has the
# check value that stands on the page.
component_from_custodian()
{
    printf '\n'
    say "Component $1 of $2: $3, alone at the keyboard, types the page."
    while :; do
        ask_component
        component=$REPLY
        check_value "$component"
        value=$REPLY
        ask '  check value on the page'
        if check_value_normalise "$REPLY" && [ "$REPLY" = "$value" ]; then
            break
        fi
        say "  What was typed has the check value $(in_groups "$value" 2), the page another. Once more."
    done
    add_component "$2"
    # No echo: a custodian who is too early types a component here.
    ask_secret '  Page back in its envelope? Then press Enter'
}

# The check value of the root key these components make, in $value.
combine_components()
{
    local i j
    for ((i = 1; i < ${#components[@]}; i++)); do
        for ((j = 0; j < i; j++)); do
            [ "${components[i]}" != "${components[j]}" ] ||
                die 1 "components $((j + 1)) and $((i + 1)) are the same; nothing was imported"
        done
    done
    check_value_of_all "${components[@]}"
    value=$REPLY
}

import_root()
{
    local fd component_text fds=() options=()
    combine_components
    [ -z "$root_check_value" ] || [ "$root_check_value" = "$value" ] ||
        die 1 "these components make a root key of check value $value, not $root_check_value;" \
            'nothing was imported'
    say "Root key of these components: check value $(in_groups "$value" 2)"
    if interactive; then
        confirm 'Import it?' || die 1 'nothing was imported'
    fi
    [ -z "$root_version" ] || options=(--version "$root_version")
    for component_text in "${components[@]}"; do
        exec {fd}< <(printf '%s\n' "$component_text")
        fds+=("$fd")
        options+=(--component-file "/dev/fd/$fd")
    done
    component_text=''
    as_officer root import "${options[@]}" >/dev/null || exit 5
    for fd in "${fds[@]}"; do
        exec {fd}<&-
    done
    status_read
    status_find roots check_value "$value" ||
        die 5 "the token made a root key of another check value than $value"
    record_line "root key version $(status_of "$REPLY.version"): check value $(in_groups "$value" 2)"
}

# --- the end of an old version ---------------------------------------------------

# Only while another one is there: a token without a root key asks for components.
stage_retire()
{
    local value
    [ -n "$retire_root" ] || return 0
    heading "Root key version $retire_root"
    if status_find retired version "$retire_root"; then
        value=$(status_of "$REPLY.check_value")
        say "Retired already: check value $(in_groups "$value" 2)"
        # Killed before it was on record.
        grep -qF "root key version $retire_root retired: " "$record" ||
            record_line "root key version $retire_root retired: check value $(in_groups "$value" 2)"
        return 0
    fi
    status_find roots version "$retire_root" ||
        die 5 "the token has no root key version $retire_root"
    value=$(status_of "$REPLY.check_value")
    [ -n "$(status_of 'roots[1].label')" ] ||
        die 1 "version $retire_root is the only root key: make its successor first (--root-version)," \
            'or retire it with usbkey-admin root retire'
    if interactive; then
        confirm "Retire root key version $retire_root, check value $(in_groups "$value" 2), for ever?" ||
            die 1 'nothing was retired'
    fi
    as_officer root retire --version "$retire_root" --yes >/dev/null || exit 5
    status_read
    record_line "root key version $retire_root retired: check value $(in_groups "$value" 2)"
}
