/* CancelSession (SGP.22 5.7.14). */
#include "euicc/es10.h"
#include "euicc/es10b.h"

enum { CANCEL_RAW_MAX = 4096 };

/* CancelSessionResponse, error branch */
static const struct es10_code cancel_codes[] = {
    {5, "invalidTransactionId"},
    {127, "undefinedError"},
    {0, NULL},
};

enum err es10b_cancel_session(struct isdr *isdr, struct bytes transaction_id,
                              enum cancel_reason reason)
{
    static const char function[] = "CancelSession";
    struct bytes value, ok;
    struct buf request, raw;
    size_t mark;
    enum err err;

    buf_init(&request, ES10_REQUEST_MAX);
    buf_init(&raw, CANCEL_RAW_MAX);
    mark = tlv_open(&request, TAG_CANCEL_SESSION);
    tlv_put(&request, TAG_TRANSACTION_ID, transaction_id);
    tlv_put_uint(&request, TAG_CANCEL_REASON, (uint64_t)reason);
    tlv_close(&request, mark);
    err = es10_call(isdr, function, &request, TAG_CANCEL_SESSION, &raw, &value);
    if (err == ERR_OK) {
        err = es10_choice(isdr, function, value, cancel_codes, &ok);
    }
    buf_clear(&request);
    buf_clear(&raw);
    return err;
}
