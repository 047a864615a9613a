#include "simulator/session.h"

#include <string.h>

#include "base/secret.h"

struct bytes session_transaction_id(const struct session *session)
{
    return bytes_make(session->transaction_id, session->transaction_id_len);
}

void session_clear(struct session *session)
{
    EVP_PKEY_free(session->dppb_key);
    EVP_PKEY_free(session->one_time_key);
    buf_clear(&session->load.metadata);
    buf_clear(&session->load.upp);
    secret_zero(session, sizeof(*session));
}

void session_end(struct session *session)
{
    session_clear(session);
    session->phase = SESSION_ENDED;
}

static enum err buf_copy(struct buf *to, const struct buf *from)
{
    buf_init(to, from->max);
    buf_put_bytes(to, buf_bytes(from));
    return buf_err(to);
}

enum err session_copy(struct session *to, const struct session *from)
{
    session_clear(to);
    *to = *from;
    if (to->dppb_key) {
        EVP_PKEY_up_ref(to->dppb_key);
    }
    if (to->one_time_key) {
        EVP_PKEY_up_ref(to->one_time_key);
    }
    memset(&to->load.upp, 0, sizeof(to->load.upp));
    enum err err = buf_copy(&to->load.metadata, &from->load.metadata);
    if (err == ERR_OK) {
        err = buf_copy(&to->load.upp, &from->load.upp);
    }
    if (err != ERR_OK) {
        session_clear(to);
    }
    return err;
}
