/* CancelSession (SGP.22 5.7.14). */
#include <openssl/objects.h>

#include "sgp22/tags.h"
#include "simulator/isdr.h"
#include "simulator/install.h"

enum cancel_tag {
    TAG_CANCEL_RESPONSE_OK = 0xA0,
    TAG_CANCEL_RESPONSE_ERROR = 0x81,
    /* euiccCancelSessionSigned: automatic tags */
    TAG_CANCEL_SIGNED_OID = 0x81,
    TAG_CANCEL_SIGNED_REASON = 0x82,
};

enum cancel_error { CANCEL_INVALID_TRANSACTION_ID = 5 };

static bool parse_request(struct bytes value, struct bytes *transaction_id, uint64_t *reason)
{
    struct tlv_reader reader;
    struct tlv id, why;

    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_TRANSACTION_ID, &id) != ERR_OK ||
        id.value.len < TRANSACTION_ID_MIN || id.value.len > TRANSACTION_ID_MAX ||
        tlv_reader_expect(&reader, TAG_CANCEL_REASON, &why) != ERR_OK ||
        tlv_get_uint(why.value, reason) != ERR_OK || *reason > 127) {
        return false;
    }
    *transaction_id = id.value;
    return tlv_reader_end(&reader);
}

/* There is something to cancel once the server is authenticated. */
static bool can_cancel(const struct session *session, struct bytes transaction_id)
{
    return session->phase >= SESSION_AUTHENTICATED && session->phase <= SESSION_LOADING &&
           bytes_equal(transaction_id, session_transaction_id(session));
}

uint16_t cancel_session(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct session *session = &isdr->session;
    struct bytes transaction_id = BYTES_NONE;
    uint64_t reason = 0;
    struct buf message;

    if (!parse_request(value, &transaction_id, &reason)) {
        return SW_WRONG_DATA;
    }
    size_t outer = tlv_open(response, TAG_CANCEL_SESSION);
    if (!can_cancel(session, transaction_id)) {
        tlv_put_uint(response, TAG_CANCEL_RESPONSE_ERROR, CANCEL_INVALID_TRANSACTION_ID);
        tlv_close(response, outer);
        return SW_OK;
    }
    buf_init(&message, 256);
    size_t mark = tlv_open(&message, TAG_SEQUENCE);
    tlv_put(&message, TAG_TRANSACTION_ID, transaction_id);
    install_put_oid(&message, TAG_CANCEL_SIGNED_OID, session->dp_oid);
    tlv_put_uint(&message, TAG_CANCEL_SIGNED_REASON, reason);
    tlv_close(&message, mark);
    size_t inner = tlv_open(response, TAG_CANCEL_RESPONSE_OK);
    buf_put_bytes(response, buf_bytes(&message));
    enum err err = buf_err(&message);
    if (err == ERR_OK) {
        err = isdr_put_signature(isdr, buf_bytes(&message), FAULT_NONE, response);
    }
    tlv_close(response, inner);
    tlv_close(response, outer);
    buf_clear(&message);
    session_clear(session);
    return err == ERR_OK ? SW_OK : SW_NO_DIAGNOSIS;
}
