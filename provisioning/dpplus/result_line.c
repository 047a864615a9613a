#include "dpplus/result_line.h"

#include <stddef.h>
#include <string.h>

#include "base/hex.h"
#include "dpplus/json.h"
#include "sgp22/cert.h"

enum err result_header_decode(struct bytes text)
{
    cJSON *header = json_object(text);
    const cJSON *version;
    const char *format = NULL;
    enum err err = ERR_MALFORMED;

    if (header != NULL && json_text(header, "format", RESULT_TEXT_MAX, &format) == ERR_OK &&
        format != NULL && strcmp(format, "ppr") == 0) {
        version = cJSON_GetObjectItemCaseSensitive(header, "version");
        err = cJSON_IsNumber(version) && version->valuedouble == RESULT_FORMAT_VERSION
                  ? ERR_OK
                  : ERR_UNSUPPORTED;
    }
    cJSON_Delete(header);
    return err;
}

struct text_member {
    const char *name;
    size_t offset;
    bool required;
};

static const struct text_member texts[] = {
    {"eid", offsetof(struct result_line, eid), true},
    {"iccid", offsetof(struct result_line, iccid), true},
    {"batch", offsetof(struct result_line, batch), true},
    {"result", offsetof(struct result_line, result), true},
    {"error", offsetof(struct result_line, error), false},
    {"stage", offsetof(struct result_line, stage), false},
    {"detail", offsetof(struct result_line, detail), false},
    {"time", offsetof(struct result_line, time), false},
};

struct hex_member {
    const char *name;
    size_t offset;
    size_t max;
};

static const struct hex_member hexes[] = {
    {"pir", offsetof(struct result_line, pir), RESULT_PIR_MAX},
    {"euicc_certificate", offsetof(struct result_line, euicc_certificate), CERT_DER_MAX},
    {"eum_certificate", offsetof(struct result_line, eum_certificate), CERT_DER_MAX},
};

static enum err hex_take(const cJSON *object, const struct hex_member *member, struct buf *out)
{
    const char *text;
    uint8_t *at;
    size_t len;

    buf_init(out, member->max);
    if (json_text(object, member->name, 2 * member->max, &text) != ERR_OK) {
        return ERR_MALFORMED;
    }
    if (text == NULL || text[0] == '\0') {
        return ERR_OK;
    }
    len = strlen(text);
    at = buf_extend(out, (len + 1) / 2);
    return at != NULL ? hex_decode(text, len, at, (len + 1) / 2, &len) : buf_err(out);
}

enum err result_line_decode(struct bytes text, struct result_line *line, const char **where)
{
    const char *value;

    memset(line, 0, sizeof(*line));
    *where = "the line is not a JSON object";
    line->json = json_object(text);
    if (line->json == NULL) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *where = texts[i].name;
        if (json_text(line->json, texts[i].name, RESULT_TEXT_MAX, &value) != ERR_OK ||
            (texts[i].required && value == NULL)) {
            return ERR_MALFORMED;
        }
        memcpy((char *)line + texts[i].offset, &value, sizeof(value));
    }
    for (size_t i = 0; i < sizeof(hexes) / sizeof(hexes[0]); i++) {
        *where = hexes[i].name;
        if (hex_take(line->json, &hexes[i],
                     (struct buf *)(void *)((char *)line + hexes[i].offset)) != ERR_OK) {
            return ERR_MALFORMED;
        }
    }
    *where = "result";
    return strcmp(line->result, "downloaded") == 0 || strcmp(line->result, "failed") == 0
               ? ERR_OK
               : ERR_MALFORMED;
}

void result_line_clear(struct result_line *line)
{
    cJSON_Delete(line->json);
    buf_clear(&line->pir);
    buf_clear(&line->euicc_certificate);
    buf_clear(&line->eum_certificate);
    memset(line, 0, sizeof(*line));
}
