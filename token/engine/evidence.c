#include "engine/evidence.h"

#include "engine/sw.h"

enum { SIGNATURE_OBJECT_SIZE = 3 + EC_SIGNATURE_SIZE };

static uint16_t check_transaction(const struct evidence *in)
{
    if (in->transaction == NULL) {
        return TOKWIRE_SW_TRANSACTION;
    }
    return in->transaction->state == TRANSACTION_PREPARED ? TOKWIRE_SW_OK : TOKWIRE_SW_STATE;
}

static uint16_t check_supported(const struct evidence *in)
{
    /* hashCc would need a confirmation code nobody asked for (5.7.5); one-time
     * keys of both sides are on one curve (2.6.7.2). */
    if (in->signed2.hash_cc.len != 0 || in->euicc->curve != in->curve) {
        return TOKWIRE_SW_UNSUPPORTED;
    }
    return TOKWIRE_SW_OK;
}

static uint16_t check_signature(const struct evidence *in)
{
    struct buf object;
    buf_init(&object, SIGNATURE_OBJECT_SIZE);
    rsp_put_signature(&object, BYTES_OF(in->transaction->smdp_signature2));
    enum err err = buf_err(&object);
    if (err == ERR_OK) {
        struct bytes pieces[] = {in->signed2.whole, buf_bytes(&object)};
        err = ec_verify_pieces(in->euicc->key, pieces, 2, in->euicc_signature2);
    }
    buf_clear(&object);
    return err == ERR_OK ? TOKWIRE_SW_OK : TOKWIRE_SW_SIGNATURE;
}

uint16_t evidence_check(const struct evidence *in, struct eid *eid)
{
    struct eid proven;
    *eid = (struct eid){{0}};
    uint16_t sw = check_transaction(in);
    if (sw == TOKWIRE_SW_OK) {
        sw = check_supported(in);
    }
    if (sw == TOKWIRE_SW_OK) {
        sw = sw_of_err(
            cert_verify_euicc(in->euicc, in->eum, in->cis, in->ci_count, in->now, &proven, NULL));
    }
    if (sw == TOKWIRE_SW_OK) {
        sw = check_signature(in);
    }
    if (sw == TOKWIRE_SW_OK) {
        *eid = proven;
    }
    return sw;
}
