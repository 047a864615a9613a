/* What the line tool says to the simulated device. */
#include "seed_file.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

#define ISDR_AID "A0000005591010FFFFFFFF8900000100"
#define ICCID "98001032547698103214"
#define PLAIN_ICCID "89000123456789012341"
#define TID "0102030405060708"
#define CHALLENGE "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define HASH "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define OPEN_CHANNEL "(0070000001)"
#define SELECT_ISDR "(01A40400 (" ISDR_AID "))"
#define WHOLE "FF"
#define LINE(text) "'" text "'0D"

#define METADATA_HEAD "5A{" ICCID "} 91{'GSMA'} 92{'TS48 v7'}"
#define METADATA "BF25{" METADATA_HEAD "950102 }"
#define HEADER "A0{ 800102 810103 82{'TEST'} 83{" PLAIN_ICCID "} A500 A6{ 06{67810F010201} } }"
#define MF "B0{ A0{ 8000 810101 } 8100 A4{ 83{" ICCID "} } A2{ 8000 } }"
#define END "AA{ A0{ 8000 810163 } }"
#define REPLACE                                                                                    \
    "(BF26{ 80{01020300000000000000000000000000} 81{04050000000000000000000000000000}"             \
    "82{06070000000000000000000000000000} })"
#define CONFIGURE "(BF2400)"

#define POINT                                                                                      \
    "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"                           \
    "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"
#define SIGNED1                                                                                    \
    "[ 30{ 80{" TID "} 81{" CHALLENGE "} 83{'a.com'} 84{" CHALLENGE "} } ] [" CTX_PARAMS1 "]"
#define CTX_PARAMS1 "A0{ A1{ 80{35693803} A100 82{5396833065839038} } }"
#define SIGNED2 "[ 30{ 80{" TID "} 010100 } ] []"
#define CHANNEL "[ 820101 80{" TID "} A6{ 800188 810110 84{'line-01'} } 5F49{" POINT "} ]"

static const struct seed seeds[] = {
    {"simulator_card", "channel-and-selection",
     OPEN_CHANNEL SELECT_ISDR "(01C0000000) (0070800100)"},
    {"simulator_card", "channels-until-none-is-left",
     OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL
         OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL
             OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL OPEN_CHANNEL},
    {"simulator_card", "channel-19-closed", "(0070801300) (0070801400) (00708000) (007080FF)"},
    {"simulator_card", "further-channel-class", OPEN_CHANNEL "(40A40400) (4FA40400) (C0E2910000)"},
    {"simulator_card", "secure-messaging-class", "(0CA40400) (10A40400) (60C00000)"},
    {"simulator_card", "get-eid", WHOLE "[BF3E{ 5C{5A} }]"},
    {"simulator_card", "infos", WHOLE "[BF2000]" WHOLE "[BF2200]" WHOLE "[BF3C00]"},
    {"simulator_card", "challenge-twice", WHOLE "[BF2E00]" WHOLE "[BF2E00]"},
    {"simulator_card", "lists", WHOLE "[BF2800]" WHOLE "[BF2D00]" WHOLE "[BF2B00]"},
    {"simulator_card", "list-with-criteria",
     WHOLE "[BF2D{ A0{ 5A{" ICCID "} } 5C{5A9F7091} }]" WHOLE "[BF2B{ A0{ 800105 } }]" WHOLE
           "[BF28{ 81020780 }]"},
    {"simulator_card", "profile-management",
     WHOLE "[BF31{ A0{ 5A{" ICCID "} } 8101FF }]" WHOLE "[BF32{ A0{ 5A{" ICCID "} } 810100 }]" WHOLE
           "[BF33{ 5A{" ICCID "} }]" WHOLE "[BF29{ 5A{" ICCID "} 90{'name'} }]" WHOLE
           "[BF30{ 800100 }]"},
    {"simulator_card", "enable-list-disable-delete",
     WHOLE "[BF31{ A0{ 5A{" ICCID "} } 810100 }]" WHOLE "[BF2D00]" WHOLE "[BF33{ 5A{" ICCID
           "} }]" WHOLE "[BF32{ A0{ 5A{" ICCID "} } 810100 }]" WHOLE "[BF33{ 5A{" ICCID "} }]" WHOLE
           "[BF2800]" WHOLE "[BF2B{ A0{ 81020780 } }]"},
    {"simulator_card", "profiles-by-aid",
     WHOLE "[BF2D{ A0{ 4F{A0000005591010FFFFFFFF8900001000} } }]" WHOLE
           "[BF31{ A0{ 4F{A0000005591010FFFFFFFF8900001000} } }]" WHOLE
           "[BF2D{ A0{ 950102 } 5C{5A4F9F70909192959394B6B7B899} }]"},
    {"simulator_card", "nickname-of-65-bytes-and-none",
     WHOLE "[BF29{ 5A{" ICCID "} 90{" HASH HASH "00} }]" WHOLE "[BF29{ 5A{" ICCID "} 9000 }]"},
    {"simulator_card", "authenticate-before-a-challenge",
     WHOLE "[BF38{ 30{ 80{" TID "} 81{" CHALLENGE "} 83{'a.com'} 84{" CHALLENGE
           "} } 5F37{" HASH HASH
           "} 04{F54172BDF98A95D65CBEB88A38A1C11D800A85C3} 30{} A0{ A1{ 80{00000000} A100 } } }]"},
    {"simulator_card", "authenticate-with-a-broken-certificate",
     WHOLE "[BF2E00]" WHOLE "[BF38{ 30{ 80{" TID "} 81{" CHALLENGE "} 83{'a.com'} 84{" CHALLENGE
           "} } 5F37{" HASH HASH "} 04{F54172BDF98A95D65CBEB88A38A1C11D800A85C3} 30{ 3000 }"
           " A0{ A1{ 80{00000000} A100 } } }]"},
    {"simulator_card", "prepare-untimely",
     WHOLE "[BF21{ 30{ 80{" TID "} 010100 } 5F37{" HASH HASH "} 30{} }]"},
    {"simulator_card", "cancel-untimely", WHOLE "[BF41{ 80{" TID "} 810105 }]"},
    {"simulator_card", "package-untimely", WHOLE "[BF36 8201 BF2300]" WHOLE "[A0{ 87{00} }]"},
    {"simulator_card", "function-unknown", WHOLE "[BF7F00] " WHOLE "[3000]" WHOLE "[BF]"},
    {"simulator_card", "length-of-4-gib",
     WHOLE "[BF3E 84FFFFFFFF 5C]" WHOLE "[BF36 84FFFFFFFF BF23]"},
    {"simulator_card", "blocks-with-a-gap",
     OPEN_CHANNEL SELECT_ISDR "(81E21100 (BF3E)) (81E29102 (035C015A)) (81E29101 (035C015A))"},
    {"simulator_card", "block-empty", OPEN_CHANNEL SELECT_ISDR "(81E29100) (81E2910000)"},
    {"simulator_card", "get-response-without-data", "(00C0000000) (00C0000100) (00C00000)"},
    {"simulator_card", "apdu-of-no-length", "() (00) (00A404) (00A4040010)"},

    {"simulator_modem", "cgla",
     "0000" LINE("ATE0V1") LINE("AT+CMEE=2") LINE("AT+CCHO=\"" ISDR_AID "\"")
         LINE("AT+CGLA=256,22,\"81E2910006BF3E035C015A\"") LINE("AT+CCHC=256")},
    {"simulator_modem", "csim",
     "0000" LINE("ATE0") LINE("AT+CSIM=10,\"0070000001\"")
         LINE("AT+CSIM=42,\"01A4040010" ISDR_AID "\"") LINE("AT+CSIM=10,\"01C0000015\"")},
    {"simulator_modem", "all-options",
     "FF01" LINE("ATE0") LINE("AT+CCHO=\"" ISDR_AID "\"") LINE("AT+CGLA=?") LINE("AT+CSIM=?")},
    {"simulator_modem", "ampersand-at-the-end", "0000" LINE("AT&") LINE("ATE0&") LINE("AT&F&")},
    {"simulator_modem", "ampersand-at-the-end-of-the-longest-line",
     "0002" LINE(
         "ATE0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0E0&")},
    {"simulator_modem", "semicolons", "0000" LINE("AT;;;+CGSN;+CMEE=1;E0;+CSIM=2,\"00\";&")},
    {"simulator_modem", "questions",
     "0000" LINE("ATI") LINE("AT+CGMM") LINE("AT+CGSN") LINE("AT+CMEE?") LINE("AT+CIMI")
         LINE("AT+CFUN?") LINE("AT+CPIN?")},
    {"simulator_modem", "backspaces",
     "0000"
     "0808'AT'08'T+CGSN'080808080D"},
    {"simulator_modem", "line-too-long-for-this-modem",
     "0002" LINE("AT+CSIM=96,\"" HASH HASH "\"") LINE("AT+CGSN")},
    {"simulator_modem", "arguments-missing",
     "0000" LINE("AT+CGLA=") LINE("AT+CGLA=1") LINE("AT+CGLA=1,") LINE("AT+CGLA=1,2,")
         LINE("AT+CCHO=") LINE("AT+CCHC=") LINE("AT+CSIM=") LINE("AT+CMEE=")},
    {"simulator_modem", "apdu-lengths",
     "0000" LINE("AT+CSIM=99999999999999999999,\"00\"") LINE("AT+CSIM=0,\"\"")
         LINE("AT+CSIM=3,\"000\"") LINE("AT+CSIM=2,\"0G\"") LINE("AT+CSIM=4,\"\"00\"")},
    {"simulator_modem", "aid-too-long", "0000" LINE("AT+CCHO=\"" HASH "\"")},
    {"simulator_modem", "not-addressed",
     "0000" LINE("BT+CGSN") LINE("   AT") LINE("at+cgsn") "0D0D"},
    {"simulator_modem", "nothing", "0000"},

    {"simulator_session", "up-to-the-channel", SIGNED1 SIGNED2 CHANNEL "BF2D00"},
    {"simulator_session", "cancelled", SIGNED1 SIGNED2 "[] BF41{ 80{" TID "} 810105 }"},
    {"simulator_session", "matching-id-and-strangers",
     "[ 30{ 80{" TID "} 81{" CHALLENGE "} 83{'a.com'} 84{" CHALLENGE "} BF77{ 8000 } } ]"
     "[ A0{ 80{'id'} A1{ 80{35693803} A1{ 80{0F} } } BF7700 } ]" SIGNED2 CHANNEL},
    {"simulator_session", "address-empty",
     "[ 30{ 80{" TID "} 81{" CHALLENGE "} 8300 84{" CHALLENGE "} } ] [" CTX_PARAMS1 "]"},
    {"simulator_session", "transaction-id-of-17",
     "[ 30{ 80{" CHALLENGE "00} 81{" CHALLENGE "} 83{'a'} 84{" CHALLENGE "} } ] [" CTX_PARAMS1 "]"},
    {"simulator_session", "device-info-missing",
     "[ 30{ 80{" TID "} 81{" CHALLENGE "} 83{'a.com'} 84{" CHALLENGE "} } ] [ A0{} ]"},
    {"simulator_session", "code-required-and-there",
     SIGNED1 "[ 30{ 80{" TID "} 0101FF } ] []" CHANNEL},
    {"simulator_session", "bpp-one-time-key-of-before",
     SIGNED1 "[ 30{ 80{" TID "} 010100 5F49{" POINT "} } ] []" CHANNEL},
    {"simulator_session", "transaction-changes", SIGNED1 "[ 30{ 80{09} 010100 } ] []"},
    {"simulator_session", "channel-of-another-operation",
     SIGNED1 SIGNED2 "[ 820102 80{" TID "} A6{ 800188 810110 84{'line-01'} } 5F49{" POINT "} ]"},
    {"simulator_session", "channel-of-another-key-type",
     SIGNED1 SIGNED2 "[ 820101 80{" TID "} A6{ 800189 810110 84{'line-01'} } 5F49{" POINT "} ]"},
    {"simulator_session", "channel-point-off-the-curve",
     SIGNED1 SIGNED2 "[ 820101 80{" TID "} A6{ 800188 810110 84{'line-01'} } 5F49{ 04" HASH HASH
                     "} ]"},
    {"simulator_session", "signed1-of-4-gib", "[ 30 84FFFFFFFF 80 ] [" CTX_PARAMS1 "]"},
    {"simulator_session", "nothing", ""},

    {"simulator_package", "whole", "3F" CONFIGURE "[" METADATA "]" REPLACE HEADER MF END},
    {"simulator_package", "without-replace-session-keys",
     "BF" CONFIGURE "[" METADATA "] ()" HEADER END},
    {"simulator_package", "first-script-missing",
     "00" CONFIGURE "[" METADATA "]" REPLACE HEADER END},
    {"simulator_package", "header-of-metadata-missing",
     "01" CONFIGURE "[" METADATA "]" REPLACE HEADER END},
    {"simulator_package", "metadata-missing", "02" CONFIGURE "[" METADATA "]" REPLACE HEADER END},
    {"simulator_package", "configure-empty", "3F () [" METADATA "]" REPLACE HEADER END},
    {"simulator_package", "configure-with-proprietary-data",
     "3F (BF24{ B8{ 80{00} } }) [" METADATA "]" REPLACE HEADER END},
    {"simulator_package", "metadata-empty", "3F" CONFIGURE "[]" REPLACE HEADER END},
    {"simulator_package", "metadata-of-4-gib",
     "3F" CONFIGURE "[BF25 84FFFFFFFF 5A]" REPLACE HEADER END},
    {"simulator_package", "metadata-with-everything",
     "3F" CONFIGURE "[ BF25{" METADATA_HEAD
     "930101 94{89504E47} 950102 B6{ 30{ 80020780 81{'a.com'} } } B7{ 80{21F354} 81{00} }"
     "99020740 BF76{ E2{ E1{ C1{} } } } } ]" REPLACE HEADER END},
    {"simulator_package", "metadata-owner-broken",
     "3F" CONFIGURE "[ BF25{" METADATA_HEAD
     "950102 B7{ 80{} } B6{ 30{} } 99{} } ]" REPLACE HEADER END},
    {"simulator_package", "replace-keys-short",
     "3F" CONFIGURE "[" METADATA "] (BF26{ 80{00} 81{00} 82{00} })" HEADER END},
    {"simulator_package", "iccid-of-another-profile",
     "3F" CONFIGURE "[" METADATA "]" REPLACE
     "A0{ 800102 810103 82{'TEST'} 83{89000123456789012349} A500 A6{ 06{6781} } }" END},
    {"simulator_package", "header-without-iccid",
     "3F" CONFIGURE "[" METADATA "]" REPLACE "A0{ 800102 810103 }" END},
    {"simulator_package", "element-of-4-gib",
     "3F" CONFIGURE "[" METADATA "]" REPLACE HEADER "A4 84FFFFFFFF 00"},
    {"simulator_package", "header-of-4-gib",
     "3F" CONFIGURE "[" METADATA "]" REPLACE "A0 84FFFFFFFF 80"},
    {"simulator_package", "end-missing", "3F" CONFIGURE "[" METADATA "]" REPLACE HEADER MF},
    {"simulator_package", "nothing-to-load", "3F" CONFIGURE "[" METADATA "]" REPLACE},
};

/* A profile of several segments. */
static void write_long_package(const char *folder)
{
    enum { FILLING = 3000 };
    struct buf out;
    buf_init(&out, SEED_MAX);
    seed_assemble("3F" CONFIGURE "[" METADATA "]" REPLACE HEADER, &out);
    tlv_put_header(&out, 0xA4, FILLING);
    uint8_t *filling = buf_extend(&out, FILLING);
    for (size_t i = 0; filling != NULL && i < FILLING; i++) {
        filling[i] = (uint8_t)(i * 7);
    }
    seed_assemble(END, &out);
    seed_write(folder, "simulator_package", "of-four-segments", buf_bytes(&out));
    buf_clear(&out);
}

void seeds_of_simulator(const char *folder)
{
    seed_write_table(folder, seeds, sizeof(seeds) / sizeof(seeds[0]));
    write_long_package(folder);
}
