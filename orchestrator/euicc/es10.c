/* The common course of an ES10 function. */
#include "euicc/es10.h"

#include "crypto/ec.h"

#include <limits.h>

enum err es10_malformed(struct isdr *isdr, const char *function, enum err err)
{
    if (err == ERR_NOT_FOUND) {
        err = ERR_MALFORMED;
    }
    return isdr_fail(isdr, err, -1, NULL, "%s: unreadable answer (%s)", function, err_name(err));
}

enum err es10_call(struct isdr *isdr, const char *function, const struct buf *request, uint32_t tag,
                   struct buf *raw, struct bytes *value)
{
    struct tlv answer;
    enum err err = buf_err(request);

    *value = BYTES_NONE;
    buf_reset(raw);
    if (err != ERR_OK) {
        return isdr_fail(isdr, err, -1, NULL, "%s: request not encodable", function);
    }
    err = isdr_command(isdr, function, buf_bytes(request), raw);
    if (err != ERR_OK) {
        return err;
    }
    err = tlv_single(buf_bytes(raw), tag, &answer);
    if (err != ERR_OK) {
        return es10_malformed(isdr, function, err);
    }
    *value = answer.value;
    return ERR_OK;
}

enum err es10_call_empty(struct isdr *isdr, const char *function, uint32_t tag, struct buf *raw,
                         struct bytes *value)
{
    struct buf request;
    enum err err;

    buf_init(&request, ES10_REQUEST_MAX);
    tlv_put(&request, tag, BYTES_NONE);
    err = es10_call(isdr, function, &request, tag, raw, value);
    buf_clear(&request);
    return err;
}

/* ERR_REFUSED with a code and its word. */
static enum err es10_refused(struct isdr *isdr, const char *function, struct bytes integer,
                             const struct es10_code *codes)
{
    const char *name = "unknown";
    uint64_t code;
    enum err err = tlv_get_uint(integer, &code);

    if (err == ERR_OK && code > INT_MAX) {
        err = ERR_RANGE;
    }
    if (err != ERR_OK) {
        return es10_malformed(isdr, function, err);
    }
    for (; codes->name != NULL; codes++) {
        if (codes->code == (int)code) {
            name = codes->name;
        }
    }
    return isdr_fail(isdr, ERR_REFUSED, (int)code, name, "%s: %s (%d)", function, name, (int)code);
}

enum err es10_choice(struct isdr *isdr, const char *function, struct bytes value,
                     const struct es10_code *codes, struct bytes *ok)
{
    struct tlv_reader reader;
    struct tlv branch, code;
    enum err err;

    *ok = BYTES_NONE;
    tlv_reader_init(&reader, value);
    err = tlv_reader_next(&reader, &branch);
    if (err != ERR_OK) {
        return es10_malformed(isdr, function, err);
    }
    switch (branch.tag) {
    case TAG_ES10_LIST:
        *ok = branch.value;
        return ERR_OK;
    case TAG_ES10_ERROR:
        return es10_refused(isdr, function, branch.value, codes);
    case TAG_RESPONSE_ERROR:
        err = tlv_find(branch.value, TAG_INTEGER, &code);
        if (err != ERR_OK) {
            return es10_malformed(isdr, function, err);
        }
        return es10_refused(isdr, function, code.value, codes);
    default:
        return es10_malformed(isdr, function, ERR_TAG);
    }
}

enum err es10_result(struct isdr *isdr, const char *function, struct bytes value,
                     const struct es10_code *codes)
{
    struct tlv result;
    uint64_t code;
    enum err err = tlv_find(value, TAG_ES10_RESULT, &result);

    if (err == ERR_OK) {
        err = tlv_get_uint(result.value, &code);
    }
    if (err != ERR_OK) {
        return es10_malformed(isdr, function, err);
    }
    if (code == 0) {
        return ERR_OK;
    }
    return es10_refused(isdr, function, result.value, codes);
}

enum err es10_call_choice(struct isdr *isdr, const char *function, const struct buf *request,
                          uint32_t tag, const struct es10_code *codes, struct buf *raw,
                          struct bytes *ok)
{
    struct bytes value;
    enum err err = es10_call(isdr, function, request, tag, raw, &value);

    *ok = BYTES_NONE;
    return err == ERR_OK ? es10_choice(isdr, function, value, codes, ok) : err;
}

enum err es10_take_signature(struct tlv_reader *reader, struct bytes *signature)
{
    struct tlv element;
    enum err err = tlv_reader_expect(reader, TAG_SIGNATURE, &element);

    if (err == ERR_OK && element.value.len != EC_SIGNATURE_SIZE) {
        err = ERR_MALFORMED;
    }
    *signature = err == ERR_OK ? element.value : BYTES_NONE;
    return err;
}
