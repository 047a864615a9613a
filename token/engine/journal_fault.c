/* What was done to a journal whose chain does not hold, told from the numbers of
 * its lines. It is a name for the auditor, not a proof: whoever could write the
 * file could as well have done several things to it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/journal_scan.h"

/* Longer journals are still refused, only less precisely named. */
enum { LINES_MAX = 1 << 20 };

/* Number at the beginning of a line, 0 when there is none. */
static uint64_t number_of(const char *line)
{
    static const char start[] = "{\"seq\":";
    char *end;
    if (strncmp(line, start, strlen(start)) != 0) {
        return 0;
    }
    uint64_t seq = strtoull(line + strlen(start), &end, 10);
    return *end == ',' ? seq : 0;
}

struct numbers {
    uint8_t *seen; /* a flag for each number up to LINES_MAX */
    uint64_t lines, highest, last;
    bool readable; /* every line has a number, none twice */
    bool rising;
};

static void note(struct numbers *numbers, uint64_t seq)
{
    numbers->lines++;
    if (seq == 0 || seq >= LINES_MAX || numbers->seen[seq] != 0) {
        numbers->readable = false;
        return;
    }
    numbers->seen[seq] = 1;
    numbers->rising = numbers->rising && seq > numbers->last;
    numbers->last = seq;
    numbers->highest = seq > numbers->highest ? seq : numbers->highest;
}

static enum tokwire_fault name_of(const struct numbers *numbers)
{
    if (!numbers->readable) {
        return TOKWIRE_FAULT_EDITED;
    }
    if (numbers->highest > numbers->lines) {
        return TOKWIRE_FAULT_REMOVED;
    }
    return numbers->rising ? TOKWIRE_FAULT_EDITED : TOKWIRE_FAULT_REORDERED;
}

enum tokwire_fault journal_classify(const char *path)
{
    char line[JOURNAL_LINE_MAX + 2];
    struct numbers numbers = {.readable = true, .rising = true};
    enum tokwire_fault fault = TOKWIRE_FAULT_EDITED;
    FILE *file = fopen(path, "re");
    numbers.seen = calloc(LINES_MAX, 1);
    if (file != NULL && numbers.seen != NULL) {
        while (fgets(line, sizeof(line), file) != NULL) {
            note(&numbers, number_of(line));
        }
        fault = name_of(&numbers);
    }
    if (file != NULL) {
        fclose(file);
    }
    free(numbers.seen);
    return fault;
}
