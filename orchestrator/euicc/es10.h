/* What the ES10 functions share: one call, its answer's outer element, error
 * codes as rows. Private to this folder. */
#ifndef EUICC_ES10_H
#define EUICC_ES10_H

#include "euicc/isdr.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

enum {
    ES10_REQUEST_MAX = 16 * 1024,

    /* Context tags of the simple answers (5.7.9 - 5.7.16). */
    TAG_ES10_RESULT = 0x80, /* the one INTEGER of NotificationSent, EnableProfile */
    TAG_ES10_LIST = 0xA0,   /* list or ok branch of a CHOICE */
    TAG_ES10_ERROR = 0x81,  /* INTEGER branch of a CHOICE */
};

/* A result code and the specification's word for it; name NULL ends a table. */
struct es10_code {
    int code;
    const char *name;
};

/* Sends a built request and takes the answer, which must be exactly one element
 * `tag`: value is a view into raw. An answer that cannot be read is
 * ERR_MALFORMED, ERR_TRUNCATED, ERR_TAG or ERR_RANGE. */
enum err es10_call(struct isdr *isdr, const char *function, const struct buf *request, uint32_t tag,
                   struct buf *raw, struct bytes *value);
/* A request that is its tag with an empty value. */
enum err es10_call_empty(struct isdr *isdr, const char *function, uint32_t tag, struct buf *raw,
                         struct bytes *value);
/* The answer's CHOICE: ok is the value of its A0 branch. The error branch, 81 or
 * A1{.. 02 code}, becomes ERR_REFUSED with the code named from the table. */
enum err es10_choice(struct isdr *isdr, const char *function, struct bytes value,
                     const struct es10_code *codes, struct bytes *ok);
/* es10_call() and es10_choice() in one: ok is the value of the A0 branch. */
enum err es10_call_choice(struct isdr *isdr, const char *function, const struct buf *request,
                          uint32_t tag, const struct es10_code *codes, struct buf *raw,
                          struct bytes *ok);
/* The next element of an answer: 5F37 with a signature of 64 bytes. */
enum err es10_take_signature(struct tlv_reader *reader, struct bytes *signature);
/* The answer's one result INTEGER: ERR_OK when 0, else ERR_REFUSED, named. */
enum err es10_result(struct isdr *isdr, const char *function, struct bytes value,
                     const struct es10_code *codes);
/* Records an answer that cannot be read. ERR_NOT_FOUND, which says to callers
 * that the thing asked for is not there, becomes ERR_MALFORMED. */
enum err es10_malformed(struct isdr *isdr, const char *function, enum err err);

#endif
