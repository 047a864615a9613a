#include "sgp22/rsp.h"

#include "sgp22/bsp.h"
#include "sgp22/tags.h"

enum { REMOTE_OP_ID_INSTALL = 1, HASH_CC_SIZE = 32 };

static enum err expect_sized(struct tlv_reader *reader, uint32_t tag, size_t min, size_t max,
                             struct bytes *value)
{
    struct tlv element;
    enum err err = tlv_reader_require(reader, tag, &element);
    if (err != ERR_OK) {
        return err;
    }
    if (element.value.len < min || element.value.len > max) {
        return ERR_RANGE;
    }
    *value = element.value;
    return ERR_OK;
}

static enum err expect_transaction_id(struct tlv_reader *reader, struct bytes *value)
{
    return expect_sized(reader, TAG_TRANSACTION_ID, TRANSACTION_ID_MIN, TRANSACTION_ID_MAX, value);
}

/* Opens the one SEQUENCE that input is. */
static enum err open_sequence(struct bytes input, struct tlv_reader *reader, struct bytes *whole)
{
    struct tlv sequence;
    enum err err = tlv_single(input, TAG_SEQUENCE, &sequence);
    if (err == ERR_OK) {
        *whole = sequence.whole;
        tlv_reader_init(reader, sequence.value);
    }
    return err == ERR_NOT_FOUND ? ERR_TAG : err;
}

/* What follows the known elements is skipped, but must be whole (SGP.22 is
 * extensible throughout). */
static enum err skip_rest(struct tlv_reader *reader)
{
    while (!tlv_reader_end(reader)) {
        struct tlv element;
        enum err err = tlv_reader_next(reader, &element);
        if (err != ERR_OK) {
            return err;
        }
    }
    return ERR_OK;
}

void server_signed1_encode(const struct server_signed1 *in, struct buf *out)
{
    size_t mark = tlv_open(out, TAG_SEQUENCE);
    tlv_put(out, TAG_TRANSACTION_ID, in->transaction_id);
    tlv_put(out, TAG_EUICC_CHALLENGE_FIELD, in->euicc_challenge);
    tlv_put(out, TAG_SERVER_ADDRESS, in->server_address);
    tlv_put(out, TAG_SERVER_CHALLENGE, in->server_challenge);
    tlv_close(out, mark);
}

enum err server_signed1_decode(struct bytes input, struct server_signed1 *out)
{
    struct server_signed1 in = {0};
    struct tlv_reader reader;
    *out = in;
    enum err err = open_sequence(input, &reader, &in.whole);
    if (err == ERR_OK) {
        err = expect_transaction_id(&reader, &in.transaction_id);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_EUICC_CHALLENGE_FIELD, CHALLENGE_SIZE, CHALLENGE_SIZE,
                           &in.euicc_challenge);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_SERVER_ADDRESS, 1, SERVER_ADDRESS_MAX, &in.server_address);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_SERVER_CHALLENGE, CHALLENGE_SIZE, CHALLENGE_SIZE,
                           &in.server_challenge);
    }
    if (err == ERR_OK) {
        err = skip_rest(&reader);
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}

enum err euicc_signed1_decode(struct bytes input, struct euicc_signed1 *out)
{
    struct euicc_signed1 in = {0};
    struct tlv_reader reader;
    struct tlv element;
    *out = in;
    enum err err = open_sequence(input, &reader, &in.whole);
    if (err == ERR_OK) {
        err = expect_transaction_id(&reader, &in.transaction_id);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_SERVER_ADDRESS, 1, SERVER_ADDRESS_MAX, &in.server_address);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_SERVER_CHALLENGE, CHALLENGE_SIZE, CHALLENGE_SIZE,
                           &in.server_challenge);
    }
    if (err == ERR_OK) {
        err = tlv_reader_require(&reader, TAG_EUICC_INFO2, &element);
        in.euicc_info2 = element.whole;
    }
    if (err == ERR_OK) {
        err = tlv_reader_require(&reader, TAG_CTX_PARAMS1, &element);
        in.ctx_params1 = element.whole;
    }
    if (err == ERR_OK) {
        err = skip_rest(&reader);
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}

void smdp_signed2_encode(const struct smdp_signed2 *in, struct buf *out)
{
    const uint8_t flag = in->cc_required ? 0xFF : 0x00; /* X.690 11.1 */
    size_t mark = tlv_open(out, TAG_SEQUENCE);
    tlv_put(out, TAG_TRANSACTION_ID, in->transaction_id);
    tlv_put(out, TAG_CC_REQUIRED, bytes_make(&flag, 1));
    if (in->bpp_euicc_otpk.len > 0) {
        tlv_put(out, TAG_OTPK, in->bpp_euicc_otpk);
    }
    tlv_close(out, mark);
}

enum err smdp_signed2_decode(struct bytes input, struct smdp_signed2 *out)
{
    struct smdp_signed2 in = {0};
    struct tlv_reader reader;
    struct bytes flag = BYTES_NONE;
    struct tlv otpk;
    *out = in;
    enum err err = open_sequence(input, &reader, &in.whole);
    if (err == ERR_OK) {
        err = expect_transaction_id(&reader, &in.transaction_id);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_CC_REQUIRED, 1, 1, &flag);
    }
    if (err == ERR_OK) {
        in.cc_required = flag.data[0] != 0;
        err = tlv_reader_optional(&reader, TAG_OTPK, &otpk);
    }
    if (err == ERR_OK && otpk.tag == TAG_OTPK) {
        in.bpp_euicc_otpk = otpk.value;
        err = otpk.value.len == EC_POINT_SIZE ? ERR_OK : ERR_RANGE;
    }
    if (err == ERR_OK) {
        err = skip_rest(&reader);
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}

enum err euicc_signed2_decode(struct bytes input, struct euicc_signed2 *out)
{
    struct euicc_signed2 in = {0};
    struct tlv_reader reader;
    struct tlv hash;
    *out = in;
    enum err err = open_sequence(input, &reader, &in.whole);
    if (err == ERR_OK) {
        err = expect_transaction_id(&reader, &in.transaction_id);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_OTPK, EC_POINT_SIZE, EC_POINT_SIZE, &in.euicc_otpk);
    }
    if (err == ERR_OK) {
        err = tlv_reader_optional(&reader, TAG_OCTET_STRING, &hash);
    }
    if (err == ERR_OK && hash.tag == TAG_OCTET_STRING) {
        in.hash_cc = hash.value;
        err = hash.value.len == HASH_CC_SIZE ? ERR_OK : ERR_RANGE;
    }
    if (err == ERR_OK) {
        err = skip_rest(&reader);
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}

/* remoteOpId, transactionId and CRT: what both forms begin with. */
static void put_channel_head(const struct initialise_secure_channel *in, struct buf *out)
{
    const uint8_t operation = REMOTE_OP_ID_INSTALL;
    const uint8_t key_type = BSP_KEY_TYPE_AES;
    const uint8_t key_len = BSP_KEY_LEN;
    tlv_put(out, TAG_REMOTE_OP_ID, bytes_make(&operation, 1));
    tlv_put(out, TAG_TRANSACTION_ID, in->transaction_id);
    size_t mark = tlv_open(out, TAG_CONTROL_REF_TEMPLATE);
    tlv_put(out, TAG_KEY_TYPE, bytes_make(&key_type, 1));
    tlv_put(out, TAG_KEY_LEN, bytes_make(&key_len, 1));
    tlv_put(out, TAG_HOST_ID, in->host_id);
    tlv_close(out, mark);
    tlv_put(out, TAG_OTPK, in->dp_otpk);
}

void initialise_secure_channel_encode_signed(const struct initialise_secure_channel *in,
                                             struct buf *out)
{
    put_channel_head(in, out);
    tlv_put(out, TAG_OTPK, in->euicc_otpk);
}

void initialise_secure_channel_encode(const struct initialise_secure_channel *in,
                                      struct bytes smdp_sign, struct buf *out)
{
    size_t mark = tlv_open(out, TAG_INITIALISE_SECURE_CHANNEL);
    put_channel_head(in, out);
    rsp_put_signature(out, smdp_sign);
    tlv_close(out, mark);
}

static bool is_byte(struct bytes value, uint8_t expected)
{
    return value.len == 1 && value.data[0] == expected;
}

/* A6{80 01 88, 81 01 10, 84 hostId} and nothing else. */
static enum err decode_crt(struct bytes crt, struct bytes *host_id)
{
    struct tlv_reader reader;
    struct bytes key_type = BYTES_NONE;
    struct bytes key_len = BYTES_NONE;
    tlv_reader_init(&reader, crt);
    enum err err = expect_sized(&reader, TAG_KEY_TYPE, 1, 1, &key_type);
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_KEY_LEN, 1, 1, &key_len);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_HOST_ID, 1, BSP_HOST_ID_MAX, host_id);
    }
    if (err == ERR_OK && (!is_byte(key_type, BSP_KEY_TYPE_AES) || !is_byte(key_len, BSP_KEY_LEN) ||
                          !tlv_reader_end(&reader))) {
        err = ERR_MALFORMED;
    }
    return err;
}

enum err initialise_secure_channel_decode_signed(struct bytes input,
                                                 struct initialise_secure_channel *out)
{
    struct initialise_secure_channel in = {0};
    struct tlv_reader reader;
    struct bytes operation = BYTES_NONE;
    struct tlv crt = {0};
    *out = in;
    tlv_reader_init(&reader, input);
    enum err err = expect_sized(&reader, TAG_REMOTE_OP_ID, 1, 1, &operation);
    if (err == ERR_OK && !is_byte(operation, REMOTE_OP_ID_INSTALL)) {
        err = ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        err = expect_transaction_id(&reader, &in.transaction_id);
    }
    if (err == ERR_OK) {
        err = tlv_reader_require(&reader, TAG_CONTROL_REF_TEMPLATE, &crt);
    }
    if (err == ERR_OK) {
        err = decode_crt(crt.value, &in.host_id);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_OTPK, EC_POINT_SIZE, EC_POINT_SIZE, &in.dp_otpk);
    }
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_OTPK, EC_POINT_SIZE, EC_POINT_SIZE, &in.euicc_otpk);
    }
    if (err == ERR_OK && !tlv_reader_end(&reader)) {
        err = ERR_MALFORMED; /* signed by us, so nothing unknown */
    }
    if (err == ERR_OK) {
        *out = in;
    }
    return err;
}

void rsp_put_signature(struct buf *out, struct bytes signature)
{
    tlv_put(out, TAG_SIGNATURE, signature);
}

enum err smdp_signed2_message_decode(struct bytes input, struct smdp_signed2 *out,
                                     struct bytes *euicc_signature1)
{
    struct tlv_reader reader;
    struct tlv sequence;
    *out = (struct smdp_signed2){0};
    *euicc_signature1 = BYTES_NONE;
    tlv_reader_init(&reader, input);
    enum err err = tlv_reader_require(&reader, TAG_SEQUENCE, &sequence);
    if (err == ERR_OK) {
        err = expect_sized(&reader, TAG_SIGNATURE, EC_SIGNATURE_SIZE, EC_SIGNATURE_SIZE,
                           euicc_signature1);
    }
    if (err == ERR_OK && !tlv_reader_end(&reader)) {
        err = ERR_MALFORMED;
    }
    if (err == ERR_OK) {
        err = smdp_signed2_decode(sequence.whole, out);
    }
    if (err != ERR_OK) {
        *euicc_signature1 = BYTES_NONE;
    }
    return err;
}
