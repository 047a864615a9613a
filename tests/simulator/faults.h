/* Faults the simulated device can be told to have. One table row each; they
 * can be combined freely. */
#ifndef SIMULATOR_FAULTS_H
#define SIMULATOR_FAULTS_H

#include <stdio.h>

#include "base/bytes.h"

enum fault_id {
    FAULT_EID_MISMATCH,
    FAULT_BAD_SIGNATURE1,
    FAULT_BAD_SIGNATURE2,
    FAULT_BAD_PIR_SIGNATURE,
    FAULT_SILENT,
    FAULT_CME,
    FAULT_CME_IN_LOAD,
    FAULT_LENGTH_4G,
    FAULT_WRONG_CHALLENGE,
    FAULT_WRONG_TRANSACTION,
    FAULT_GARBAGE,
    FAULT_REBOOT,
    FAULT_TRUNCATED_RESPONSE,
    FAULT_SW,
    FAULT_SLOW,
    FAULT_KILL_AFTER_LOAD,
    FAULT_KILL_IN_LOAD,
    FAULT_NO_MEMORY,
    FAULT_FOREIGN,
    FAULT_NONE, /* no row: for callers that have no fault to offer */
};

enum { FAULT_WORD_SIZE = 40, FAULTS_MAX = 32 };

/* One fault as it was asked for. */
struct fault {
    enum fault_id id;
    bool fired;      /* for those that happen once */
    unsigned number; /* APDU number from 1, milliseconds; 0 where none was given */
    uint16_t sw;
    char word[FAULT_WORD_SIZE]; /* ES10 function or variant; empty where none was given */
};

struct faults {
    struct fault item[FAULTS_MAX];
    size_t count;
};

/* Adds the fault that "NAME" or "NAME=ARG" describes. ERR_NOT_FOUND for an
 * unknown name, ERR_MALFORMED for an argument it does not take, ERR_RANGE when
 * there are too many. */
enum err faults_add(struct faults *faults, const char *text);
/* The table as --help shows it. */
void faults_help(FILE *stream);

/* The first fault of that kind, NULL when there is none. */
struct fault *faults_find(struct faults *faults, enum fault_id id);
bool faults_has(struct faults *faults, enum fault_id id);
/* The variant matches: the fault is there and its word is `word`. */
bool faults_has_word(struct faults *faults, enum fault_id id, const char *word);
/* A fault of that kind that names APDU `number` and has not fired; it has now. */
struct fault *faults_take_at(struct faults *faults, enum fault_id id, unsigned number);
/* A fault of that kind that names this ES10 function. */
struct fault *faults_for_function(struct faults *faults, enum fault_id id, const char *function);

#endif
