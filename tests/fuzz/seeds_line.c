/* What a modem and an eUICC say. */
#include <string.h>

#include "seed_file.h"

/* A line, a final result, and what fuzz_at.c rules its reads with. */
#define CR "0D"
#define CRLF "0D0A"
#define NEXT "FF"
#define READ "FE"
#define SILENCE "FD"
#define CLOSED "FC"
#define SAY(line) CRLF "'" line "'" CRLF
#define OK SAY("OK") NEXT
/* ATE0V1, AT+CMEE=2 */
#define AWAKE OK OK
#define CGLA_OPEN AWAKE SAY("+CCHO: 1") OK
#define CGLA(answer) SAY("+CGLA: " answer) OK
#define EID_ANSWER "44,\"BF3E125A10890490321234512345123456789012359000\""
/* AT+CCHO fails; MANAGE CHANNEL gives 1; SELECT */
#define CSIM_OPEN AWAKE SAY("ERROR") NEXT SAY("+CSIM: 6,\"019000\"") OK SAY("+CSIM: 4,\"9000\"") OK
#define HEX_64 "'0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF'"

#define TID "0102030405060708090A0B0C0D0E0F10"
#define CHALLENGE "A0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
#define POINT                                                                                      \
    "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"                           \
    "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3"
#define HASH "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#define SIGNATURE "5F37{" HASH HASH "}"
#define ICCID "98001032547698103214"
#define KEY_ID "F54172BDF98A95D65CBEB88A38A1C11D800A85C3"
#define INFO2 "BF22{ 81{020301} 82{020202} 83{010203} A9{ 04{" KEY_ID "} } AA{ 04{" KEY_ID "} } }"
#define SIGNED1 "30{ 80{" TID "} 83{'a.com'} 84{" CHALLENGE "}" INFO2 " A0{ A1{ 8000 } } }"
#define NOTIFICATION "BF2F{ 800101 81020780 0C{'a.com'} 5A{" ICCID "} }"
#define RESULT                                                                                     \
    "BF37{ BF27{ 80{" TID "}" NOTIFICATION "06{883703} A2{ A1{ 800105 81010C } } }" SIGNATURE "}"
#define PROFILE(state) "E3{ 5A{" ICCID "} 9F70 01" state " 91{'GSMA'} 92{'Test'} 950102 }"

/* fuzz_es10.c: the function, whole answer */
#define GET_EID "00 00"
#define GET_INFO1 "01 00"
#define GET_INFO2 "02 00"
#define GET_CHALLENGE "03 00"
#define AUTHENTICATE "04 00"
#define PREPARE "05 00"
#define CANCEL "06 00"
#define LOAD_AFTER(scripts) "07" scripts
#define LIST "08 00"
#define RETRIEVE "09 00"
#define SENT "0A 00"
#define PROFILES "0B 00"
#define HAS_PROFILE "0C 00"
#define ENABLE "0D 00"
#define SCRIPTS "0E 00"

static const struct seed seeds[] = {
    {"at", "cgla",
     CGLA_OPEN CGLA(EID_ANSWER) CGLA("4,\"9000\"") CGLA("4,\"6A88\"") SAY("356938035643809")
         OK CGLA("4,\"6110\"") OK},
    {"at", "csim",
     CSIM_OPEN SAY("+CSIM: " EID_ANSWER) OK SAY("+CSIM: 4,\"9000\"") OK SAY("+CSIM: 4,\"6A88\"")
         OK SAY("+CGSN: \"356938035643809\"") OK},
    {"at", "csim-channel-19",
     AWAKE SAY("ERROR") NEXT SAY("+CSIM: 6,\"139000\"") OK SAY("+CSIM: 4,\"6121\"") OK},
    {"at", "csim-channel-0",
     AWAKE SAY("ERROR") NEXT SAY("+CSIM: 6,\"009000\"") OK SAY("+CSIM: 4,\"9000\"") OK},
    {"at", "csim-channel-255", AWAKE SAY("ERROR") NEXT SAY("+CSIM: 6,\"FF9000\"") OK OK},
    {"at", "csim-61xx-and-6cxx-without-end",
     AWAKE SAY("ERROR") NEXT SAY("+CSIM: 4,\"6101\"") OK SAY("+CSIM: 4,\"6C01\"")
         OK SAY("+CSIM: 4,\"6101\"") OK SAY("+CSIM: 4,\"6101\"") OK SAY("+CSIM: 4,\"6101\"") OK},
    {"at", "echo", "'ATE0V1'" CR CRLF "'OK'" CRLF NEXT OK SAY("+CCHO: 1") OK CGLA("4,\"9000\"")},
    {"at", "echo-comes-back",
     CGLA_OPEN "'AT+CGLA=1,22,\"81E2910006BF3E035C015A\"'" CR CGLA("4,\"9000\"")},
    {"at", "restart-in-the-middle", CGLA_OPEN SAY("RDY") SAY("+CFUN: 1") NEXT OK OK},
    {"at", "unsolicited-between-lines",
     AWAKE SAY("+CREG: 1") SAY("+CCHO: 1") SAY("RING") OK SAY("+CGEV: ME PDN ACT 1")
         CGLA("4,\"9000\"")},
    {"at", "cme-error", CGLA_OPEN SAY("+CME ERROR: SIM failure") NEXT SAY("+CME ERROR: 100") NEXT},
    {"at", "cms-error-and-old-words", SAY("+CMS ERROR: 500") NEXT SAY("COMMAND NOT SUPPORT") NEXT},
    {"at", "nothing-opens-so-channels-are-closed",
     AWAKE SAY("ERROR") NEXT SAY("ERROR") NEXT SAY("ERROR") NEXT OK OK SAY("ERROR")
         NEXT OK OK OK SAY("+CCHO: 2") OK CGLA("4,\"9000\"")},
    {"at", "session-id-bare", AWAKE SAY("3") OK CGLA("4,\"9000\"")},
    {"at", "session-id-of-64-digits",
     AWAKE CRLF "'+CCHO: '" HEX_64 CRLF OK CGLA("4,\"9000\"") CGLA("4,\"9000\"")},
    {"at", "session-id-of-65-digits", AWAKE CRLF "'+CCHO: 0'" HEX_64 CRLF OK},
    {"at", "session-id-with-a-command-in-it", AWAKE SAY("+CCHO: 1;+CFUN=0") OK},
    {"at", "session-id-a-quote", AWAKE SAY("+CCHO: \"") OK},
    {"at", "apdu-length-wrong", CGLA_OPEN CGLA("6,\"9000\"") CGLA("2,\"9000\"")},
    {"at", "apdu-length-without-end",
     CGLA_OPEN CGLA("99999999999999999999999999,\"9000\"") CGLA("4294967300,\"9000\"")},
    {"at", "apdu-odd-digits", CGLA_OPEN CGLA("5,\"90001\"") CGLA("3,\"900\"")},
    {"at", "apdu-no-digits", CGLA_OPEN CGLA("0,\"\"") CGLA(",\"9000\"") CGLA("2,\"90\"")},
    {"at", "apdu-quotes",
     CGLA_OPEN CGLA("4,9000") CGLA("4,\"9000") CGLA("4,9000\"") CGLA("4,\"9000\"x") CGLA("4,\"")},
    {"at", "apdu-blanks", CGLA_OPEN CGLA("  4 , \"9000\"  ") CGLA("4,\" 9000\"")},
    {"at", "apdu-without-prefix", CGLA_OPEN SAY("4,\"9000\"") OK},
    {"at", "ok-without-information", CGLA_OPEN OK OK OK},
    {"at", "information-twice",
     CGLA_OPEN SAY("+CGLA: 4,\"9000\"") SAY("+CGLA: 4,\"6A88\"") OK CGLA("4,\"9000\"")},
    {"at", "imei-of-14-digits",
     CGLA_OPEN CGLA("4,\"9000\"") CGLA("4,\"9000\"") CGLA("4,\"9000\"") SAY("35693803564380") OK},
    {"at", "imei-with-half-a-quote",
     CGLA_OPEN CGLA("4,\"9000\"") CGLA("4,\"9000\"") CGLA("4,\"9000\"") SAY("\"356938035643809")
         OK},
    {"at", "line-in-pieces",
     "0D" READ "0A'O'" READ "'K'" READ "0D" READ "0A" NEXT OK "0D0A'+CC'" SILENCE
     "'HO: 1'" CRLF OK},
    {"at", "silent", SILENCE SILENCE SILENCE SILENCE},
    {"at", "late-answer", SILENCE SILENCE SAY("OK") SILENCE SAY("OK") NEXT OK OK},
    {"at", "unplugged-at-once", CLOSED},
    {"at", "unplugged-while-settling", SAY("+CGLA: 4,9000") SAY("OK") CLOSED},
    {"at", "unplugged-in-a-line", CGLA_OPEN CRLF "'+CGLA: 4,\"90'" CLOSED},
    {"at", "bytes-that-do-not-print",
     CRLF "'OK'0007081B5B324A7F80'OK'" CRLF NEXT CRLF
          "'ERROR'00" CRLF NEXT SAY("+CME ERROR: x") "1B5B41" NEXT},
    {"at", "prefix-of-a-final-result", SAY("OKAY") SAY("ERRORS") SAY("OK") NEXT},
    {"at", "answers-to-somebody-else",
     SAY("+CGLA: 4,\"9000\"") SAY("+CSIM: 4,\"9000\"") OK SAY("OK") OK SAY("+CCHO: 1") OK},
    {"at", "empty", ""},

    {"es10", "eid", GET_EID "BF3E{ 5A{89049032123451234512345678901235} }"},
    {"es10", "eid-check-digits-wrong", GET_EID "BF3E{ 5A{89049032123451234512345678901236} }"},
    {"es10", "eid-of-15-bytes", GET_EID "BF3E{ 5A{890490321234512345123456789012} }"},
    {"es10", "info1", GET_INFO1 "BF20{ 82{020202} A9{ 04{" KEY_ID "} } AA{ 04{" KEY_ID "} } }"},
    {"es10", "info1-key-ids-of-other-lengths",
     GET_INFO1 "BF20{ 82{020202} A9{ 0400 04{01} 04{" KEY_ID "00} } AA{} }"},
    {"es10", "info1-17-key-ids",
     GET_INFO1 "BF20{ 82{020202} A9{ 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID
               "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID
               "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID
               "} 04{" KEY_ID "} 04{" KEY_ID "} 04{" KEY_ID "} } AA{} }"},
    {"es10", "info2", GET_INFO2 INFO2},
    {"es10", "info2-without-lists", GET_INFO2 "BF22{ 82{020202} }"},
    {"es10", "challenge", GET_CHALLENGE "BF2E{ 80{" CHALLENGE "} }"},
    {"es10", "challenge-of-17-bytes", GET_CHALLENGE "BF2E{ 80{" CHALLENGE "00} }"},
    {"es10", "authenticate",
     AUTHENTICATE "BF38{ A0{" SIGNED1 SIGNATURE "30{ 3000 } 30{ 3000 } } }"},
    {"es10", "authenticate-error", AUTHENTICATE "BF38{ A1{ 80{" TID "} 02 01 06 } }"},
    {"es10", "authenticate-error-code-of-nine-bytes",
     AUTHENTICATE "BF38{ A1{ 80{" TID "} 02{010203040506070809} } }"},
    {"es10", "authenticate-signature-of-63",
     AUTHENTICATE "BF38{ A0{" SIGNED1 "5F37{" HASH CHALLENGE CHALLENGE "00} 30{} 30{} } }"},
    {"es10", "authenticate-without-eum-certificate",
     AUTHENTICATE "BF38{ A0{" SIGNED1 SIGNATURE "30{ 3000 } } }"},
    {"es10", "prepare", PREPARE "BF21{ A0{ 30{ 80{" TID "} 5F49{" POINT "} }" SIGNATURE "} }"},
    {"es10", "prepare-point-of-64",
     PREPARE "BF21{ A0{ 30{ 80{" TID "} 5F49{" HASH HASH "} }" SIGNATURE "} }"},
    {"es10", "prepare-error", PREPARE "BF21{ A1{ 80{" TID "} 02 01 02 } }"},
    {"es10", "cancel", CANCEL "BF41{ A0{ 30{ 80{" TID "} } } }"},
    {"es10", "cancel-error", CANCEL "BF41{ 81 01 05 }"},
    {"es10", "load-result-after-the-last-script", LOAD_AFTER("0C") RESULT},
    {"es10", "load-result-after-the-first-script", LOAD_AFTER("00") RESULT},
    {"es10", "load-result-of-4-gib", LOAD_AFTER("03") "BF37 84FFFFFFFF BF27"},
    {"es10", "load-result-twice", LOAD_AFTER("03") RESULT RESULT},
    {"es10", "load-no-result", LOAD_AFTER("FF")},
    {"es10", "load-6a88-behind-the-result",
     "87"
     "[9000] [9000] [9000] [6110] [" RESULT "6A88]"},
    {"es10", "load-refused",
     "87"
     "[9000] [6985]"},
    {"es10", "load-link-gone",
     "87"
     "[9000] [] [9000]"},
    {"es10", "notifications",
     LIST "BF28{ A0{" NOTIFICATION NOTIFICATION "BF2F{ 800100 81020410 0C{'a.com'} } } }"},
    {"es10", "notifications-error", LIST "BF28{ 81 01 7F }"},
    {"es10", "notification-retrieved", RETRIEVE "BF2B{ A0{" RESULT "} }"},
    {"es10", "notification-of-another-number",
     RETRIEVE "BF2B{ A0{ 30{ BF2F{ 800105 81020410 0C{'a.com'} }" SIGNATURE "} } }"},
    {"es10", "notification-none", RETRIEVE "BF2B{ 81 01 01 }"},
    {"es10", "notification-sent", SENT "BF30{ 80 01 00 }"},
    {"es10", "notification-not-there", SENT "BF30{ 80 01 01 }"},
    {"es10", "profiles", PROFILES "BF2D{ A0{" PROFILE("01") PROFILE("00") "} }"},
    {"es10", "profile-without-iccid", PROFILES "BF2D{ A0{ E3{ 9F700101 } } }"},
    {"es10", "profile-name-not-utf-8",
     PROFILES "BF2D{ A0{ E3{ 5A{" ICCID "} 91{ C0AF EDA080 F4908080 E28080 1B5B } 92{ E2 } } } }"},
    {"es10", "profile-name-of-64-bytes",
     PROFILES "BF2D{ A0{ E3{ 5A{" ICCID "} 91{" HASH HASH "} 92{" HASH HASH "00 } } } }"},
    {"es10", "profiles-error", PROFILES "BF2D{ 81 01 01 }"},
    {"es10", "has-profile", HAS_PROFILE "BF2D{ A0{ E3{ 5A{" ICCID "} } } }"},
    {"es10", "has-profile-answers-with-all",
     HAS_PROFILE "BF2D{ A0{ E3{ 5A{98109909002143658739} } E3{ 5A{" ICCID "} } } }"},
    {"es10", "has-profile-none", HAS_PROFILE "BF2D{ A0{} }"},
    {"es10", "enable", ENABLE "BF31{ 80 01 00 }"},
    {"es10", "enable-refused", ENABLE "BF31{ 80 01 02 }"},
    {"es10", "enable-proactive-command-waits",
     "8D"
     "[9110]"},
    {"es10", "status-word-alone",
     "80"
     "[9000]"},
    {"es10", "status-word-half",
     "80"
     "[90]"},
    {"es10", "6cxx-for-ever",
     "80"
     "[6C10] [6C10] [6C10] [6C10]"},
    {"es10", "61xx-for-ever",
     "80"
     "[6101] [016101] [016101] [016101] [016101] [9000]"},
    {"es10", "answer-before-the-last-block",
     "84"
     "[01029000] [9000]"},
    {"es10", "outer-element-twice", GET_CHALLENGE "BF2E{ 80{" CHALLENGE "} } BF2E{}"},
    {"es10", "length-of-4-gib", GET_EID "BF3E 84FFFFFFFF 5A10"},
    {"es10", "indefinite-length", GET_EID "BF3E 80 5A10 0000"},
    {"es10", "empty-answer", GET_EID},
    {"es10", "package",
     SCRIPTS "BF36{ BF23{ 820101 } A0{ 87{" HASH "} } A1{ 88{" HASH "} 88{" HASH "} } A2{ 87{" HASH
             "} } A3{ 86{" HASH "} 86{" HASH "} } }"},
    {"es10", "package-without-replace-session-keys",
     SCRIPTS "BF36{ BF23{} A0{ 87{" HASH "} } A1{ 88{" HASH "} } A3{ 86{" HASH "} } }"},
    {"es10", "package-with-an-empty-list", SCRIPTS "BF36{ BF23{} A0{} A1{} A3{} }"},
    {"es10", "package-list-in-a-list",
     SCRIPTS "BF36{ BF23{} A0{ A0{ 87{00} } } A1{ 88{00} } A3{} }"},
    {"es10", "package-of-4-gib", SCRIPTS "BF36 84FFFFFFFF BF23 00"},
    {"es10", "package-bytes-behind",
     SCRIPTS "BF36{ BF23{} A0{ 87{00} } A1{ 88{00} } A3{ 86{00} } A4{00} }"},

    {"wire", "write-alone", "'> ATE0V1\\r'0A"},
    {"wire", "escape-at-the-end", "'> AT\\'0A'< \\x'0A"},
    {"wire", "closed-first", "'! closed'0A'> AT\\r'0A"},
    {"wire", "timeouts-alone", "'! timeout'0A'! timeout'0A'! timeout'0A"},
    {"wire", "no-event", "'?'0A"},
    {"wire", "comment-and-nothing", "'# nothing'0A0A"},
};

/* Longer than a line may be, and one byte shorter. */
static void write_long_lines(const char *folder)
{
    enum { LINE_MAX_BYTES = 4096 };
    static uint8_t line[LINE_MAX_BYTES + 1];
    struct buf out;
    memset(line, 'A', sizeof(line));
    buf_init(&out, SEED_MAX);
    seed_assemble(CGLA_OPEN CRLF "'+CGLA: '", &out);
    buf_put(&out, line, LINE_MAX_BYTES - strlen("+CGLA: "));
    seed_assemble(CRLF OK, &out);
    seed_write(folder, "at", "line-of-4096", buf_bytes(&out));
    buf_reset(&out);
    seed_assemble(CGLA_OPEN CRLF, &out);
    buf_put(&out, line, sizeof(line));
    seed_assemble(CRLF OK, &out);
    seed_write(folder, "at", "line-of-4097", buf_bytes(&out));
    buf_clear(&out);
}

void seeds_of_line(const char *folder)
{
    seed_write_table(folder, seeds, sizeof(seeds) / sizeof(seeds[0]));
    write_long_lines(folder);
}
