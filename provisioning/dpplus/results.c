#include "dpplus/results.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/kdf.h"

/* One import under way. */
struct import {
    struct orderbook *book;
    const struct result_trust *trust;
    void (*report)(void *context, const struct result_report *report);
    void *context;
    struct results_summary *summary;
};

/* A result is known by its content, not by how its line was spelt. */
static enum err line_digest(const struct result_line *line, uint8_t digest[SHA256_SIZE])
{
    const char *const texts[] = {line->eid,   line->iccid, line->batch,  line->result,
                                 line->error, line->stage, line->detail, line->time};
    struct buf content;
    enum err err;

    buf_init(&content, RESULT_LINE_MAX);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = texts[i] != NULL ? texts[i] : "";
        buf_put_u32(&content, (uint32_t)strlen(text));
        buf_put_str(&content, text);
    }
    buf_put_bytes(&content, buf_bytes(&line->pir));
    err = buf_err(&content);
    if (err == ERR_OK) {
        err = crypto_sha256(buf_bytes(&content), digest);
    }
    buf_clear(&content);
    return err;
}

static enum err result_store(struct import *import, const struct result_line *line,
                             const struct result_verdict *verdict, struct dp_failure *failure)
{
    struct result_record record = {
        .eid = line->eid,
        .iccid = line->iccid,
        .batch = line->batch,
        .result = line->result,
        .error = line->error,
        .stage = line->stage,
        .detail = line->detail,
        .time = line->time,
        .proven = verdict->proven,
        .pir = buf_bytes(&line->pir),
        .euicc_certificate = buf_bytes(&line->euicc_certificate),
        .eum_certificate = buf_bytes(&line->eum_certificate),
        .state = verdict->state,
    };
    enum err err = line_digest(line, record.digest);

    if (err != ERR_OK) {
        return dp_fail(failure, DP_BOOK, err, "SHA-256 failed");
    }
    return orderbook_add_result(import->book, &record, failure);
}

static void count_stored(struct results_summary *summary, const char *state)
{
    if (strcmp(state, "installed") == 0) {
        summary->installed++;
    } else if (strcmp(state, "downloaded") == 0) {
        summary->downloaded++;
    } else {
        summary->failed++;
    }
}

/* Decides over one line. An error is the book's; a bad line is no error. */
static enum err line_import(struct import *import, struct bytes text, size_t number,
                            struct dp_failure *failure)
{
    struct result_report report = {.line = number, .eid = "?", .iccid = "?", .why = ""};
    struct result_verdict verdict = {0};
    struct order_identity identity;
    struct result_line line;
    char why[160];
    enum err err;

    report.outcome = RESULT_REFUSED;
    if (result_line_decode(text, &line, &report.why) != ERR_OK) {
        snprintf(why, sizeof(why), "malformed: %s", report.why);
        report.why = why;
        err = ERR_OK;
        goto out;
    }
    report.eid = line.eid;
    report.iccid = line.iccid;
    err = orderbook_identify(import->book, line.iccid, line.batch, &identity, failure);
    if (err == ERR_NOT_FOUND) {
        report.why = "no such ICCID was ordered here";
        err = ERR_OK;
        goto out;
    }
    if (err != ERR_OK) {
        goto out;
    }
    if (result_check(&line, &identity, import->trust, &verdict) != ERR_OK) {
        report.why = verdict.why;
        goto out;
    }
    err = result_store(import, &line, &verdict, failure);
    if (err == ERR_OK || err == ERR_DUPLICATE) {
        report.outcome = err == ERR_OK ? RESULT_STORED : RESULT_KNOWN;
        report.state = verdict.state;
        report.proven = verdict.proven;
        report.why = line.error != NULL ? line.error : "";
        err = ERR_OK;
    }
out:
    if (err == ERR_OK) {
        import->summary->refused += report.outcome == RESULT_REFUSED;
        import->summary->known += report.outcome == RESULT_KNOWN;
        if (report.outcome == RESULT_STORED) {
            count_stored(import->summary, verdict.state);
        }
        import->report(import->context, &report);
    }
    result_line_clear(&line);
    return err;
}

/* The next line without its end. ERR_NOT_FOUND at the end of the file,
 * ERR_RANGE when it is longer than size or holds a zero byte. */
static enum err line_read(FILE *file, char *text, size_t size, struct bytes *line)
{
    size_t len;

    if (fgets(text, (int)size, file) == NULL) {
        return ferror(file) ? ERR_SYSTEM : ERR_NOT_FOUND;
    }
    len = strlen(text);
    if (len == 0 || (text[len - 1] != '\n' && !feof(file))) {
        return ERR_RANGE;
    }
    if (text[len - 1] == '\n') {
        len--;
    }
    *line = bytes_make(text, len);
    return ERR_OK;
}

static enum err file_fail(const char *path, size_t number, enum err err, struct dp_failure *failure)
{
    return dp_fail(failure, DP_BOOK, err == ERR_SYSTEM ? ERR_SYSTEM : ERR_MALFORMED,
                   "%.160s, line %zu: %s; nothing was imported", path, number,
                   err == ERR_SYSTEM        ? strerror(errno)
                   : err == ERR_RANGE       ? "longer than any result can be"
                   : err == ERR_UNSUPPORTED ? "a newer version of the format"
                                            : "this is no results file");
}

static enum err file_import(struct import *import, FILE *file, const char *path, char *text,
                            struct dp_failure *failure)
{
    struct bytes line;
    size_t number = 1;
    enum err err = line_read(file, text, RESULT_LINE_MAX, &line);

    if (err == ERR_OK) {
        err = result_header_decode(line);
    }
    if (err != ERR_OK) {
        return file_fail(path, number, err, failure);
    }
    for (;;) {
        number++;
        err = line_read(file, text, RESULT_LINE_MAX, &line);
        if (err == ERR_NOT_FOUND) {
            return ERR_OK;
        }
        if (err != ERR_OK) {
            return file_fail(path, number, err, failure);
        }
        err = line.len > 0 ? line_import(import, line, number, failure) : ERR_OK;
        if (err != ERR_OK) {
            return err;
        }
    }
}

enum err results_import(struct orderbook *book, const char *path, const struct result_trust *trust,
                        void (*report)(void *context, const struct result_report *report),
                        void *context, struct results_summary *summary, struct dp_failure *failure)
{
    struct import import = {book, trust, report, context, summary};
    char *text = malloc(RESULT_LINE_MAX);
    FILE *file = fopen(path, "re");
    enum err err;

    memset(summary, 0, sizeof(*summary));
    if (file == NULL) {
        err = dp_fail(failure, DP_USAGE, ERR_NOT_FOUND, "%.200s: %s", path, strerror(errno));
        goto out;
    }
    if (text == NULL) {
        err = dp_fail(failure, DP_BOOK, ERR_MEMORY, "out of memory");
        goto out;
    }
    err = orderbook_begin(book, failure);
    if (err != ERR_OK) {
        goto out;
    }
    err = file_import(&import, file, path, text, failure);
    if (err == ERR_OK) {
        err = orderbook_commit(book, failure);
    }
    if (err != ERR_OK) {
        orderbook_rollback(book);
    }
out:
    if (file != NULL) {
        fclose(file);
    }
    free(text);
    return err;
}
