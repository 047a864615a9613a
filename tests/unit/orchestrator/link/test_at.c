/* The AT line engine (27.007, V.250). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/at.h"
#include "support/test.h"
#include "wire.h"

struct line {
    struct port *port;
    struct euicc_traffic traffic;
    struct at at;
};

static void line_open(struct line *line, const char *text)
{
    memset(line, 0, sizeof(*line));
    line->port = wire_script(text);
    at_init(&line->at, line->port, &line->traffic);
}

static void line_close(struct line *line)
{
    port_close(&line->port);
}

static bool is_digit(const char *line)
{
    return strlen(line) == 1 && line[0] >= '0' && line[0] <= '9';
}

static const struct at_want want_ccho = {"+CCHO:", is_digit};

/* One command against one script: result, information, and nothing left over. */
static void check(const char *script, enum err expected, const char *info)
{
    struct line line;
    line_open(&line, script);
    TEST_ERR(at_command(&line.at, "AT+CCHO=1", &want_ccho, 100), expected);
    if (expected == ERR_OK) {
        CU_ASSERT_STRING_EQUAL(line.at.info, info);
        CU_ASSERT_TRUE(replay_finished(line.port));
    } else {
        CU_ASSERT_EQUAL(strncmp(line.at.detail, "AT+CCHO: ", 9), 0);
    }
    line_close(&line);
}

static void answers_in_every_form(void)
{
    check(SENT("AT+CCHO=1") SAID("+CCHO: 1") SAID("OK"), ERR_OK, "1");
    check(SENT("AT+CCHO=1") SAID("+CCHO:2") SAID("OK"), ERR_OK, "2");
    check(SENT("AT+CCHO=1") SAID("3") SAID("OK"), ERR_OK, "3");
    check(SENT("AT+CCHO=1") SAID("+CCHO: \"4\" ") SAID("OK"), ERR_OK, "\"4\"");
    check(SENT("AT+CCHO=1") RAW("\\n5\\nOK\\n"), ERR_OK, "5");
    check(SENT("AT+CCHO=1") RAW("+CCHO: 6\\rOK\\r"), ERR_OK, "6");
    /* piece by piece */
    check(SENT("AT+CCHO=1") RAW("\\r") RAW("\\n+CC") RAW("HO: 7\\r") RAW("\\n\\r\\nO")
              RAW("K\\r\\n"),
          ERR_OK, "7");
    /* the first that fits counts */
    check(SENT("AT+CCHO=1") SAID("+CCHO: 8") SAID("+CCHO: 9") SAID("OK"), ERR_OK, "8");
}

static void unsolicited_lines_between_any_two(void)
{
    check(RAW("\\r\\n+CREG: 1\\r\\nOK\\r\\n") SENT("AT+CCHO=1") SAID("RING") SAID("+CCHO: 1")
              SAID("^HCSQ: \"LTE\",\\xFF\\x00") SAID("+CPIN: READY") SAID("OK"),
          ERR_OK, "1");
}

static void echo_is_tolerated_before_it_is_off(void)
{
    struct line line;

    check(SENT("AT+CCHO=1") RAW("AT+CCHO=1\\r\\r\\n+CCHO: 1\\r\\n\\r\\nOK\\r\\n"), ERR_OK, "1");
    line_open(&line, SENT("ATE0V1") RAW("ATE0V1\\r\\r\\nOK\\r\\n") SENT("AT") SAID("OK"));
    TEST_OK(at_wake(&line.at, 100));
    CU_ASSERT_FALSE(line.at.quiet);
    TEST_OK(at_command(&line.at, "AT", NULL, 100));
    CU_ASSERT_TRUE(line.at.quiet);
    CU_ASSERT_EQUAL(line.traffic.tx_bytes, 7 + 3);
    CU_ASSERT_EQUAL(line.traffic.rx_bytes, 7 + 6 + 6);
    line_close(&line);
}

/* Final results of 27.007 clause 9 and V.250 5.7. */
static void refusals_are_quoted(void)
{
    static const struct {
        const char *script;
        const char *detail;
    } rows[] = {
        {SENT("AT+CCHO=1") SAID("ERROR"), "AT+CCHO: ERROR"},
        {SENT("AT+CCHO=1") SAID("+CME ERROR: 100"), "AT+CCHO: +CME ERROR: 100"},
        {SENT("AT+CCHO=1") SAID("+CME ERROR: SIM busy"), "AT+CCHO: +CME ERROR: SIM busy"},
        {SENT("AT+CCHO=1") SAID("+CMS ERROR: 302"), "AT+CCHO: +CMS ERROR: 302"},
        {SENT("AT+CCHO=1") SAID("COMMAND NOT SUPPORT"), "AT+CCHO: COMMAND NOT SUPPORT"},
        {SENT("AT+CCHO=1") SAID("+CCHO: 1") SAID("ERROR"), "AT+CCHO: ERROR"},
    };
    struct line line;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        line_open(&line, rows[i].script);
        TEST_ERR(at_command(&line.at, "AT+CCHO=1", &want_ccho, 100), ERR_REFUSED);
        CU_ASSERT_STRING_EQUAL(line.at.detail, rows[i].detail);
        CU_ASSERT_EQUAL(line.at.broken, ERR_OK);
        line_close(&line);
    }
    check(SENT("AT+CCHO=1") SAID("OK"), ERR_MALFORMED, "");
    check(SENT("AT+CCHO=1") SAID("OKAY") GONE, ERR_CLOSED, "");
}

/* After a timeout answers cannot be told apart: nothing is sent any more. */
static void timeout_breaks_the_line(void)
{
    struct line line;

    line_open(&line, SENT("AT+X=1") SAID("+X") SILENCE SENT("ATE0V1") SAID("OK") SILENCE);
    TEST_ERR(at_command(&line.at, "AT+X=1", NULL, 100), ERR_TIMEOUT);
    CU_ASSERT_STRING_EQUAL(line.at.detail, "AT+X: no answer");
    TEST_ERR(at_command(&line.at, "AT+Y", NULL, 100), ERR_TIMEOUT);
    TEST_OK(at_wake(&line.at, 100));
    line_close(&line);
    check(SENT("AT+CCHO=1") GONE, ERR_CLOSED, "");
}

/* A line too long, and noise without a line, both bounded. */
static void noise_is_bounded(void)
{
    size_t size = 128 * 1024;
    char *text = malloc(size + 64);
    struct line line;

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    size_t head = (size_t)sprintf(text, "%s< ", SENT("AT+CCHO=1"));
    memset(text + head, 'A', AT_LINE_MAX + 1);
    strcpy(text + head + AT_LINE_MAX + 1, "\n");
    check(text, ERR_MALFORMED, "");

    text[head] = '\0';
    for (size_t i = head; i + 6 < size; i += 5) {
        strcpy(text + i, "ABC\\n");
    }
    strcat(text, "\n");
    check(text, ERR_MALFORMED, "");

    /* the longest line there may be is read whole */
    memset(text + head, 'A', AT_LINE_MAX);
    memcpy(text + head, "+CCHO:", 6);
    strcpy(text + head + AT_LINE_MAX, "\\r\nX");
    text[strlen(text) - 1] = '\0';
    strcat(text, RAW("OK\\r"));
    line_open(&line, text);
    TEST_OK(at_command(&line.at, "AT+CCHO=1", &want_ccho, 100));
    CU_ASSERT_EQUAL(strlen(line.at.info), AT_LINE_MAX - 6);
    line_close(&line);
    free(text);
}

/* Echo or a banner on a line known to be quiet: the modem started anew. */
static void restart_is_noticed(void)
{
    static const char *const scripts[] = {
        SENT("AT") SAID("OK") SENT("AT+X=1") RAW("AT+X=1\\r") SAID("OK"),
        SENT("AT") SAID("OK") SENT("AT+X=1") SAID("RDY") SAID("OK"),
        SENT("AT") SAID("OK") SENT("AT+X=1") SAID("^SYSSTART"),
    };
    struct line line;

    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        line_open(&line, scripts[i]);
        TEST_OK(at_command(&line.at, "AT", NULL, 100));
        TEST_ERR(at_command(&line.at, "AT+X=1", NULL, 100), ERR_CLOSED);
        CU_ASSERT_STRING_EQUAL(line.at.detail, "AT+X: the modem restarted");
        TEST_ERR(at_command(&line.at, "AT", NULL, 100), ERR_CLOSED);
        line_close(&line);
    }
}

static void waking(void)
{
    static const char *const scripts[] = {
        SENT("ATE0V1") SAID("OK"),
        /* waiting noise, a lost first command, two answers in one */
        RAW("\\xFF\\x00garbage\\r\\n") SENT("ATE0V1") SILENCE SENT("ATE0V1")
            RAW("ATE0V1\\r\\r\\nOK\\r\\n\\r\\nOK\\r\\n") SILENCE,
        /* half a command of somebody before us */
        SENT("ATE0V1") SAID("ERROR") SENT("ATE0V1") SAID("OK") SILENCE,
        /* a modem that takes no two at once */
        SENT("ATE0V1") SAID("ERROR") SENT("ATE0V1") SAID("ERROR") SENT("ATE0") SAID("OK") SILENCE,
        /* the late answer of an earlier program's command comes first */
        SENT("ATE0V1") SAID("+CGLA: 4,\"9000\"") SAID("OK") RAW("\\r\\nOK\\r\\n") SILENCE,
        /* still booting */
        SENT("ATE0V1") SAID("RDY") SAID("OK"),
    };
    struct line line;

    for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
        line_open(&line, scripts[i]);
        TEST_OK(at_wake(&line.at, 1000));
        CU_ASSERT_TRUE(replay_finished(line.port));
        line_close(&line);
    }
    line_open(&line,
              SENT("ATE0V1") SAID("ERROR") SENT("ATE0V1") SAID("ERROR") SENT("ATE0") SAID("ERROR"));
    TEST_ERR(at_wake(&line.at, 1000), ERR_REFUSED);
    line_close(&line);
}

static const struct test_case cases[] = {
    {"answers in every form", answers_in_every_form},
    {"unsolicited lines", unsolicited_lines_between_any_two},
    {"echo before it is off", echo_is_tolerated_before_it_is_off},
    {"refusals are quoted", refusals_are_quoted},
    {"timeout breaks the line", timeout_breaks_the_line},
    {"noise is bounded", noise_is_bounded},
    {"restart is noticed", restart_is_noticed},
    {"waking", waking},
};
TEST_MAIN("link/at", cases)
