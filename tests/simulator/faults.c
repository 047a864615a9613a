#include "simulator/faults.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum { NAME_WIDTH = 24 }; /* column of --help */

enum fault_argument {
    ARGUMENT_NONE,
    ARGUMENT_NUMBER,
    ARGUMENT_FUNCTION,
    ARGUMENT_FUNCTION_OR_NUMBER,
    ARGUMENT_SW_AT,
    ARGUMENT_WORD,
};

struct fault_row {
    const char *name;
    enum fault_argument argument;
    bool required;
    const char *show;  /* the argument in --help */
    const char *words; /* ARGUMENT_WORD: those allowed, each between blanks */
    unsigned number;   /* default */
    const char *word;  /* default */
    const char *help;
};

static const struct fault_row rows[] = {
    [FAULT_EID_MISMATCH] = {.name = "eid-mismatch",
                            .help = "GetEID answers another EID than CERT.EUICC carries"},
    [FAULT_BAD_SIGNATURE1] = {.name = "bad-signature1", .help = "euiccSignature1 is wrong"},
    [FAULT_BAD_SIGNATURE2] = {.name = "bad-signature2", .help = "euiccSignature2 is wrong"},
    [FAULT_BAD_PIR_SIGNATURE] = {.name = "bad-pir-signature", .help = "euiccSignPIR is wrong"},
    [FAULT_SILENT] = {.name = "silent",
                      .argument = ARGUMENT_FUNCTION_OR_NUMBER,
                      .required = true,
                      .show = "FUNCTION|N",
                      .help = "nothing more is said from that function or APDU on"},
    [FAULT_CME] = {.name = "cme",
                   .argument = ARGUMENT_NUMBER,
                   .required = true,
                   .show = "N",
                   .help = "+CME ERROR at APDU N, once"},
    [FAULT_CME_IN_LOAD] = {.name = "cme-in-load",
                           .argument = ARGUMENT_NUMBER,
                           .show = "[N]",
                           .number = 5,
                           .help = "+CME ERROR at APDU N (5) of LoadBoundProfilePackage, once"},
    [FAULT_LENGTH_4G] = {.name = "length-4g",
                         .argument = ARGUMENT_FUNCTION,
                         .show = "[FUNCTION]",
                         .word = "AuthenticateServer",
                         .help = "the answer announces a DER length of 4 GiB"},
    [FAULT_WRONG_CHALLENGE] = {.name = "wrong-challenge",
                               .help = "euiccSigned1 repeats another serverChallenge"},
    [FAULT_WRONG_TRANSACTION] = {.name = "wrong-transaction",
                                 .argument = ARGUMENT_WORD,
                                 .show = "[1|2|pir]",
                                 .words = " 1 2 pir ",
                                 .word = "1",
                                 .help = "euiccSigned1, euiccSigned2 or the result names "
                                         "another transaction"},
    [FAULT_GARBAGE] = {.name = "garbage",
                       .argument = ARGUMENT_NUMBER,
                       .show = "[N]",
                       .help = "random bytes on the line before the answer to APDU N (every)"},
    [FAULT_REBOOT] = {.name = "reboot",
                      .argument = ARGUMENT_NUMBER,
                      .required = true,
                      .show = "N",
                      .help = "the modem reboots at APDU N: banner, echo on, channels lost"},
    [FAULT_TRUNCATED_RESPONSE] = {.name = "truncated-response",
                                  .argument = ARGUMENT_FUNCTION,
                                  .show = "[FUNCTION]",
                                  .word = "AuthenticateServer",
                                  .help = "the answer ends half way"},
    [FAULT_SW] = {.name = "sw",
                  .argument = ARGUMENT_SW_AT,
                  .required = true,
                  .show = "XXXX@N",
                  .help = "APDU N is answered with that status word and not executed, once"},
    [FAULT_SLOW] = {.name = "slow",
                    .argument = ARGUMENT_NUMBER,
                    .required = true,
                    .show = "MS",
                    .help = "every APDU takes that many milliseconds longer"},
    [FAULT_KILL_AFTER_LOAD] = {.name = "kill-after-load",
                               .argument = ARGUMENT_WORD,
                               .show = "[after-commit|before-commit]",
                               .words = " after-commit before-commit ",
                               .word = "after-commit",
                               .help = "SIGKILL to itself when the profile has just been installed "
                                       "(or is about to be), unanswered"},
    [FAULT_KILL_IN_LOAD] = {.name = "kill-in-load",
                            .argument = ARGUMENT_NUMBER,
                            .show = "[N]",
                            .number = 5,
                            .help = "SIGKILL to itself at APDU N (5) of LoadBoundProfilePackage"},
    [FAULT_NO_MEMORY] = {.name = "no-memory", .help = "no profile fits"},
    [FAULT_FOREIGN] = {.name = "foreign",
                       .argument = ARGUMENT_WORD,
                       .show = "[honest|disguised]",
                       .words = " honest disguised ",
                       .word = "honest",
                       .help = "keys and certificates of another CI, with the same EID; disguised: "
                               "under the key id of the right CI"},
};

static bool parse_number(const char *text, unsigned *number)
{
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value > 10000000) {
        return false;
    }
    *number = (unsigned)value;
    return true;
}

static bool parse_word(const char *text, char word[FAULT_WORD_SIZE])
{
    size_t len = strlen(text);
    if (len == 0 || len >= FAULT_WORD_SIZE) {
        return false;
    }
    memcpy(word, text, len + 1);
    return true;
}

static bool parse_sw_at(const char *text, struct fault *fault)
{
    uint8_t sw[2];
    size_t len = 0;
    if (strlen(text) < 6 || text[4] != '@' || hex_decode(text, 4, sw, sizeof(sw), &len) != ERR_OK) {
        return false;
    }
    fault->sw = get_u16(sw);
    return parse_number(text + 5, &fault->number);
}

static bool parse_listed(const struct fault_row *row, const char *text, struct fault *fault)
{
    char wanted[FAULT_WORD_SIZE + 2];
    if (!parse_word(text, fault->word)) {
        return false;
    }
    snprintf(wanted, sizeof(wanted), " %s ", fault->word);
    return strstr(row->words, wanted) != NULL;
}

static bool parse_argument(const struct fault_row *row, const char *text, struct fault *fault)
{
    switch (row->argument) {
    case ARGUMENT_NUMBER:
        return parse_number(text, &fault->number);
    case ARGUMENT_FUNCTION:
        return parse_word(text, fault->word);
    case ARGUMENT_FUNCTION_OR_NUMBER:
        return parse_number(text, &fault->number) || parse_word(text, fault->word);
    case ARGUMENT_SW_AT:
        return parse_sw_at(text, fault);
    case ARGUMENT_WORD:
        return parse_listed(row, text, fault);
    case ARGUMENT_NONE:
        break;
    }
    return false;
}

static const struct fault_row *row_find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

enum err faults_add(struct faults *faults, const char *text)
{
    const char *equals = strchr(text, '=');
    const struct fault_row *row = row_find(text, equals ? (size_t)(equals - text) : strlen(text));

    if (!row) {
        return ERR_NOT_FOUND;
    }
    if (faults->count == FAULTS_MAX) {
        return ERR_RANGE;
    }
    struct fault fault = {.id = (enum fault_id)(row - rows), .number = row->number};
    if (!equals && row->required) {
        return ERR_MALFORMED;
    }
    if (equals && !parse_argument(row, equals + 1, &fault)) {
        return ERR_MALFORMED;
    }
    if (!equals && row->word) {
        snprintf(fault.word, sizeof(fault.word), "%s", row->word);
    }
    faults->item[faults->count++] = fault;
    return ERR_OK;
}

void faults_help(FILE *stream)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char left[64];
        const char *show = rows[i].show ? rows[i].show : "";
        const char *equals = !rows[i].show || show[0] == '[' ? "" : "=";
        /* "[=N]" where the argument may be left out, "=N" where it may not */
        if (show[0] == '[') {
            snprintf(left, sizeof(left), "%s[=%s", rows[i].name, show + 1);
        } else {
            snprintf(left, sizeof(left), "%s%s%s", rows[i].name, equals, show);
        }
        if (strlen(left) > NAME_WIDTH) {
            fprintf(stream, "    %s\n    %-*s %s\n", left, NAME_WIDTH, "", rows[i].help);
        } else {
            fprintf(stream, "    %-*s %s\n", NAME_WIDTH, left, rows[i].help);
        }
    }
}

struct fault *faults_find(struct faults *faults, enum fault_id id)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->item[i].id == id) {
            return &faults->item[i];
        }
    }
    return NULL;
}

bool faults_has(struct faults *faults, enum fault_id id)
{
    return faults_find(faults, id) != NULL;
}

bool faults_has_word(struct faults *faults, enum fault_id id, const char *word)
{
    for (size_t i = 0; i < faults->count; i++) {
        if (faults->item[i].id == id && strcmp(faults->item[i].word, word) == 0) {
            return true;
        }
    }
    return false;
}

struct fault *faults_take_at(struct faults *faults, enum fault_id id, unsigned number)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->item[i];
        if (fault->id == id && !fault->fired && fault->number == number) {
            fault->fired = true;
            return fault;
        }
    }
    return NULL;
}

/* AuthenticateServer, authenticateserver and authenticate-server are one name. */
static bool same_function(const char *a, const char *b)
{
    while (*a || *b) {
        if (*a == '-') {
            a++;
        } else if (*b == '-') {
            b++;
        } else if (tolower((unsigned char)*a) != tolower((unsigned char)*b)) {
            return false;
        } else {
            a++;
            b++;
        }
    }
    return true;
}

struct fault *faults_for_function(struct faults *faults, enum fault_id id, const char *function)
{
    for (size_t i = 0; i < faults->count; i++) {
        struct fault *fault = &faults->item[i];
        if (fault->id == id && fault->word[0] && same_function(fault->word, function)) {
            return fault;
        }
    }
    return NULL;
}
