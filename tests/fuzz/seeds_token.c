/* The token's wire, both ways, and evidence. */
#include <string.h>

#include "evidence_seed.h"
#include "seed_file.h"
#include "sgp22/rsp.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

#define POINT                                                                                      \
    "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"                           \
    "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"
#define HASH "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define CHALLENGE "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define TID "0102030405060708"
#define EID "89049032123451234512345678901235"
#define ICCID "98109909002143658739"
#define OK "9000"
#define STATUS                                                                                     \
    "9E{'0.1'} 8204 00000003 80{'token'} 85{'0123456789ABCDEF'} 8101 01 9C01 05 9D01 05"           \
    "9804 FFFFFFFF 9908 0000000000000000 9A08 0000000000000007 9F2604 FFFFFFFF"                    \
    "9F27{" CHALLENGE "} 9F280100 9F2908 0000000065000000"
#define ROOT_OBJECT "A0{ 8604 00010001 9F1F0101 80{'root-1'} 9F200101 890101 8A{0102030405} }"
#define PAIR_OBJECT "A0{ 8604 00020002 9F1F0102 80{'dpauth'} 9F200102 910101 90{" POINT "} }"
#define COUNTER_OBJECT "A0{ 8604 00040001 9F1F0104 80{'releases'} 9A08 0000000000000001 }"
#define FOUR_BATCHES CHALLENGE CHALLENGE CHALLENGE CHALLENGE
#define KEYSTORE "9F2A{'SoftHSM'} 9F2B{'usb-1'}"
#define CAPABILITIES                                                                               \
    "9F2C{ 0101 'CKM_AES_CMAC' } 9F2C{ 0201 'CKA_SENSITIVE' } 9F2C{ 0303 'CKA_LOCAL' }"            \
    "9F2C{ 0402 'CMAC' } 9F2C{ 0100 'CKM_AES_ECB' }"
#define NAME_OF_62 "'01234567890123456789012345678901234567890123456789012345678901'"
#define HANDLE_1 "8604 80000100"
#define HANDLE_2 "8604 80000201"

/* fuzz_engine_command.c: the token, and who sends. */
#define LINE "00"
#define DP "01"
#define BLANK "80"
#define ATTESTED "40"
#define ATTESTED_DP "41"
#define NOBODY "00"
#define USER "01"
#define SO "02"
#define RAW "80"
#define SERVER_SIGNED1                                                                             \
    "30{ 80{" TID "} 81{" CHALLENGE "} 83{'line.example.com'} 84{" CHALLENGE "} }"
#define SIGN_SERVER_SIGNED1 USER "2A 02 00 [ 8E{" SERVER_SIGNED1 "} ]"
#define SIGN_SMDP_SIGNED2 USER "2A 03 00 [ 8E{ 30{ 80{" TID "} 010100 } 5F37{" HASH HASH "} } ]"
#define ONE_TIME_KEY USER "47 00 00 [ 910101 ]"
#define DERIVE_PPK USER "88 00 00 [ 8604 00010001 87{" EID "} 88{" ICCID "} ]"
#define SIGN_CHANNEL                                                                               \
    USER "2A 03 00 [ 8E{ 820101 80{" TID "} A6{ 800188 810110 84{'line-01'} } 5F49{" POINT         \
         "} 5F49{" POINT "} } ]"
#define RELEASE USER "52 00 00 [" HANDLE_1 "95 04 80000201 ]"
#define STATUS_OF(user) user "CA 00 00 []"

static const struct seed seeds[] = {
    {"client_response", "status", "00" STATUS OK},
    {"client_response", "status-smallest", "00 9E{'1'} 8204 00000000" OK},
    {"client_response", "status-firmware-not-printable", "00 9E{1B5B324A0000} 8204 00000000" OK},
    {"client_response", "status-of-65-characters", "00 9E{" HASH HASH "00} 8204 00000000" OK},
    {"client_response", "status-twice", "00" STATUS STATUS OK},
    {"client_response", "status-batch-id-of-15",
     "00 9E{'1'} 8204 00000003 9F27{000102030405060708090A0B0C0D0E}" OK},
    {"client_response", "status-batch-ids-of-40",
     "00 9E{'1'} 8204 00000003 9F27{" CHALLENGE CHALLENGE "0001020304050607}" OK},
    {"client_response", "status-of-17-batches",
     "00 9E{'1'} 8204 00000003 9F27{" FOUR_BATCHES FOUR_BATCHES FOUR_BATCHES FOUR_BATCHES CHALLENGE
     "}" OK},
    {"client_response", "initialised", "01 85{'0123456789ABCDEF'}" OK},
    {"client_response", "initialised-serial-of-zeros", "01 85{" CHALLENGE "}" OK},
    {"client_response", "pin-right", "02" OK},
    {"client_response", "pin-wrong", "02 63C2"},
    {"client_response", "pin-locked", "04 6983"},
    {"client_response", "refusal-with-data", "02 9E{'x'} 63C2"},
    {"client_response", "data-nobody-asked-for", "03 8E{00}" OK},
    {"client_response", "random", "06 8E{" CHALLENGE "0001020304050607}" OK},
    {"client_response", "random-one-byte-short", "06 8E{" CHALLENGE "00010203040506}" OK},
    {"client_response", "policy-set", "07" OK},
    {"client_response", "journal-lines", "08 8E{'{\"seq\":1}'0A}" OK},
    {"client_response", "journal-end", "08" OK},
    {"client_response", "journal-head",
     "09 9A08 0000000000000001 9B{" HASH "} 96{" CHALLENGE "}" OK},
    {"client_response", "journal-head-mac-of-8",
     "09 9A08 0000000000000001 9B{" HASH "} 96{0001020304050607}" OK},
    {"client_response", "journal-head-without-hash", "09 9A08 0000000000000001" OK},
    {"client_response", "objects", "0A" ROOT_OBJECT PAIR_OBJECT COUNTER_OBJECT OK},
    {"client_response", "objects-none", "0A" OK},
    {"client_response", "object-empty", "0A A0{}" OK},
    {"client_response", "object-field-of-4-gib", "0A A0{ 8604 00000001 8D 84FFFFFFFF }" OK},
    {"client_response", "object-point-of-64",
     "0A A0{ 8604 00000001 9F1F0102 80{'x'} 90{" HASH HASH "} }" OK},
    {"client_response", "object-in-an-object", "0A A0{" ROOT_OBJECT "}" OK},
    {"client_response", "key-generated", "0B 90{" POINT "}" OK},
    {"client_response", "root-generated", "0B 890101 8A{0102030405}" OK},
    {"client_response", "component", "0C 8A{0102030405}" OK},
    {"client_response", "component-the-last", "0C 8A{0102030405} 890101 9F24{0102030405}" OK},
    {"client_response", "key-imported", "0D 90{" POINT "}" OK},
    {"client_response", "csr", "0E 8E{30{}}" OK},
    {"client_response", "certificate-put", "0F 8604 00030002" OK},
    {"client_response", "signature", "10 8F{" HASH HASH "}" OK},
    {"client_response", "signature-of-65", "10 8F{" HASH HASH "00}" OK},
    {"client_response", "one-time-key", "11" HANDLE_1 "90{" POINT "}" OK},
    {"client_response", "session-keys", "12" HANDLE_1 "87{" EID "} 9F25{" TID "}" OK},
    {"client_response", "session-keys-transaction-of-17",
     "12" HANDLE_1 "87{" EID "} 9F25{" CHALLENGE "00}" OK},
    {"client_response", "ppk", "13" HANDLE_1 OK},
    {"client_response", "ppk-handle-of-3", "13 86{800001}" OK},
    {"client_response", "segments", "14 8E{ 87{" HASH HASH CHALLENGE "0001020304050607} }" OK},
    {"client_response", "segments-one-byte-more",
     "14 8E{ 87{" HASH HASH CHALLENGE "000102030405060708} }" OK},
    {"client_response", "mac", "15 96{0001020304050607}" OK},
    {"client_response", "wrapped", "16 8E{ 87{" HASH HASH "0001020304050607} }" OK},
    {"client_response", "destroyed", "17" OK},
    {"client_response", "status-word-half", "17 90"},
    {"client_response", "nothing", "17"},
    {"client_response", "status-word-unknown", "17 1234"},
    {"client_response", "journal-check-sound", "18 9A08 0000000000000007 9F280100" OK},
    {"client_response", "journal-check-edited",
     "18 9A08 0000000000000002 9F280102 8E{'entry 3 is not what was written'}" OK},
    {"client_response", "journal-check-of-no-entries", "18 9A08 0000000000000000 9F280101" OK},
    {"client_response", "journal-check-without-verdict", "18 9A08 0000000000000007" OK},
    {"client_response", "journal-check-without-count", "18 9F280100" OK},
    {"client_response", "journal-check-empty", "18" OK},
    {"client_response", "journal-check-verdict-empty", "18 9A08 0000000000000007 9F2800" OK},
    {"client_response", "journal-check-verdict-twice",
     "18 9A08 0000000000000007 9F280102 9F280100" OK},
    {"client_response", "journal-check-verdict-unknown", "18 9A08 0000000000000007 9F2801FF" OK},
    {"client_response", "journal-check-detail-of-257",
     "18 9A08 0000000000000007 9F280102 8E{" HASH HASH HASH HASH HASH HASH HASH HASH "00}" OK},
    {"client_response", "journal-check-detail-not-printable",
     "18 9A08 0000000000000007 9F280102 8E{1B5B324A0000}" OK},
    {"client_response", "keystore", "19" KEYSTORE CAPABILITIES OK},
    {"client_response", "keystore-without-capabilities", "19" KEYSTORE OK},
    {"client_response", "keystore-capability-of-64", "19" KEYSTORE "9F2C{ 0101" NAME_OF_62 " }" OK},
    {"client_response", "keystore-capability-of-65",
     "19" KEYSTORE "9F2C{ 0101" NAME_OF_62 "'3' }" OK},
    {"client_response", "keystore-capability-of-65-behind-sound-ones",
     "19" KEYSTORE CAPABILITIES "9F2C{ 0101" NAME_OF_62 "'3' }" OK},
    {"client_response", "keystore-capability-without-name", "19" KEYSTORE "9F2C{0101}" OK},
    {"client_response", "keystore-capability-empty", "19" KEYSTORE "9F2C{}" OK},
    {"client_response", "keystore-capability-unknown", "19" KEYSTORE "9F2C{ FFFF 'x' }" OK},
    {"client_response", "keystore-capability-not-printable",
     "19" KEYSTORE "9F2C{ 0101 1B5B324A0000 }" OK},
    {"client_response", "keystore-capability-of-4-gib", "19" KEYSTORE "9F2C 84FFFFFFFF 0101" OK},
    {"client_response", "keystore-capabilities-first", "19" CAPABILITIES KEYSTORE OK},
    {"client_response", "keystore-module-of-65", "19 9F2A{" HASH HASH "00} 9F2B{'usb-1'}" OK},
    {"client_response", "keystore-without-token", "19 9F2A{'SoftHSM'}" CAPABILITIES OK},
    {"client_response", "root-retired", "1A" OK},
    {"client_response", "root-retired-before", "1A 6614"},
    {"client_response", "root-retired-with-data", "1A 890101 9F24{0102030405}" OK},

    {"module_response", "as-it-should-be", ""},
    {"module_response", "blank-token", "CA [ 9E{'0.1'} 8204 00000000" OK "]"},
    {"module_response", "status-malformed", "CA [ 9E{'0.1'}" OK "]"},
    {"module_response", "status-later-malformed", "CA [" STATUS OK "] CA [ 00 ]"},
    {"module_response", "firmware-a-number-without-end",
     "CA [ 9E{'99999999999999999999.99999999999999999999'} 8204 00000003" OK "]"},
    {"module_response", "label-of-32",
     "CA [ 9E{'1'} 8204 00000003 80{'01234567890123456789012345678901'}" OK "]"},
    {"module_response", "dp-role", "CA [ 9E{'1'} 8204 00000003 8101 02" OK "]"},
    {"module_response", "objects", "CB [" ROOT_OBJECT PAIR_OBJECT COUNTER_OBJECT OK "]"},
    {"module_response", "object-class-unknown",
     "CB [ A0{ 8604 00010001 9F1F0109 80{'x'} } A0{ 8604 00010002 9F1F0100 80{'y'} }" OK "]"},
    {"module_response", "object-pair-without-point",
     "CB [ A0{ 8604 00010001 9F1F0102 80{'x'} }" OK "]"},
    {"module_response", "object-pair-off-its-curve",
     "CB [ A0{ 8604 00020002 9F1F0102 80{'dpauth'} 9F200102 910102 90{" POINT "} }" OK "]"},
    {"module_response", "object-certificate-broken",
     "CB [ A0{ 8604 00030001 9F1F0103 80{'x'} 9F200105 8D{3000} }" OK "]"},
    {"module_response", "object-retired-root",
     "CB [ A0{ 8604 00050001 9F1F0105 80{'root-1'} 9F200101 890101 8A{0102030405} }" OK "]"},
    {"module_response", "tampered", "CA [ 9E{'0.1'} 8204 00000103 80{'token'} 9F280106" OK "]"},
    {"module_response", "object-twice",
     "CB [" ROOT_OBJECT ROOT_OBJECT PAIR_OBJECT PAIR_OBJECT OK "]"},
    {"module_response", "object-list-broken-in-the-middle",
     "CB [" ROOT_OBJECT "A0{ 8604 000000 }" PAIR_OBJECT OK "]"},
    {"module_response", "objects-change-under-a-login",
     "CB [" ROOT_OBJECT OK "] CB [" PAIR_OBJECT OK "] CB [" OK "]"},
    {"module_response", "pin-wrong", "20 [ 63C4 ]"},
    {"module_response", "logged-out-by-the-engine", "2A [ 6982 ] 47 [ 6982 ]"},
    {"module_response", "signature-short", "2A [ 8F{" HASH "}" OK "]"},
    {"module_response", "one-time-key-off-its-curve", "47 [" HANDLE_1 "90{" HASH HASH "00}" OK "]"},
    {"module_response", "session-keys-refused", "86 [ 6606 ]"},
    {"module_response", "handle-zero",
     "86 [ 8604 00000000 87{" EID "} 9F25{01}" OK "] 88 [ 8604 00000000" OK "]"},
    {"module_response", "segments-too-long", "50 [ 8E{" HASH HASH HASH HASH HASH "}" OK "]"},
    {"module_response", "mac-refused", "51 [ 6985 ]"},
    {"module_response", "wrapped-too-short", "52 [ 8E{00}" OK "]"},
    {"module_response", "destroy-refused", "53 [ 6A88 ] 21 [ 6982 ]"},
    {"module_response", "random-short", "84 [ 8E{00}" OK "]"},

    {"engine_command", "status-and-objects",
     LINE STATUS_OF(NOBODY) STATUS_OF(USER) USER "CB 00 00 []"},
    {"engine_command", "blank",
     BLANK STATUS_OF(NOBODY) NOBODY "CB 00 00 []" NOBODY "20 00 01 [ 83{'x'} ]"},
    {"engine_command", "initialise-in-use",
     LINE NOBODY "E0 00 00 [ 80{'label'} 810101 8204 00000004 83{'so-pin-1'} 84{'user-pin-1'} ]"},
    {"engine_command", "initialise-label-not-utf-8",
     BLANK NOBODY "E0 00 00 [ 80{C0AF} 810101 83{'so-pin-1'} ]"},
    {"engine_command", "pins",
     LINE NOBODY "20 00 01 [ 83{'user-pin-1'} ]" NOBODY "20 00 02 [ 83{'so-pin-1'} ]" USER
                 "24 00 01 [ 83{'user-pin-1'} 84{'user-pin-2'} ]"},
    {"engine_command", "pin-set", LINE SO "2C 00 00 [ 84{'user-pin-1'} ]"},
    {"engine_command", "pin-set-too-short", LINE SO "2C 00 00 [ 84{'1'} ]"},
    {"engine_command", "random", LINE NOBODY "84 00 00 [ 9A08 0000000000001000 ]"},
    {"engine_command", "random-of-4-gib", LINE NOBODY "84 00 00 [ 9A08 0000000100000001 ]"},
    {"engine_command", "transaction-up-to-the-evidence",
     LINE SIGN_SERVER_SIGNED1 SIGN_SMDP_SIGNED2 ONE_TIME_KEY USER
     "86 00 00 [" HANDLE_1 "8D{3000} 92{3000} 93{ 30{ 80{" TID "} 5F49{" POINT "} } } 8F{" HASH HASH
     "} 94{'line-01'} ]"},
    {"engine_command", "transaction-out-of-order", LINE SIGN_SMDP_SIGNED2 SIGN_SERVER_SIGNED1},
    {"engine_command", "transaction-begun-again",
     LINE SIGN_SERVER_SIGNED1 SIGN_SMDP_SIGNED2 SIGN_SERVER_SIGNED1 SIGN_SMDP_SIGNED2},
    {"engine_command", "sign-a-channel-never-attested",
     LINE SIGN_SERVER_SIGNED1 SIGN_SMDP_SIGNED2 USER
     "2A 03 00 [ 8E{ 820101 80{" TID "} A6{ 800188 810110 84{'line-01'} } 5F49{" POINT
     "} 5F49{" POINT "} } ]"},
    {"engine_command", "sign-a-digest",
     LINE USER "2A 02 01 [ 8E{" HASH "} ]" USER "2A 04 01 [ 8E{" HASH "} ]"},
    {"engine_command", "sign-smdp-signed2-with-code",
     LINE SIGN_SERVER_SIGNED1 USER "2A 03 00 [ 8E{ 30{ 80{" TID "} 0101FF } 5F37{" HASH HASH
                                   "} } ]"},
    {"engine_command", "sign-with-the-root-key", LINE USER "2A 01 00 [ 8E{00} ]"},
    {"engine_command", "batch-signature",
     DP USER "2A 04 01 [ 8E{" HASH "} ]" USER "2A 04 00 [ 8E{'x'} ]"},
    {"engine_command", "profile-encrypted",
     DP DERIVE_PPK USER "50 00 00 [" HANDLE_1 "8E{" HASH HASH "} ]" USER "50 00 00 [" HANDLE_1
                        "8E{" HASH "} ]" USER "53 00 00 [" HANDLE_1 "]"},
    {"engine_command", "profile-on-a-line-token",
     LINE DERIVE_PPK USER "50 00 00 [" HANDLE_1 "8E{00} ]"},
    {"engine_command", "mac-under-a-ppk-set",
     LINE DERIVE_PPK USER "51 00 00 [" HANDLE_1 "8E{00} ]"},
    {"engine_command", "channel-signed-once", ATTESTED SIGN_CHANNEL SIGN_CHANNEL},
    {"engine_command", "channel-of-another-host",
     ATTESTED USER "2A 03 00 [ 8E{ 820101 80{" TID "} A6{ 800188 810110 84{'line-02'} } 5F49{" POINT
                   "} 5F49{" POINT "} } ]"},
    {"engine_command", "bound-and-released",
     ATTESTED SIGN_CHANNEL USER "50 00 00 [" HANDLE_1 "8E{BF2400} ]" USER "51 00 00 [" HANDLE_1
                                "8E{BF2500} ]" DERIVE_PPK RELEASE RELEASE USER "50 00 00 [" HANDLE_1
                                "8E{00} ]" USER "51 00 00 [" HANDLE_1 "8E{00} ]"},
    {"engine_command", "released-under-another-eid",
     ATTESTED USER "88 00 00 [ 8604 00010001 87{89049032123451234512345678901332} 88{" ICCID
                   "} ]" RELEASE},
    {"engine_command", "released-over-the-quota",
     ATTESTED SO "D0 00 00 [ 9804 00000000 ]" DERIVE_PPK RELEASE},
    {"engine_command", "released-after-the-officers-date",
     ATTESTED SO "D0 00 00 [ 9908 0000000000000001 ]" DERIVE_PPK RELEASE},
    {"engine_command", "released-too-often",
     ATTESTED SO "D0 00 00 [ 9F2604 00000000 ]" DERIVE_PPK RELEASE},
    {"engine_command", "session-keys-on-a-dp-token",
     ATTESTED_DP USER "50 00 00 [" HANDLE_1 "8E{00} ]" DERIVE_PPK RELEASE},
    {"engine_command", "one-time-key-on-a-dp-token", DP ONE_TIME_KEY},
    {"engine_command", "one-time-key-as-another-kind",
     LINE ONE_TIME_KEY DERIVE_PPK USER "52 00 00 [" HANDLE_1 "95 04 80000201 ]" USER
                                       "52 00 00 [" HANDLE_2 "95 04 80000100 ]" USER
                                       "50 00 00 [" HANDLE_1 "8E{00} ]"},
    {"engine_command", "handle-stale",
     LINE ONE_TIME_KEY USER "53 00 00 [" HANDLE_1 "]" ONE_TIME_KEY USER "53 00 00 [" HANDLE_1 "]"},
    {"engine_command", "handle-of-another-connection",
     LINE ONE_TIME_KEY SO "53 00 00 [" HANDLE_1 "]"},
    {"engine_command", "handles-of-the-token",
     LINE USER "53 00 00 [ 8604 00010001 ]" USER "50 00 00 [ 8604 00020002 8E00 ]" USER
               "53 00 00 [ 8604 FFFFFFFF ]"},
    {"engine_command", "ppk-of-no-eid",
     LINE USER "88 00 00 [ 8604 00010001 87{" CHALLENGE "} 88{" ICCID "} ]"},
    {"engine_command", "ppk-of-another-root",
     LINE USER "88 00 00 [ 8604 00010002 87{" EID "} 88{" ICCID "} 97{" CHALLENGE "} ]"},
    {"engine_command", "policy",
     LINE SO "D0 00 00 [ 9804 00000000 9908 0000000000000001 ]" STATUS_OF(USER)},
    {"engine_command", "policy-of-batches",
     LINE SO "D0 00 00 [ 9F2604 00000002 9F27{" CHALLENGE CHALLENGE "} ]" SO
             "D0 00 00 [ 9F27{} ]" SO "D0 00 00 [ 9F27{" CHALLENGE "00} ]"},
    {"engine_command", "root-retired",
     LINE SO "46 01 00 [ 8901 09 ]" SO "E4 00 00 [ 8901 09 9F24{0102030405} ]" SO
             "E4 00 00 [ 8901 07 9F24{0102030405} ]"},
    {"engine_command", "keystore-info", LINE USER "C2 00 00 []"},
    {"engine_command", "journal-checked", LINE USER "B2 02 00 []" SO "B2 02 00 []"},
    {"engine_command", "keys-again",
     LINE SO "46 02 00 [ 910102 ]" SO "46 04 00 []" SO "D9 03 00 [ 8C{" HASH "} ]"},
    {"engine_command", "root-generated", DP SO "46 01 00 [ 8901 05 ]" SO "46 01 00 []"},
    {"engine_command", "components",
     LINE SO "D8 01 03 [ 8B{" HASH "} ]" SO "D8 02 03 [ 8B{" HASH "} ]" SO "D8 03 02 [ 8B{" HASH
             "} ]"},
    {"engine_command", "components-that-cancel-out",
     LINE SO "D8 01 02 [ 8B{" HASH "} ]" SO "D8 02 02 [ 8B{" HASH "} ]"},
    {"engine_command", "components-by-two",
     LINE SO "D8 01 02 [ 8B{" HASH "} ]" USER "D8 02 02 [ 8B{" HASH "} ]"},
    {"engine_command", "csr",
     LINE USER "48 02 00 [ 9F21{'name'} 9F22{'organisation'} 9F23{'2.999.10'} ]"},
    {"engine_command", "csr-oid-of-64-bits-and-more",
     LINE USER "48 03 00 [ 9F21{'name'} 9F23{'2.99999999999999999999999999999999'} ]"},
    {"engine_command", "csr-oid-none", LINE USER "48 03 00 [ 9F21{'name'} 9F23{'1.2.3..4'} ]"},
    {"engine_command", "csr-name-of-zeros", LINE USER "48 03 00 [ 9F21{00000000} ]"},
    {"engine_command", "certificate-broken",
     LINE SO "DA 05 00 [ 8D{3000} ]" SO "DA 02 00 [ 8D{3000} ]"},
    {"engine_command", "journal",
     LINE USER "B2 00 00 [ 9A08 0000000000000001 ]" USER "B2 01 00 []" USER
               "B2 00 00 [ 9A08 FFFFFFFFFFFFFFFF ]" SO "B2 00 00 []"},
    {"engine_command", "logout",
     LINE ONE_TIME_KEY USER "21 00 00 []" USER "53 00 00 [" HANDLE_1 "]" SO "21 00 00 []" NOBODY
                            "20 00 01 [ 83{'user-pin-1'} ]"},
    {"engine_command", "raw",
     LINE RAW "[ 80CA0000 000000 ]" RAW "[ 80CA0000 ]" RAW "[ 80 ]" RAW "[]"},
    {"engine_command", "raw-wrong-class", LINE RAW "[ 00CA0000 000000 ]" RAW "[ 80FF0000 ]"},
    {"engine_command", "raw-length-of-64-kib", LINE RAW "[ 80500000 00FFFF 86 ]"},
};

static void write_certificate_command(const char *folder, const char *name, uint8_t key,
                                      struct bytes der)
{
    struct buf out, field;
    buf_init(&out, SEED_MAX);
    buf_init(&field, SEED_MAX);
    tlv_put(&field, TOKWIRE_F_CERTIFICATE, der);
    const uint8_t head[] = {0, 2, TOKWIRE_PUT_CERTIFICATE, key, 0};
    buf_put_bytes(&out, BYTES_OF(head));
    buf_put_u16(&out, (uint16_t)field.len);
    buf_put_bytes(&out, buf_bytes(&field));
    seed_require(buf_err(&out) == ERR_OK, name);
    seed_write(folder, "engine_command", name, buf_bytes(&out));
    buf_clear(&out);
    buf_clear(&field);
}

/* Evidence ------------------------------------------------------------------ */

/* One set: what differs from what is right. */
struct evidence {
    const char *name;
    uint8_t sign_anew; /* fuzz_evidence.c */
    const struct test_pki_identity *euicc, *eum;
    const char *signed2; /* in words; NULL: as it should be */
    const char *host_id;
};

static void put_signed2(const struct evidence *evidence, struct buf *out)
{
    static const char usual[] = "30{ 80{" TID "} 5F49{" POINT "} }";
    seed_assemble(evidence->signed2 != NULL ? evidence->signed2 : usual, out);
}

static void write_evidence(const char *folder, const struct test_pki *pki,
                           const struct evidence *evidence)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct buf out, signed2, covered;
    buf_init(&out, SEED_MAX);
    buf_init(&signed2, SEED_MAX);
    buf_init(&covered, SEED_MAX);
    put_signed2(evidence, &signed2);
    buf_put_bytes(&covered, buf_bytes(&signed2));
    rsp_put_signature(&covered, BYTES_OF(evidence_smdp_signature2));
    seed_require(ec_sign(pki->euicc.key, buf_bytes(&covered), signature) == ERR_OK, "sign");
    buf_put_u8(&out, evidence->sign_anew);
    tlv_put(&out, TOKWIRE_F_CERTIFICATE, buf_bytes(&evidence->euicc->der));
    tlv_put(&out, TOKWIRE_F_EUM_CERTIFICATE, buf_bytes(&evidence->eum->der));
    tlv_put(&out, TOKWIRE_F_EUICC_SIGNED2, buf_bytes(&signed2));
    tlv_put(&out, TOKWIRE_F_SIGNATURE, BYTES_OF(signature));
    tlv_put_str(&out, TOKWIRE_F_HOST_ID, evidence->host_id != NULL ? evidence->host_id : "line-01");
    seed_write(folder, "evidence", evidence->name, buf_bytes(&out));
    buf_clear(&out);
    buf_clear(&signed2);
    buf_clear(&covered);
}

static void write_evidence_of(const char *folder, const struct test_pki *pki)
{
    const struct test_pki_identity *euicc = &pki->euicc, *eum = &pki->eum;
    const struct evidence all[] = {
        {"valid", 0, euicc, eum, NULL, NULL},
        {"signed-anew", 7, euicc, eum, NULL, NULL},
        {"certificates-signed-anew", 6, euicc, eum, NULL, NULL},
        {"host-id-of-16", 0, euicc, eum, NULL, "line-01-89012345"},
        {"host-id-of-17", 0, euicc, eum, NULL, "line-01-890123456"},
        {"certificates-exchanged", 0, eum, euicc, NULL, NULL},
        {"ci-as-eum", 1, euicc, &pki->ci, NULL, NULL},
        {"dpauth-as-euicc", 1, &pki->dpauth, eum, NULL, NULL},
        {"hash-cc", 0, euicc, eum, "30{ 80{" TID "} 5F49{" POINT "} 04{" HASH "} }", NULL},
        {"point-off-the-curve", 1, euicc, eum, "30{ 80{" TID "} 5F49{ 04" HASH HASH "} }", NULL},
        {"point-at-infinity", 1, euicc, eum, "30{ 80{" TID "} 5F49{ 00 } }", NULL},
        {"point-compressed", 1, euicc, eum, "30{ 80{" TID "} 5F49{ 02" HASH HASH "} }", NULL},
        {"transaction-of-somebody-else", 1, euicc, eum, "30{ 80{ 0909 } 5F49{" POINT "} }", NULL},
        {"extension-behind", 1, euicc, eum, "30{ 80{" TID "} 5F49{" POINT "} BF77{ 8000 } }", NULL},
        {"signed2-twice", 1, euicc, eum,
         "30{ 80{" TID "} 5F49{" POINT "} } 30{ 80{" TID "} 5F49{" POINT "} }", NULL},
        {"signed2-of-4-gib", 1, euicc, eum, "30 84FFFFFFFF 80", NULL},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        write_evidence(folder, pki, &all[i]);
    }
}

/* Certificates that are wrong in what they say. */
static void write_evidence_variant(const char *folder, const char *name,
                                   const struct test_pki_specs *specs)
{
    struct test_pki pki;
    test_pki_make(specs, &pki);
    const struct evidence evidence = {name, 0, &pki.euicc, &pki.eum, NULL, NULL};
    write_evidence(folder, &pki, &evidence);
    test_pki_clear(&pki);
}

static void write_evidence_variants(const char *folder)
{
    struct test_pki_specs specs;
    test_pki_specs_init(&specs);
    specs.euicc.serial_number = "89999032123451234512345678901235";
    write_evidence_variant(folder, "eid-outside-the-eum", &specs);
    test_pki_specs_init(&specs);
    specs.euicc.not_after = TEST_PKI_NOW - 1;
    write_evidence_variant(folder, "expired", &specs);
    test_pki_specs_init(&specs);
    specs.euicc.curve = EC_CURVE_BRAINPOOL_P256R1;
    specs.eum.curve = EC_CURVE_BRAINPOOL_P256R1;
    write_evidence_variant(folder, "brainpool", &specs);
    test_pki_specs_init(&specs);
    specs.eum.excluded_eid = "8904";
    specs.eum.path_length = 0;
    write_evidence_variant(folder, "excluded-subtree", &specs);
    test_pki_specs_init(&specs);
    specs.euicc.unknown_critical = true;
    specs.euicc.second_role = CERT_ROLE_EUM;
    write_evidence_variant(folder, "unknown-extension-two-roles", &specs);
}

void seeds_of_token(const char *folder)
{
    struct test_pki pki;
    seed_write_table(folder, seeds, sizeof(seeds) / sizeof(seeds[0]));
    test_pki_make(NULL, &pki);
    write_certificate_command(folder, "certificate-of-a-ci", TOKWIRE_KEY_CI,
                              buf_bytes(&pki.ci.der));
    write_certificate_command(folder, "certificate-dpauth", TOKWIRE_KEY_DPAUTH,
                              buf_bytes(&pki.dpauth.der));
    write_certificate_command(folder, "certificate-of-another-role", TOKWIRE_KEY_DPAUTH,
                              buf_bytes(&pki.dppb.der));
    write_certificate_command(folder, "certificate-of-an-euicc-as-ci", TOKWIRE_KEY_CI,
                              buf_bytes(&pki.euicc.der));
    write_evidence_of(folder, &pki);
    test_pki_clear(&pki);
    write_evidence_variants(folder);
}
