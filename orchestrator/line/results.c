#include "line/results.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/hex.h"

enum { PPR_VERSION = 1, HEX_MAX = 64 * 1024, PATH_SIZE = 4096 };

struct writer {
    FILE *file;
    unsigned count;
};

static bool add_hex(cJSON *object, const char *name, struct bytes value)
{
    struct buf text;
    buf_init(&text, HEX_MAX);
    hex_put(&text, value);
    buf_put_u8(&text, 0);
    bool good = buf_err(&text) == ERR_OK &&
                cJSON_AddStringToObject(object, name, (const char *)text.data) != NULL;
    buf_clear(&text);
    return good;
}

static bool add_text(cJSON *object, const char *name, const char *text)
{
    return text == NULL || cJSON_AddStringToObject(object, name, text) != NULL;
}

static enum err put_line(FILE *file, cJSON *object)
{
    char *line = cJSON_PrintUnformatted(object);
    bool good = line != NULL && fprintf(file, "%s\n", line) > 0;
    cJSON_free(line);
    return good ? ERR_OK : ERR_SYSTEM;
}

static bool fill(cJSON *object, const struct ledger_result *result)
{
    char eid[EID_TEXT_SIZE];
    char iccid[ICCID_TEXT_SIZE];
    const struct ledger_profile *profile = &result->profile;
    return add_text(object, "eid", eid_text(&profile->eid, eid)) &&
           add_text(object, "iccid", iccid_text(&profile->iccid, iccid)) &&
           add_hex(object, "batch", BYTES_OF(result->batch_id)) &&
           add_text(object, "result", ledger_state_name(profile->state)) &&
           (result->result.len == 0 || add_hex(object, "pir", result->result)) &&
           (result->euicc_certificate.len == 0 ||
            (add_hex(object, "euicc_certificate", result->euicc_certificate) &&
             add_hex(object, "eum_certificate", result->eum_certificate))) &&
           (profile->error[0] == '\0' || add_text(object, "error", profile->error)) &&
           add_text(object, "stage", result->stage) && add_text(object, "detail", result->detail) &&
           add_text(object, "time", profile->changed);
}

/* Profiles nobody tried, and those whose outcome is still open, are no results. */
static enum err put_result(void *context, const struct ledger_result *result)
{
    struct writer *writer = context;
    enum ledger_state state = result->profile.state;
    if (state != LEDGER_DOWNLOADED && state != LEDGER_FAILED) {
        return ERR_OK;
    }
    cJSON *object = cJSON_CreateObject();
    enum err err =
        object != NULL && fill(object, result) ? put_line(writer->file, object) : ERR_MEMORY;
    cJSON_Delete(object);
    writer->count += err == ERR_OK;
    return err;
}

static enum err put_header(FILE *file)
{
    cJSON *object = cJSON_CreateObject();
    enum err err = ERR_MEMORY;
    if (object != NULL && cJSON_AddStringToObject(object, "format", "ppr") != NULL &&
        cJSON_AddNumberToObject(object, "version", PPR_VERSION) != NULL) {
        err = put_line(file, object);
    }
    cJSON_Delete(object);
    return err;
}

bool results_export(struct ledger *ledger, const char *path, unsigned *count,
                    struct failure *failure)
{
    char temporary[PATH_SIZE];
    struct writer writer = {0};
    *count = 0;
    if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
        return failure_set(failure, FAILURE_FILE, "%s: name too long", path);
    }
    writer.file = fopen(temporary, "we");
    if (writer.file == NULL) {
        return failure_set(failure, FAILURE_FILE, "%s: %s", temporary, strerror(errno));
    }
    enum err err = put_header(writer.file);
    if (err == ERR_OK) {
        err = ledger_each_result(ledger, put_result, &writer);
    }
    bool written = err == ERR_OK && fflush(writer.file) == 0 && fsync(fileno(writer.file)) == 0;
    written = fclose(writer.file) == 0 && written;
    if (!written || rename(temporary, path) != 0) {
        failure_set(failure, FAILURE_FILE, "%s: %s", path,
                    err != ERR_OK && err != ERR_SYSTEM ? err_name(err) : strerror(errno));
        unlink(temporary);
        return false;
    }
    *count = writer.count;
    return true;
}
