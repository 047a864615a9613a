/* The AT engine (3GPP TS 27.007, V.250) and how modems differ. */
#include "simulator/kit.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "simulator/modem.h"

#define AID "A0000005591010FFFFFFFF8900000100"
#define GET_EID "80E2910006BF3E035C015A"

static struct card *card;
static struct modem *modem;
static char answer[65536];

static void open_modem(enum modem_dialect dialect, const char *option, const char *fault)
{
    struct card_config card_config = {.identity = kit_identity()};
    struct modem_config config = {.dialect = dialect};
    if (fault) {
        TEST_OK(faults_add(&card_config.faults, fault));
    }
    if (option) {
        TEST_OK(modem_option(&config.options, option));
    }
    CU_ASSERT_EQUAL_FATAL(card_new(&card_config, &card), ERR_OK);
    config.card = card;
    CU_ASSERT_EQUAL_FATAL(modem_new(&config, &modem), ERR_OK);
}

static void close_modem(void)
{
    modem_free(&modem);
    card_free(&card);
}

/* Sends bytes and returns all that comes back. */
static const char *send_raw(const char *text)
{
    struct bytes left = bytes_make(text, strlen(text));
    buf_reset(&modem->out);
    while (left.len > 0) {
        size_t used = modem_input(modem, left);
        left = bytes_make(left.data + used, left.len - used);
    }
    CU_ASSERT_FATAL(modem->out.len < sizeof(answer));
    if (modem->out.len > 0) {
        memcpy(answer, modem->out.data, modem->out.len);
    }
    answer[modem->out.len] = '\0';
    return answer;
}

static const char *at(const char *command)
{
    char line[2048];
    snprintf(line, sizeof(line), "%s\r", command);
    return send_raw(line);
}

static bool says(const char *command, const char *expected)
{
    bool same = strcmp(at(command), expected) == 0;
    if (!same) {
        test_note("%s: %s", command, answer);
    }
    return same;
}

static void quiet(void)
{
    at("ATE0");
}

/* Opens the ISD-R; the session's id in id. */
static void open_isdr(char *id, size_t size)
{
    const char *text = at("AT+CCHO=\"" AID "\"");
    const char *from = strstr(text, "+CCHO: ");
    from = from ? from + 7 : text + 2;
    snprintf(id, size, "%.*s", (int)strcspn(from, "\r"), from);
}

static void test_basics(void)
{
    open_modem(MODEM_BOTH, NULL, NULL);
    CU_ASSERT_TRUE(says("AT", "AT\r\r\nOK\r\n")); /* echo is on */
    CU_ASSERT_TRUE(says("ATE0", "ATE0\r\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT", "\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("at", "\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("ATK", "\r\nERROR\r\n"));
    CU_ASSERT_TRUE(says("AT+NOSUCH", "\r\nERROR\r\n"));
    CU_ASSERT_TRUE(says("hello", "")); /* not addressed */
    CU_ASSERT_TRUE(says("", ""));
    CU_ASSERT_TRUE(says("ATE0V1", "\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("ATV0", "0\r"));
    CU_ASSERT_TRUE(says("AT+NOSUCH", "4\r"));
    CU_ASSERT_TRUE(says("ATV1", "\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CGSN", "\r\n356938035643809\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CGMI", "\r\neuicc-line\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CGMM", "\r\neuicc-sim\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("ATE0+CMEE=1;+CMEE?", "\r\n+CMEE: 1\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CMEE=3", "\r\n+CME ERROR: 50\r\n"));
    CU_ASSERT_TRUE(says("ATE1", "\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CFUN=1,1", "AT+CFUN=1,1\r\r\nOK\r\n\r\nRDY\r\n\r\n+CFUN: 1\r\n"
                                       "\r\n+CPIN: READY\r\n\r\nSMS DONE\r\n"));
    close_modem();
}

static void test_errors(void)
{
    open_modem(MODEM_BOTH, NULL, NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CCHC=7", "\r\nERROR\r\n"));
    at("AT+CMEE=1");
    CU_ASSERT_TRUE(says("AT+CCHC=7", "\r\n+CME ERROR: 50\r\n"));
    CU_ASSERT_TRUE(says("AT+CCHO=\"A0000000871002\"", "\r\n+CME ERROR: 22\r\n"));
    at("AT+CMEE=2");
    CU_ASSERT_TRUE(says("AT+CCHC=7", "\r\n+CME ERROR: incorrect parameters\r\n"));
    CU_ASSERT_TRUE(says("AT+NOSUCH", "\r\n+CME ERROR: operation not supported\r\n"));
    close_modem();
}

static void test_cgla(void)
{
    char id[64], line[256];
    open_modem(MODEM_CGLA, NULL, NULL);
    quiet();
    at("AT+CMEE=1");
    open_isdr(id, sizeof(id));
    CU_ASSERT_STRING_EQUAL(id, "256");
    CU_ASSERT_TRUE(says("AT+CGLA=256,22,\"" GET_EID "\"", "\r\n+CGLA: 4,\"6115\"\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CGLA=256,10,\"00C0000015\"",
                        "\r\n+CGLA: 46,\"BF3E125A10890490321234512345123456789012359000\"\r\n"
                        "\r\nOK\r\n"));
    /* the modem puts in the channel, whatever the caller's bits say */
    CU_ASSERT_TRUE(
        says("AT+CGLA=256,22,\"83E2910006BF3E035C015A\"", "\r\n+CGLA: 4,\"6115\"\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CGLA=256,22," GET_EID, "\r\n+CGLA: 4,\"6115\"\r\n\r\nOK\r\n"));
    /* lengths that do not agree, odd digits, strangers, no session */
    static const char *const bad[] = {"AT+CGLA=256,20,\"" GET_EID "\"",
                                      "AT+CGLA=256,21,\"80E2910006BF3E035C015\"",
                                      "AT+CGLA=256,4,\"80XX\"",
                                      "AT+CGLA=256,2,\"80\"",
                                      "AT+CGLA=257,22,\"" GET_EID "\"",
                                      "AT+CGLA=1,22,\"" GET_EID "\"",
                                      "AT+CGLA=256",
                                      "AT+CGLA=256,,"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_TRUE(says(bad[i], "\r\n+CME ERROR: 50\r\n"));
    }
    CU_ASSERT_TRUE(says("AT+CSIM=10,\"0070000001\"", "\r\n+CME ERROR: 4\r\n"));
    snprintf(line, sizeof(line), "AT+CCHC=%s", id);
    CU_ASSERT_TRUE(says(line, "\r\nOK\r\n"));
    CU_ASSERT_TRUE(says(line, "\r\n+CME ERROR: 50\r\n"));
    close_modem();
}

static void test_csim(void)
{
    open_modem(MODEM_CSIM, NULL, NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CCHO=\"" AID "\"", "\r\nERROR\r\n"));
    CU_ASSERT_TRUE(says("AT+CSIM=10,\"0070000001\"", "\r\n+CSIM: 6,\"019000\"\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CSIM=42,\"01A4040010" AID "\"", "\r\n+CSIM: 4,\"611B\"\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(
        says("AT+CSIM=22,\"81E2910006BF3E035C015A\"", "\r\n+CSIM: 4,\"6115\"\r\n\r\nOK\r\n"));
    /* here the caller's channel counts */
    CU_ASSERT_TRUE(says("AT+CSIM=22,\"" GET_EID "\"", "\r\n+CSIM: 4,\"6D00\"\r\n\r\nOK\r\n"));
    CU_ASSERT_TRUE(says("AT+CSIM=8,\"00708001\"", "\r\n+CSIM: 4,\"9000\"\r\n\r\nOK\r\n"));
    close_modem();
}

static void test_options(void)
{
    char id[64], line[256];
    struct modem_options options = {0};
    TEST_ERR(modem_option(&options, "nonsense"), ERR_NOT_FOUND);
    TEST_ERR(modem_option(&options, "bare-id=1"), ERR_MALFORMED);
    TEST_ERR(modem_option(&options, "max-line"), ERR_MALFORMED);
    TEST_OK(modem_option(&options, "max-line=600"));
    CU_ASSERT_EQUAL(options.max_line, 600);

    open_modem(MODEM_BOTH, "bare-id", NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CCHO=\"" AID "\"", "\r\n256\r\n\r\nOK\r\n"));
    close_modem();

    open_modem(MODEM_BOTH, "long-id", NULL);
    quiet();
    open_isdr(id, sizeof(id));
    CU_ASSERT_EQUAL(strlen(id), 32);
    snprintf(line, sizeof(line), "AT+CGLA=\"%s\",22,\"" GET_EID "\"", id);
    CU_ASSERT_TRUE(says(line, "\r\n+CGLA: 4,\"6115\"\r\n\r\nOK\r\n"));
    close_modem();

    open_modem(MODEM_BOTH, "no-quotes", NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CSIM=10,\"0070000001\"", "\r\n+CSIM: 6,019000\r\n\r\nOK\r\n"));
    close_modem();

    open_modem(MODEM_BOTH, "unsolicited", NULL);
    quiet();
    at("AT+CSIM=10,\"0070000001\"");
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "\r\n+CREG: 1\r\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "\r\n+CSIM: 6,\"019000\"\r\n"));
    CU_ASSERT_TRUE(strstr(answer, "+C") < strstr(answer, "+CSIM"));
    close_modem();

    open_modem(MODEM_BOTH, "auto-get-response", NULL);
    quiet();
    open_isdr(id, sizeof(id));
    CU_ASSERT_TRUE(says("AT+CGLA=256,22,\"" GET_EID "\"",
                        "\r\n+CGLA: 46,\"BF3E125A10890490321234512345123456789012359000\"\r\n"
                        "\r\nOK\r\n"));
    close_modem();

    open_modem(MODEM_BOTH, "max-line=40", NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CCHO=\"" AID "\"", "\r\nERROR\r\n"));
    CU_ASSERT_TRUE(says("AT", "\r\nOK\r\n"));
    close_modem();
}

static void test_probes(void)
{
    open_modem(MODEM_BOTH, NULL, NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CCHO=?", "\r\nOK\r\n"));
    close_modem();
    open_modem(MODEM_BOTH, "no-probe", NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CCHO=?", "\r\nERROR\r\n"));
    close_modem();
    open_modem(MODEM_BOTH, "silent-probe", NULL);
    quiet();
    CU_ASSERT_TRUE(says("AT+CCHO=?", ""));
    CU_ASSERT_TRUE(says("AT", "\r\nOK\r\n"));
    close_modem();
}

static void test_faults(void)
{
    char id[64];
    open_modem(MODEM_BOTH, NULL, "silent=GetEID");
    quiet();
    open_isdr(id, sizeof(id));
    CU_ASSERT_TRUE(says("AT+CGLA=256,22,\"" GET_EID "\"", ""));
    CU_ASSERT_TRUE(says("AT", ""));
    close_modem();

    open_modem(MODEM_BOTH, NULL, "cme=3");
    quiet();
    at("AT+CMEE=1");
    open_isdr(id, sizeof(id));
    CU_ASSERT_TRUE(says("AT+CGLA=256,22,\"" GET_EID "\"", "\r\n+CME ERROR: 13\r\n"));
    CU_ASSERT_TRUE(says("AT+CGLA=256,22,\"" GET_EID "\"", "\r\n+CGLA: 4,\"6115\"\r\n\r\nOK\r\n"));
    close_modem();

    open_modem(MODEM_BOTH, NULL, "reboot=3");
    quiet();
    open_isdr(id, sizeof(id));
    at("AT+CGLA=256,22,\"" GET_EID "\"");
    CU_ASSERT_PTR_NOT_NULL(strstr(answer, "\r\nRDY\r\n"));
    CU_ASSERT_PTR_NULL(strstr(answer, "OK"));
    CU_ASSERT_TRUE(says("AT", "AT\r\r\nOK\r\n")); /* echo again */
    CU_ASSERT_PTR_NOT_NULL(strstr(at("AT+CGLA=256,22,\"" GET_EID "\""), "ERROR"));
    close_modem();

    open_modem(MODEM_BOTH, NULL, "garbage");
    quiet();
    at("AT+CSIM=10,\"0070000001\"");
    CU_ASSERT_TRUE(modem->out.len > strlen("\r\n+CSIM: 6,\"019000\"\r\n\r\nOK\r\n"));
    close_modem();

    open_modem(MODEM_BOTH, NULL, "slow=250");
    quiet();
    at("AT+CSIM=10,\"0070000001\"");
    CU_ASSERT_EQUAL(modem_take_delay(modem), 250);
    CU_ASSERT_EQUAL(modem_take_delay(modem), 0);
    close_modem();
}

/* Bytes of any kind; afterwards it still answers. */
static void test_garbage(void)
{
    open_modem(MODEM_BOTH, NULL, NULL);
    uint32_t seed = 1;
    for (unsigned n = 0; n < 2000; n++) {
        uint8_t bytes[300];
        for (size_t i = 0; i < sizeof(bytes); i++) {
            seed = seed * 1664525 + 1013904223;
            bytes[i] = (uint8_t)(seed >> 24);
        }
        if (n % 3 == 0) {
            memcpy(bytes, "AT+CGLA=", 8);
        }
        if (n % 3 == 1) {
            memcpy(bytes, "AT+CCHO=\"", 9);
        }
        bytes[299] = '\r';
        struct bytes left = BYTES_OF(bytes);
        buf_reset(&modem->out);
        while (left.len > 0) {
            size_t used = modem_input(modem, left);
            left = bytes_make(left.data + used, left.len - used);
        }
    }
    at("");
    at("ATE0");
    CU_ASSERT_TRUE(says("AT", "\r\nOK\r\n"));
    close_modem();
}

static const struct test_case cases[] = {
    {"basic commands", test_basics},
    {"errors", test_errors},
    {"CGLA", test_cgla},
    {"CSIM", test_csim},
    {"options", test_options},
    {"probes", test_probes},
    {"faults", test_faults},
    {"garbage", test_garbage},
};
TEST_MAIN("simulator modem", cases)
