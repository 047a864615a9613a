# shellcheck shell=sh
# Functions the scripts of this folder share. Sourced, never run.
#
# OpenSSL's command line does all the work; what stands here is only which
# extensions each SGP.22 certificate carries (SGP.22 4.5.2.1, SGP.26).

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }
# The value of an option: $2 after $1, or a complaint.
need_value() { [ "$#" -ge 2 ] || die "$1 wants a value"; }

# EID: 32 digits, the number mod 97 is 1 (SGP.22 4.3.1.1; SGP.29).
# The remainder of a decimal number of any length.
mod97() {
    rest=0
    digits=$1
    while [ -n "$digits" ]; do
        # seven digits behind a remainder of two stay far within shell arithmetic
        part=$(printf '%.7s' "$digits")
        digits=${digits#"$part"}
        # the leading 1 keeps a part such as 0123 from being read as octal
        width=${#part}
        scale=1
        while [ "$width" -gt 0 ]; do scale=$((scale * 10)); width=$((width - 1)); done
        rest=$(((rest * scale + 1$part - scale) % 97))
    done
    echo "$rest"
}

is_digits() { case $1 in '' | *[!0-9]*) return 1 ;; esac; }

eid_check() {
    if ! is_digits "$1" || [ "${#1}" -ne 32 ]; then die "EID $1 is not 32 digits"; fi
    [ "$(mod97 "$1")" -eq 1 ] || die "EID $1: its check digits are wrong"
}

# 30 digits in, the EID with its two check digits out.
eid_complete() {
    check=$((98 - $(mod97 "${1}00")))
    printf '%s%02d\n' "$1" "$check"
}

# Digits at random, as many as asked.
random_digits() {
    out=
    while [ "${#out}" -lt "$1" ]; do
        out=$out$(openssl rand 64 | od -An -tu1 | tr -s ' ' '\n' |
            awk 'NF && $1 < 250 { printf "%d", $1 % 10 }')
    done
    printf "%.${1}s\n" "$out"
}

# An EID of an EUM's prefix of 8 to 30 digits; the rest at random.
eid_random() {
    if ! is_digits "$1" || [ "${#1}" -lt 8 ] || [ "${#1}" -gt 30 ]; then
        die "an EID prefix has 8 to 30 digits, not $1"
    fi
    eid_complete "$1$(random_digits $((30 - ${#1})))"
}

work_folder() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 1' HUP INT TERM
}

# NAME-key.pem in the folder $1; the curve is the one SGP.26 uses.
new_key() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null ||
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null
}

# UTCTime or GeneralizedTime for openssl ca, from a date and days behind it.
date_text() { date -u -d "$1" +%Y%m%d%H%M%SZ || die "no date: $1"; }

# Both forms beside each other, the DER being what SGP.22 and the tools use.
both_forms() { openssl x509 -in "$1.pem" -outform DER -out "$1.der"; }

# The extensions of each role, as sections of an OpenSSL configuration.
# $1 role, $2 registeredID or empty, $3 organisation, $4 EID prefix (EUM only).
extensions() {
    echo "[extensions]"
    echo "subjectKeyIdentifier = hash"
    case $1 in
    ci) echo "basicConstraints = critical,CA:TRUE"
        echo "keyUsage = critical,keyCertSign,cRLSign"
        policy=2.23.146.1.2.1.0 ;;
    eum) echo "basicConstraints = critical,CA:TRUE,pathlen:0"
        echo "keyUsage = critical,keyCertSign"
        echo "nameConstraints = critical,permitted;dirName:permitted_name"
        policy=2.23.146.1.2.1.2 ;;
    euicc) echo "keyUsage = critical,digitalSignature"
        policy=2.23.146.1.2.1.1 ;;
    dpauth) echo "keyUsage = critical,digitalSignature"
        policy=2.23.146.1.2.1.4 ;;
    dppb) echo "keyUsage = critical,digitalSignature"
        policy=2.23.146.1.2.1.5 ;;
    # The batch is this project's own: no SGP.22 role may sign one.
    batch-ca) echo "basicConstraints = critical,CA:TRUE,pathlen:0"
        echo "keyUsage = critical,keyCertSign"
        policy= ;;
    batch) echo "basicConstraints = critical,CA:FALSE"
        echo "keyUsage = critical,digitalSignature"
        policy= ;;
    *) die "no such role: $1" ;;
    esac
    case $1 in ci | batch-ca) ;; *) echo "authorityKeyIdentifier = keyid:always" ;; esac
    [ -z "$policy" ] || echo "certificatePolicies = critical,$policy"
    [ -z "$2" ] || echo "subjectAltName = RID:$2"
    case $1 in
    ci | eum | dpauth | dppb)
        echo "crlDistributionPoints = URI:http://ci.test.example/CRL-A.crl,URI:http://ci.test.example/CRL-B.crl" ;;
    esac
    if [ "$1" = eum ]; then
        echo "[permitted_name]"
        echo "O = $3"
        echo "serialNumber = $4"
    fi
}

# issue ROLE CSR OUT.pem ISSUER-CERT ISSUER-KEY START DAYS [OID] [ORG] [PREFIX]
# ISSUER-CERT "-" makes it self-signed. Needs $work. openssl ca and not
# openssl x509, because only it takes a start date.
issue() {
    issue_work=$work/issue
    rm -rf "$issue_work"
    mkdir "$issue_work"
    : >"$issue_work/index"
    {
        cat <<CONFIG
[ca]
default_ca = this
[this]
database = $issue_work/index
new_certs_dir = $issue_work
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = extensions
unique_subject = no
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
serialNumber = optional
CONFIG
        extensions "$1" "${8:-}" "${9:-}" "${10:-}"
    } >"$issue_work/config"
    not_before=$(date_text "$6")
    not_after=$(date_text "$(date -u -d "$6" '+%Y-%m-%d %H:%M:%S') UTC + $7 days")
    if [ "$4" = - ]; then
        set -- "$1" "$2" "$3" "$5" -selfsign
    else
        set -- "$1" "$2" "$3" "$5" -cert "$4"
    fi
    openssl ca -config "$issue_work/config" -batch -notext -preserveDN -startdate "$not_before" \
        -enddate "$not_after" -keyfile "$4" "$5" ${6:+"$6"} -in "$2" -out "$3" 2>"$issue_work/log" ||
        { cat "$issue_work/log" >&2; die "openssl could not issue the $1 certificate"; }
    both_forms "${3%.pem}"
}

# Key, request and certificate of one name: make_certificate ROLE FOLDER/NAME
# SUBJECT ISSUER-CERT ISSUER-KEY START DAYS [OID] [ORG] [PREFIX]
make_certificate() {
    new_key "$2-key.pem"
    openssl req -new -key "$2-key.pem" -subj "$3" -out "$work/request.csr" 2>"$work/log" ||
        { cat "$work/log" >&2; die "openssl could not make the request for $3"; }
    issuer_key=$5
    [ "$4" != - ] || issuer_key=$2-key.pem
    issue "$1" "$work/request.csr" "$2.pem" "$4" "$issuer_key" "$6" "$7" "${8:-}" "${9:-}" "${10:-}"
}

EUM_ORGANISATION="euicc-line test EUM"
# shellcheck disable=SC2034  # for the scripts that source this
EUM_SUBJECT="/C=DE/O=$EUM_ORGANISATION/CN=Test EUM"
# A prefix that SGP.26 uses for tests.
# shellcheck disable=SC2034
EID_PREFIX=89049032

# make_euicc FOLDER EID CA-FOLDER START DAYS
make_euicc() {
    make_certificate euicc "$1/euicc" \
        "/C=DE/O=$EUM_ORGANISATION/serialNumber=$2/CN=Test eUICC" \
        "$3/eum.pem" "$3/eum-key.pem" "$4" "$5"
    printf '%s\n' "$2" >"$1/eid.txt"
}
