/* Modems of both dialects, in full sessions and in every failure. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hex.h"
#include "euicc/es10c.h"
#include "link/modem.h"
#include "support/test.h"
#include "wire.h"

#define AID "A0000005591010FFFFFFFF8900000100"
#define CCHO SENT("AT+CCHO=\"" AID "\"")
#define START SENT("ATE0V1") SAID("OK") SENT("AT+CMEE=2") SAID("OK")
#define CSIM(len, hex) SENT("AT+CSIM=" #len ",\"" hex "\"")
#define CSIM_SAID(len, hex) SAID("+CSIM: " #len ",\"" hex "\"") SAID("OK")
#define EID_REQUEST "80E2910006BF3E035C015A"
#define EID_ANSWER "BF3E125A10890490321234512345123456789012359000"

static const struct modem_timeouts short_timeouts = {200, 200, 200};
static char detail[PORT_DETAIL_SIZE];

static struct modem *open_modem(const char *script)
{
    struct modem *modem;
    TEST_OK(modem_open(wire_script(script), &short_timeouts, &modem, detail));
    CU_ASSERT_PTR_NOT_NULL_FATAL(modem);
    return modem;
}

/* GetEID over the transport, from select to close. */
static void get_eid(struct modem *modem)
{
    struct isdr isdr;
    struct eid eid;
    char text[EID_TEXT_SIZE];

    TEST_OK(isdr_open(&isdr, modem_transport(modem)));
    TEST_OK(es10c_get_eid(&isdr, &eid));
    CU_ASSERT_STRING_EQUAL(eid_text(&eid, text), "89049032123451234512345678901235");
    isdr_close(&isdr);
}

/* Nothing but the six commands there must be, and every byte counted. */
static void cgla_session(void)
{
    struct modem *modem = open_modem(
        START CCHO SAID("+CCHO: 1") SAID("OK") SENT("AT+CGLA=1,22,\"" EID_REQUEST "\"")
            SAID("+CGLA: 46,\"" EID_ANSWER "\"") SAID("OK") SENT("AT+CCHC=1") SAID("OK"));
    struct euicc_transport *transport = modem_transport(modem);

    CU_ASSERT_STRING_EQUAL(modem_dialect(modem), "CGLA");
    get_eid(modem);
    CU_ASSERT_EQUAL(transport->traffic.apdus, 1);
    CU_ASSERT_EQUAL(transport->traffic.tx_bytes, 7 + 10 + 43 + 38 + 10);
    CU_ASSERT_EQUAL(transport->traffic.rx_bytes, 6 + 6 + 12 + 6 + 63 + 6 + 6 - 1);
    modem_close(&modem);
    CU_ASSERT_PTR_NULL(modem);
}

/* Session ids are the modem's words: long, bare, quoted. */
static void cgla_session_ids(void)
{
    static const struct {
        const char *answer;
        const char *id;
    } rows[] = {
        {"+CCHO: 2", "2"},
        {"+CCHO: 00000000038aa32f", "00000000038aa32f"},
        {"+CCHO:\\x22"
         "3"
         "\\x22",
         "3"},
        {"1", "1"},
        {"\\x22"
         "7"
         "\\x22",
         "7"},
    };
    char script[512];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(script, sizeof(script),
                 START CCHO "< \\r\\n%s\\r\\n\\r\\nOK\\r\\n\n> AT+CCHC=%s\\r\n" SAID("OK"),
                 rows[i].answer, rows[i].id);
        struct modem *modem = open_modem(script);
        modem_close(&modem);
    }
}

/* Whatever is no number is not sent back inside a command. */
static void strange_session_ids_are_refused(void)
{
    static const char *const answers[] = {"+CCHO:", "+CCHO: 1,2", "+CCHO: 1\\x22;+CFUN=0",
                                          "+CCHO: xyz"};
    char script[2048];
    struct modem *modem;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        snprintf(script, sizeof(script),
                 START CCHO "< \\r\\n%s\\r\\n\\r\\nOK\\r\\n\n" CSIM(10, "0070000001") SAID("ERROR")
                     SENT("AT+CCHC=1") SAID("ERROR") SENT("AT+CCHC=2") SAID("ERROR")
                         SENT("AT+CCHC=3") SAID("ERROR") CSIM(8, "00708001") SAID("ERROR") CCHO
                 "< \\r\\n%s\\r\\n\\r\\nOK\\r\\n\n" CSIM(10, "0070000001") SAID("ERROR"),
                 answers[i], answers[i]);
        TEST_ERR(modem_open(wire_script(script), &short_timeouts, &modem, detail), ERR_UNSUPPORTED);
        CU_ASSERT_PTR_NULL(modem);
    }
}

/* len counts characters and must be right; quotes and prefix may be missing. */
static void cgla_answers(void)
{
    static const struct {
        const char *answer;
        enum err err;
        const char *hex;
    } rows[] = {
        {"+CGLA: 4,\"9000\"", ERR_OK, "9000"},
        {"+CGLA:4,9000", ERR_OK, "9000"},
        {"+CGLA: 4, \"9000\"", ERR_OK, "9000"},
        {"+CGLA: 8,\"abcd6A88\"", ERR_OK, "ABCD6A88"},
        {"4,9000", ERR_OK, "9000"},
        {"+CGLA: 6,\"9000\"", ERR_MALFORMED, ""},
        {"+CGLA: 2,\"9000\"", ERR_MALFORMED, ""},
        {"+CGLA: 3,\"900\"", ERR_MALFORMED, ""},
        {"+CGLA: 2,\"90\"", ERR_MALFORMED, ""},
        {"+CGLA: 0,\"\"", ERR_MALFORMED, ""},
        {"+CGLA: 4,\"90G0\"", ERR_MALFORMED, ""},
        {"+CGLA: 4,\"9000\",1", ERR_MALFORMED, ""},
        {"+CGLA: 99999999999999999999,\"9000\"", ERR_MALFORMED, ""},
        {"+CGLA: -4,\"9000\"", ERR_MALFORMED, ""},
        {"+CGLA: \"9000\"", ERR_MALFORMED, ""},
        {"+CGLA: 4", ERR_MALFORMED, ""},
        {"+CGLA:", ERR_MALFORMED, ""},
    };
    char script[1024];
    struct buf response;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(script, sizeof(script),
                 START CCHO SAID("+CCHO: 1")
                     SAID("OK") "> AT+CGLA=1,10,\"80E2910000\"\\r\n"
                                "< \\r\\n%s\\r\\n\\r\\nOK\\r\\n\n" SENT("AT+CCHC=1") SAID("OK"),
                 rows[i].answer);
        struct modem *modem = open_modem(script);
        struct euicc_transport *transport = modem_transport(modem);
        buf_init(&response, 4096);
        TEST_ERR(transport->ops->transmit(transport, test_hex("80E2910000"), &response),
                 rows[i].err);
        TEST_BYTES(buf_bytes(&response), test_hex(rows[i].hex));
        if (rows[i].err != ERR_OK) {
            CU_ASSERT_EQUAL(strncmp(transport->ops->detail(transport), "AT+CGLA: ", 9), 0);
        }
        buf_clear(&response);
        modem_close(&modem);
    }
}

/* A modem that follows 61xx by itself hands over more than 258 bytes. */
static void cgla_long_answer(void)
{
    static char hex[2 * 1500 + 1], script[8192];
    struct buf response;

    memset(hex, '5', sizeof(hex) - 1);
    memcpy(hex + sizeof(hex) - 5, "9000", 4);
    snprintf(script, sizeof(script),
             START CCHO SAID("+CCHO: 1") SAID("OK")
                 SENT("AT+CGLA=1,10,\"80E2910000\"") "< +CGLA: 3000,\"%s\"\\r\\nOK\\r\\n\n" SENT(
                     "AT+CCHC=1") SAID("OK"),
             hex);
    struct modem *modem = open_modem(script);
    struct euicc_transport *transport = modem_transport(modem);
    buf_init(&response, 4096);
    TEST_OK(transport->ops->transmit(transport, test_hex("80E2910000"), &response));
    CU_ASSERT_EQUAL(response.len, 1500);
    buf_clear(&response);
    modem_close(&modem);
}

/* Invariant: the longest command, 255 bytes of data with Le, fits. */
static void cgla_longest_command(void)
{
    static uint8_t command[261];
    static char hex[2 * 261 + 1], script[4096];
    struct buf response;

    memset(command, 0xAB, sizeof(command));
    hex_encode(BYTES_OF(command), hex);
    snprintf(script, sizeof(script),
             START CCHO SAID("+CCHO: 1")
                 SAID("OK") "> AT+CGLA=1,522,\"%s\"\\r\n" SAID("+CGLA: 4,\"9000\"") SAID("OK")
                     SENT("AT+CCHC=1") SAID("OK"),
             hex);
    struct modem *modem = open_modem(script);
    struct euicc_transport *transport = modem_transport(modem);
    buf_init(&response, 4096);
    TEST_OK(transport->ops->transmit(transport, BYTES_OF(command), &response));
    buf_clear(&response);
    modem_close(&modem);
}

/* ISO/IEC 7816-4 5.4.1: channel bits of CLA are the tool's in CSIM. */
static void csim_session(void)
{
    struct modem *modem = open_modem(
        START CCHO SAID("+CME ERROR: operation not supported") CSIM(10, "0070000001")
            CSIM_SAID(6, "029000") CSIM(42, "02A4040010" AID) CSIM_SAID(4, "6121")
                CSIM(22, "82E2910006BF3E035C015A") CSIM_SAID(4, "6115") CSIM(10, "02C0000015")
                    CSIM_SAID(46, EID_ANSWER) CSIM(8, "00708002") CSIM_SAID(4, "9000"));

    CU_ASSERT_STRING_EQUAL(modem_dialect(modem), "CSIM");
    get_eid(modem);
    CU_ASSERT_EQUAL(modem_transport(modem)->traffic.apdus, 5);
    modem_close(&modem);
}

/* Channels 4 to 19: STORE DATA C0 | (channel - 4), interindustry 40 | .. */
static void csim_further_channels(void)
{
    struct modem *modem = open_modem(
        START CCHO SAID("ERROR") CSIM(10, "0070000001") CSIM_SAID(4, "6101") CSIM(10, "00C0000001")
            CSIM_SAID(6, "139000") CSIM(42, "4FA4040010" AID) CSIM_SAID(4, "9000")
                CSIM(22, "CFE2910006BF3E035C015A") CSIM_SAID(4, "6115") CSIM(10, "4FC0000015")
                    CSIM_SAID(46, EID_ANSWER) CSIM(8, "00708013") CSIM_SAID(4, "9000"));

    get_eid(modem);
    modem_close(&modem);
}

/* 6Cxx to MANAGE CHANNEL and to SELECT. */
static void csim_wrong_le(void)
{
    struct modem *modem =
        open_modem(START CCHO SAID("ERROR") CSIM(10, "0070000001") CSIM_SAID(4, "6C01")
                       CSIM(10, "0070000001") CSIM_SAID(6, "019000") CSIM(42, "01A4040010" AID)
                           CSIM_SAID(4, "6C02") CSIM(44, "01A4040010" AID "02")
                               CSIM_SAID(8, "6F009000") CSIM(8, "00708001") CSIM_SAID(4, "9000"));
    modem_close(&modem);
}

static void csim_strange_channels_are_refused(void)
{
    static const char *const answers[] = {"+CSIM: 6,\"009000\"", "+CSIM: 6,\"149000\"",
                                          "+CSIM: 4,\"9000\"", "+CSIM: 8,\"01029000\"",
                                          "+CSIM: 4,\"6100\""};
    char script[2048];
    struct modem *modem;

    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        snprintf(script, sizeof(script),
                 START CCHO SAID("ERROR") CSIM(10, "0070000001") "< %s\\r\\nOK\\r\\n\n" GONE,
                 answers[i]);
        CU_ASSERT_NOT_EQUAL(modem_open(wire_script(script), &short_timeouts, &modem, detail),
                            ERR_OK);
        CU_ASSERT_PTR_NULL(modem);
    }
}

/* A card without ISD-R: the modem is fine, and isdr_open() says what is wrong. */
static void csim_card_without_isdr(void)
{
#define NO_ISDR                                                                                    \
    CSIM(10, "0070000001")                                                                         \
    CSIM_SAID(6, "019000")                                                                         \
    CSIM(42, "01A4040010" AID) CSIM_SAID(4, "6A82") CSIM(8, "00708001") CSIM_SAID(4, "9000")
    struct modem *modem = open_modem(START CCHO SAID("ERROR") NO_ISDR NO_ISDR);
    struct isdr isdr;

    TEST_ERR(isdr_open(&isdr, modem_transport(modem)), ERR_REFUSED);
    CU_ASSERT_STRING_EQUAL(isdr.detail, "ISD-R: SELECT: SW 6A82");
    modem_close(&modem);
}

/* Invariant 6: channels of a crashed program are closed, once. */
static void leftover_channels_are_released(void)
{
    struct modem *modem = open_modem(
        START CCHO SAID("+CME ERROR: 30") CSIM(10, "0070000001") CSIM_SAID(4, "6881")
            SENT("AT+CCHC=1") SAID("OK") SENT("AT+CCHC=2") SAID("ERROR") SENT("AT+CCHC=3")
                SAID("ERROR") CSIM(8, "00708001") CSIM_SAID(4, "6200") CSIM(8, "00708002")
                    CSIM_SAID(4, "9000") CSIM(8, "00708003") CSIM_SAID(4, "9000")
                        CCHO SAID("+CCHO: 1") SAID("OK") SENT("AT+CCHC=1") SAID("OK"));
    CU_ASSERT_STRING_EQUAL(modem_dialect(modem), "CGLA");
    modem_close(&modem);
}

static void neither_dialect_is_unsupported(void)
{
    static const char script[] = SENT("ATE0V1") SAID("OK") SENT("AT+CMEE=2") SAID("ERROR")
        SENT("AT+CMEE=1") SAID("ERROR") CCHO SAID("ERROR") CSIM(10, "0070000001")
            SAID("+CME ERROR: 4") SENT("AT+CCHC=1") SAID("ERROR") SENT("AT+CCHC=2") SAID("ERROR")
                SENT("AT+CCHC=3") SAID("ERROR") CSIM(8, "00708001") SAID("ERROR") CCHO SAID("ERROR")
                    CSIM(10, "0070000001") SAID("+CME ERROR: 4");
    struct modem *modem;

    TEST_ERR(modem_open(wire_script(script), &short_timeouts, &modem, detail), ERR_UNSUPPORTED);
    CU_ASSERT_STRING_EQUAL(detail, "AT+CCHO: ERROR; AT+CSIM: +CME ERROR: 4");
}

/* A modem error in mid-session is the modem's, not the card's: no status word. */
static void cme_error_in_mid_session(void)
{
    struct modem *modem =
        open_modem(START CCHO SAID("+CCHO: 1") SAID("OK") SENT("AT+CGLA=1,22,\"" EID_REQUEST "\"")
                       SAID("+CME ERROR: SIM failure") SENT("AT+CCHC=1") SAID("OK"));
    struct isdr isdr;
    struct eid eid;

    TEST_OK(isdr_open(&isdr, modem_transport(modem)));
    TEST_ERR(es10c_get_eid(&isdr, &eid), ERR_REFUSED);
    CU_ASSERT_EQUAL(isdr.sw, 0);
    CU_ASSERT_STRING_EQUAL(isdr.detail, "GetEID: AT+CGLA: +CME ERROR: SIM failure");
    isdr_close(&isdr);
    modem_close(&modem);
}

/* A failure at each step of opening: clear, and the port is closed. */
static void failures_while_opening(void)
{
    static const struct {
        const char *script;
        enum err err;
    } rows[] = {
        {GONE, ERR_CLOSED},
        {SENT("ATE0V1") GONE, ERR_CLOSED},
        {SENT("ATE0V1") SAID("OK") SENT("AT+CMEE=2") GONE, ERR_CLOSED},
        {SENT("ATE0V1") SAID("OK") SENT("AT+CMEE=2") SILENCE, ERR_TIMEOUT},
        {START CCHO SILENCE, ERR_TIMEOUT},
        {START CCHO SAID("RDY"), ERR_CLOSED},
        {START CCHO SAID("ERROR") CSIM(10, "0070000001") SILENCE, ERR_TIMEOUT},
        {START CCHO SAID("ERROR") CSIM(10, "0070000001") CSIM_SAID(6, "019000")
             CSIM(42, "01A4040010" AID) GONE,
         ERR_CLOSED},
        {START CCHO SAID("ERROR") CSIM(10, "0070000001") SAID("ERROR") SENT("AT+CCHC=1") SILENCE,
         ERR_TIMEOUT},
    };
    struct modem *modem;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        TEST_ERR(modem_open(wire_script(rows[i].script), &short_timeouts, &modem, detail),
                 rows[i].err);
        CU_ASSERT_PTR_NULL(modem);
        CU_ASSERT_NOT_EQUAL(detail[0], '\0');
    }
}

static void restart_in_mid_session(void)
{
    struct modem *modem =
        open_modem(START CCHO SAID("+CCHO: 1") SAID("OK") SENT("AT+CGLA=1,22,\"" EID_REQUEST "\"")
                       RAW("AT+CGLA=1,22,\"" EID_REQUEST "\"\\r\\r\\n+CME ERROR: 3\\r\\n"));
    struct isdr isdr;
    struct eid eid;

    TEST_OK(isdr_open(&isdr, modem_transport(modem)));
    TEST_ERR(es10c_get_eid(&isdr, &eid), ERR_CLOSED);
    CU_ASSERT_STRING_EQUAL(isdr.detail, "GetEID: AT+CGLA: the modem restarted");
    isdr_close(&isdr);
    modem_close(&modem);
}

/* A chip that goes silent: the call ends in time, and so does the closing. */
static void silent_chip(void)
{
    static const char *const answers[] = {"\r\nOK\r\n", "\r\nOK\r\n", "\r\n+CCHO: 1\r\n\r\nOK\r\n",
                                          NULL};
    struct far_side far_side;
    struct modem *modem;
    struct port *port;
    struct isdr isdr;
    struct eid eid;
    struct pty pty;

    pty_open(&pty);
    far_side_start(&far_side, pty.far, answers, 4);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    TEST_OK(modem_open(port, &short_timeouts, &modem, detail));
    TEST_OK(isdr_open(&isdr, modem_transport(modem)));
    int64_t start = clock_ms();
    TEST_ERR(es10c_get_eid(&isdr, &eid), ERR_TIMEOUT);
    CU_ASSERT_TRUE(clock_ms() - start < 1000);
    CU_ASSERT_STRING_EQUAL(isdr.detail, "GetEID: AT+CGLA: no answer");
    TEST_ERR(es10c_get_eid(&isdr, &eid), ERR_TIMEOUT); /* at once */
    isdr_close(&isdr);
    modem_close(&modem);
    CU_ASSERT_TRUE(clock_ms() - start < 3000);
    far_side_stop(&far_side);
    pty_close(&pty);
}

static void silent_modem(void)
{
    struct modem *modem;
    struct port *port;
    struct pty pty;

    pty_open(&pty);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    int64_t start = clock_ms();
    TEST_ERR(modem_open(port, &short_timeouts, &modem, detail), ERR_TIMEOUT);
    CU_ASSERT_TRUE(clock_ms() - start < 1000);
    CU_ASSERT_STRING_EQUAL(detail, "ATE0V1: no answer");
    pty_close(&pty);
}

/* A modem that answers only when asked again, and then twice. */
static void waking_modem(void)
{
    static const char *const answers[] = {NULL, "ATE0V1\r\r\nOK\r\n\r\nOK\r\n", "\r\nOK\r\n",
                                          "\r\n+CCHO: 1\r\n\r\nOK\r\n", "\r\nOK\r\n"};
    const struct modem_timeouts timeouts = {200, 200, 3000};
    struct far_side far_side;
    struct modem *modem;
    struct port *port;
    struct pty pty;

    pty_open(&pty);
    far_side_start(&far_side, pty.far, answers, 5);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    TEST_OK(modem_open(port, &timeouts, &modem, detail));
    modem_close(&modem);
    far_side_stop(&far_side);
    pty_close(&pty);
}

/* Invariant 7: a device that never stops talking. */
static void endless_talk_ends(void)
{
    struct modem *modem;
    struct port *port;
    struct pty pty;
    struct far_side far_side;

    pty_open(&pty);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    far_side_start(&far_side, pty.far, NULL, 0);
    int64_t start = clock_ms();
    enum err err = modem_open(port, &short_timeouts, &modem, detail);
    CU_ASSERT_TRUE(err == ERR_MALFORMED || err == ERR_TIMEOUT);
    CU_ASSERT_TRUE(clock_ms() - start < 2000);
    far_side_stop(&far_side);
    pty_close(&pty);
}

static void unplugged_in_mid_session(void)
{
    static const char *const answers[] = {"\r\nOK\r\n", "\r\nOK\r\n", "\r\n+CCHO: 1\r\n\r\nOK\r\n",
                                          NULL};
    const struct modem_timeouts timeouts = {5000, 5000, 5000};
    struct far_side far_side;
    struct modem *modem;
    struct port *port;
    struct buf response;
    struct pty pty;

    pty_open(&pty);
    far_side_start(&far_side, pty.far, answers, 4);
    TEST_OK(port_open(pty.name, 0, &port, detail));
    TEST_OK(modem_open(port, &timeouts, &modem, detail));
    far_side_stop(&far_side);
    pty_close(&pty);
    struct euicc_transport *transport = modem_transport(modem);
    int64_t start = clock_ms();
    buf_init(&response, 4096);
    TEST_ERR(transport->ops->transmit(transport, test_hex("80E2910000"), &response), ERR_CLOSED);
    CU_ASSERT_PTR_NOT_NULL(strstr(transport->ops->detail(transport), "gone"));
    modem_close(&modem);
    CU_ASSERT_TRUE(clock_ms() - start < 1000);
    buf_clear(&response);
}

static void imei(void)
{
    static const struct {
        const char *answer;
        enum err err;
    } rows[] = {
        {SAID("352906111234567") SAID("OK"), ERR_OK},
        {SAID("\"352906111234567\"") SAID("OK"), ERR_OK},
        {SAID("+CGSN: \"352906111234567\"") SAID("OK"), ERR_OK},
        {SAID("35290611123456") SAID("OK"), ERR_NOT_FOUND},
        {SAID("+CGSN: 3529061112345678") SAID("OK"), ERR_NOT_FOUND},
        {SAID("ERROR"), ERR_NOT_FOUND},
        {GONE, ERR_CLOSED},
    };
    char script[1024], text[16];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        snprintf(script, sizeof(script), "%s%s%s",
                 START CCHO SAID("+CCHO: 1") SAID("OK") SENT("AT+CGSN"), rows[i].answer,
                 SENT("AT+CCHC=1") SAID("OK"));
        struct modem *modem = open_modem(script);
        TEST_ERR(modem_imei(modem, text), rows[i].err);
        CU_ASSERT_STRING_EQUAL(text, rows[i].err == ERR_OK ? "352906111234567" : "");
        modem_close(&modem);
    }
}

static void channel_may_be_opened_again(void)
{
    struct modem *modem = open_modem(
        START CCHO SAID("+CCHO: 1") SAID("OK") SENT("AT+CCHC=1") SAID("OK") CCHO SAID("+CCHO: 2")
            SAID("OK") SENT("AT+CGLA=2,22,\"" EID_REQUEST "\"") SAID("+CGLA: 46,\"" EID_ANSWER "\"")
                SAID("OK") SENT("AT+CCHC=2") SAID("OK"));
    struct euicc_transport *transport = modem_transport(modem);
    struct buf response;

    buf_init(&response, 16);
    transport->ops->close(transport);
    transport->ops->close(transport);
    TEST_ERR(transport->ops->transmit(transport, test_hex("80E2910000"), &response), ERR_UNTIMELY);
    TEST_ERR(transport->ops->open(transport, BYTES_NONE), ERR_ARGUMENT);
    get_eid(modem);
    buf_clear(&response);
    modem_close(&modem);
}

static const struct test_case cases[] = {
    {"CGLA session", cgla_session},
    {"CGLA session ids", cgla_session_ids},
    {"strange session ids are refused", strange_session_ids_are_refused},
    {"CGLA answers", cgla_answers},
    {"CGLA long answer", cgla_long_answer},
    {"CGLA longest command", cgla_longest_command},
    {"CSIM session", csim_session},
    {"CSIM channels 4 to 19", csim_further_channels},
    {"CSIM 6Cxx", csim_wrong_le},
    {"CSIM strange channels", csim_strange_channels_are_refused},
    {"CSIM card without ISD-R", csim_card_without_isdr},
    {"leftover channels are released", leftover_channels_are_released},
    {"neither dialect", neither_dialect_is_unsupported},
    {"CME ERROR in mid-session", cme_error_in_mid_session},
    {"failures while opening", failures_while_opening},
    {"restart in mid-session", restart_in_mid_session},
    {"silent chip", silent_chip},
    {"silent modem", silent_modem},
    {"waking modem", waking_modem},
    {"endless talk ends", endless_talk_ends},
    {"unplugged in mid-session", unplugged_in_mid_session},
    {"IMEI", imei},
    {"channel may be opened again", channel_may_be_opened_again},
};
TEST_MAIN("link/modem", cases)
