#include "engine/sign_policy.h"

#include "sgp22/rsp.h"

enum { ENCODED_MAX = 1024 };

/* The message is byte for byte what encoding its decoded form gives. */
static bool is_canonical(struct bytes message, struct buf *encoded)
{
    bool same = buf_err(encoded) == ERR_OK && bytes_equal(message, buf_bytes(encoded));
    buf_clear(encoded);
    return same;
}

/* SGP.22 5.7.13: serverSigned1. */
static uint16_t allow_server_signed1(const struct sign_request *in, struct sign_decision *out)
{
    struct server_signed1 decoded;
    struct buf encoded;
    if (server_signed1_decode(in->message, &decoded) != ERR_OK) {
        return TOKWIRE_SW_SIGN_REFUSED;
    }
    buf_init(&encoded, ENCODED_MAX);
    server_signed1_encode(&decoded, &encoded);
    if (!is_canonical(in->message, &encoded)) {
        return TOKWIRE_SW_SIGN_REFUSED;
    }
    out->kind = SIGN_SERVER_SIGNED1;
    out->transaction_id = decoded.transaction_id;
    return TOKWIRE_SW_OK;
}

/* SGP.22 5.7.5: smdpSigned2 with the euiccSignature1 it answers. */
static uint16_t allow_smdp_signed2(const struct sign_request *in,
                                   const struct smdp_signed2 *decoded,
                                   struct bytes euicc_signature1, struct sign_decision *out)
{
    struct buf encoded;
    buf_init(&encoded, ENCODED_MAX);
    smdp_signed2_encode(decoded, &encoded);
    rsp_put_signature(&encoded, euicc_signature1);
    if (!is_canonical(in->message, &encoded)) {
        return TOKWIRE_SW_SIGN_REFUSED;
    }
    /* Nobody on the line types a confirmation code. */
    if (decoded->cc_required) {
        return TOKWIRE_SW_UNSUPPORTED;
    }
    out->transaction = transaction_find(in->transactions, decoded->transaction_id);
    if (out->transaction == NULL) {
        return TOKWIRE_SW_TRANSACTION;
    }
    if (out->transaction->state != TRANSACTION_AUTHENTICATED) {
        return TOKWIRE_SW_STATE;
    }
    out->kind = SIGN_SMDP_SIGNED2;
    out->transaction_id = decoded->transaction_id;
    return TOKWIRE_SW_OK;
}

/* The channel is the one the engine made keys for: its own one-time key, the
 * chip's attested one, the host id that went into the session keys. */
static bool is_attested_channel(const struct transaction *transaction,
                                const struct initialise_secure_channel *channel)
{
    return bytes_equal(channel->dp_otpk, BYTES_OF(transaction->dp_otpk)) &&
           bytes_equal(channel->euicc_otpk, BYTES_OF(transaction->euicc_otpk)) &&
           bytes_equal(channel->host_id,
                       bytes_make(transaction->host_id, transaction->host_id_len));
}

/* SGP.22 5.5.1: what smdpSign covers. */
static uint16_t allow_channel(const struct sign_request *in,
                              const struct initialise_secure_channel *decoded,
                              struct sign_decision *out)
{
    struct buf encoded;
    buf_init(&encoded, ENCODED_MAX);
    initialise_secure_channel_encode_signed(decoded, &encoded);
    if (!is_canonical(in->message, &encoded)) {
        return TOKWIRE_SW_SIGN_REFUSED;
    }
    out->transaction = transaction_find(in->transactions, decoded->transaction_id);
    if (out->transaction == NULL) {
        return TOKWIRE_SW_TRANSACTION;
    }
    if (out->transaction->state != TRANSACTION_ATTESTED) {
        return TOKWIRE_SW_STATE;
    }
    if (!is_attested_channel(out->transaction, decoded)) {
        return TOKWIRE_SW_SIGN_REFUSED;
    }
    out->kind = SIGN_INITIALISE_SECURE_CHANNEL;
    out->transaction_id = decoded->transaction_id;
    return TOKWIRE_SW_OK;
}

static uint16_t allow_dppb(const struct sign_request *in, struct sign_decision *out)
{
    struct smdp_signed2 smdp_signed2;
    struct initialise_secure_channel channel;
    struct bytes euicc_signature1;
    if (smdp_signed2_message_decode(in->message, &smdp_signed2, &euicc_signature1) == ERR_OK) {
        return allow_smdp_signed2(in, &smdp_signed2, euicc_signature1, out);
    }
    if (initialise_secure_channel_decode_signed(in->message, &channel) == ERR_OK) {
        return allow_channel(in, &channel, out);
    }
    return TOKWIRE_SW_SIGN_REFUSED;
}

static uint16_t allow_batch(const struct sign_request *in, struct sign_decision *out)
{
    if (in->mode == TOKWIRE_SIGN_DIGEST && in->message.len != EC_DIGEST_SIZE) {
        return TOKWIRE_SW_SIGN_REFUSED;
    }
    out->kind = in->mode == TOKWIRE_SIGN_DIGEST ? SIGN_BATCH_DIGEST : SIGN_BATCH_MESSAGE;
    return TOKWIRE_SW_OK;
}

uint16_t sign_policy(const struct sign_request *in, struct sign_decision *out)
{
    *out = (struct sign_decision){.kind = SIGN_NOTHING};
    if (in->key == TOKWIRE_KEY_BATCH) {
        return allow_batch(in, out);
    }
    /* A digest hides the message: never for the keys chips believe. */
    if (in->mode != TOKWIRE_SIGN_MESSAGE) {
        return TOKWIRE_SW_SIGN_REFUSED;
    }
    uint16_t sw = TOKWIRE_SW_SIGN_REFUSED;
    if (in->key == TOKWIRE_KEY_DPAUTH) {
        sw = allow_server_signed1(in, out);
    } else if (in->key == TOKWIRE_KEY_DPPB) {
        sw = allow_dppb(in, out);
    }
    if (sw != TOKWIRE_SW_OK) {
        *out = (struct sign_decision){.kind = SIGN_NOTHING};
    }
    return sw;
}
