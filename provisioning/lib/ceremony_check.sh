# shellcheck shell=bash
# Check values of key components, for scripts that must show them. Sourced by bash.
#
# A check value is the first 5 bytes of AES-256-CMAC(component, 16 zero bytes).
# openssl takes a key as an argument only, and arguments are everybody's to read
# (/proc/PID/cmdline, audit logs). So the one block of AES is computed here, in
# variables of the shell; check_self_test compares it with openssl's answer for a
# published key before it is believed.
#
#   check_self_test          fails when the two differ
#   check_value HEX          64 hexadecimal digits; sets REPLY to 10
#   check_xor HEX HEX        of one length; sets REPLY

# FIPS 197, 5.1.1: the inverse in GF(2^8), walked with the generator 3 and its
# inverse, then the affine map.
check_make_sbox()
{
    local p=1 q=1 x
    aes_sbox=()
    while :; do
        p=$(((p ^ (p << 1) ^ (p & 0x80 ? 0x11B : 0)) & 0xFF))
        q=$(((q ^ (q << 1)) & 0xFF))
        q=$(((q ^ (q << 2)) & 0xFF))
        q=$(((q ^ (q << 4)) & 0xFF))
        q=$((q ^ (q & 0x80 ? 0x09 : 0)))
        x=$((q ^ (q << 1 | q >> 7) ^ (q << 2 | q >> 6) ^ (q << 3 | q >> 5) ^ (q << 4 | q >> 4)))
        aes_sbox[p]=$(((x ^ 0x63) & 0xFF))
        [ "$p" -ne 1 ] || break
    done
    aes_sbox[0]=0x63
}

# FIPS 197, 5.2, for 256 bits: 60 words as bytes in aes_key.
check_expand_key()
{
    local i t0 t1 t2 t3 first rcon=1
    aes_key=()
    for ((i = 0; i < 32; i++)); do
        aes_key[i]=$((16#${1:2*i:2}))
    done
    for ((i = 32; i < 240; i += 4)); do
        t0=${aes_key[i - 4]} t1=${aes_key[i - 3]} t2=${aes_key[i - 2]} t3=${aes_key[i - 1]}
        if ((i % 32 == 0)); then
            first=$t0
            t0=$((aes_sbox[t1] ^ rcon)) t1=${aes_sbox[t2]} t2=${aes_sbox[t3]} t3=${aes_sbox[first]}
            rcon=$((rcon << 1))
        elif ((i % 32 == 16)); then
            t0=${aes_sbox[t0]} t1=${aes_sbox[t1]} t2=${aes_sbox[t2]} t3=${aes_sbox[t3]}
        fi
        aes_key[i]=$((aes_key[i - 32] ^ t0))
        aes_key[i + 1]=$((aes_key[i - 31] ^ t1))
        aes_key[i + 2]=$((aes_key[i - 30] ^ t2))
        aes_key[i + 3]=$((aes_key[i - 29] ^ t3))
    done
}

# FIPS 197, 5.1: aes_block, 16 bytes, in place.
check_encrypt_block()
{
    local i round a b c d all
    local s=()
    for ((i = 0; i < 16; i++)); do
        aes_block[i]=$((aes_block[i] ^ aes_key[i]))
    done
    for ((round = 1; round <= 14; round++)); do
        # SubBytes and ShiftRows: row i % 4 moves by i % 4 columns.
        for ((i = 0; i < 16; i++)); do
            s[i]=${aes_sbox[aes_block[(i + 4 * (i % 4)) % 16]]}
        done
        # MixColumns, but in the last round; 2x is x << 1, reduced.
        for ((i = 0; i < 16 && round < 14; i += 4)); do
            a=${s[i]} b=${s[i + 1]} c=${s[i + 2]} d=${s[i + 3]}
            all=$((a ^ b ^ c ^ d))
            s[i]=$(((a ^ all ^ (a ^ b) << 1 ^ ((a ^ b) >> 7) * 0x11B) & 0xFF))
            s[i + 1]=$(((b ^ all ^ (b ^ c) << 1 ^ ((b ^ c) >> 7) * 0x11B) & 0xFF))
            s[i + 2]=$(((c ^ all ^ (c ^ d) << 1 ^ ((c ^ d) >> 7) * 0x11B) & 0xFF))
            s[i + 3]=$(((d ^ all ^ (d ^ a) << 1 ^ ((d ^ a) >> 7) * 0x11B) & 0xFF))
        done
        for ((i = 0; i < 16; i++)); do
            aes_block[i]=$((s[i] ^ aes_key[16 * round + i]))
        done
    done
}

# RFC 4493, one whole block of zeros: AES(K, K1), K1 being AES(K, 0) doubled.
check_value()
{
    local i carry
    [ "${#aes_sbox[@]}" -eq 256 ] || check_make_sbox
    check_expand_key "$1"
    aes_block=(0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0)
    check_encrypt_block
    carry=$((aes_block[0] >> 7))
    for ((i = 0; i < 15; i++)); do
        aes_block[i]=$(((aes_block[i] << 1 | aes_block[i + 1] >> 7) & 0xFF))
    done
    aes_block[15]=$(((aes_block[15] << 1 ^ carry * 0x87) & 0xFF))
    check_encrypt_block
    printf -v REPLY '%02X%02X%02X%02X%02X' "${aes_block[@]:0:5}"
    aes_key=() aes_block=()
}

check_xor()
{
    local i byte
    REPLY=
    for ((i = 0; i < ${#1}; i += 2)); do
        printf -v byte '%02X' $((16#${1:i:2} ^ 16#${2:i:2}))
        REPLY+=$byte
    done
}

check_self_test()
{
    local key=000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F expected
    expected=$(head -c 16 /dev/zero |
        openssl mac -cipher AES-256-CBC -macopt hexkey:"$key" -in - CMAC) || return 1
    check_value "$key"
    [ "$REPLY" = "${expected:0:10}" ]
}
aes_sbox=()
