/* DERIVE SESSION KEYS: evidence of a chip, as a hostile line PC sends it, in a
 * transaction that stands where it must.
 *
 *   1 byte    what is signed anew here, so that a changed structure reaches the
 *             checks behind the signature: 1 euiccSignature2, 2 CERT.EUICC by the
 *             EUM, 4 CERT.EUM by the CI
 *   rest      the command's data field from CERTIFICATE on */
#include <openssl/evp.h>

#include "evidence_seed.h"
#include "input.h"
#include "tlv/tlv.h"
#include "token.h"

enum { SIGN_SIGNED2 = 1, SIGN_EUICC = 2, SIGN_EUM = 4, REQUEST_MAX = 65000 };
enum { TAG_BIT_STRING = 0x03 };

/* A certificate with the issuer's signature over what it says now; as it is when
 * it has no such form. */
static void sign_certificate(struct bytes der, EVP_PKEY *issuer, struct buf *out)
{
    struct tlv whole, tbs, algorithm;
    struct tlv_reader reader;
    uint8_t bits[1 + 128] = {0};
    size_t len = sizeof(bits) - 1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    tlv_reader_init(&reader, der);
    if (tlv_reader_next(&reader, &whole) == ERR_OK) {
        tlv_reader_init(&reader, whole.value);
    }
    if (tlv_reader_next(&reader, &tbs) == ERR_OK &&
        tlv_reader_next(&reader, &algorithm) == ERR_OK &&
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, issuer) == 1 &&
        EVP_DigestSign(context, bits + 1, &len, tbs.whole.data, tbs.whole.len) == 1) {
        size_t mark = tlv_open(out, whole.tag);
        buf_put_bytes(out, tbs.whole);
        buf_put_bytes(out, algorithm.whole);
        tlv_put(out, TAG_BIT_STRING, bytes_make(bits, len + 1));
        tlv_close(out, mark);
    } else {
        buf_put_bytes(out, der);
    }
    EVP_MD_CTX_free(context);
}

static void sign_evidence(struct bytes signed2, uint8_t signature[EC_SIGNATURE_SIZE])
{
    struct buf covered;
    buf_init(&covered, REQUEST_MAX);
    buf_put_bytes(&covered, signed2);
    rsp_put_signature(&covered, BYTES_OF(evidence_smdp_signature2));
    fuzz_check(ec_sign(fuzz_pki()->euicc.key, buf_bytes(&covered), signature) == ERR_OK);
    buf_clear(&covered);
}

/* The field again, signed anew where that was asked for. */
static void put_field(uint8_t choice, const struct tlv *field, struct bytes signed2,
                      struct buf *out)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct buf certificate;
    bool euicc = field->tag == TOKWIRE_F_CERTIFICATE && (choice & SIGN_EUICC) != 0;
    bool eum = field->tag == TOKWIRE_F_EUM_CERTIFICATE && (choice & SIGN_EUM) != 0;
    if (euicc || eum) {
        buf_init(&certificate, REQUEST_MAX);
        sign_certificate(field->value, euicc ? fuzz_pki()->eum.key : fuzz_pki()->ci.key,
                         &certificate);
        tlv_put(out, field->tag, buf_bytes(&certificate));
        buf_clear(&certificate);
    } else if (field->tag == TOKWIRE_F_SIGNATURE && (choice & SIGN_SIGNED2) != 0) {
        sign_evidence(signed2, signature);
        tlv_put(out, field->tag, BYTES_OF(signature));
    } else {
        buf_put_bytes(out, field->whole);
    }
}

static void put_request(uint8_t choice, struct bytes input, uint32_t one_time_key, struct buf *out)
{
    struct tlv_reader reader;
    struct tlv field, signed2 = {0};
    tokwire_put_uint(out, TOKWIRE_F_HANDLE, one_time_key, 4);
    tlv_reader_init(&reader, input);
    while (tlv_reader_next(&reader, &field) == ERR_OK) {
        if (field.tag == TOKWIRE_F_EUICC_SIGNED2) {
            signed2 = field;
        }
        put_field(choice, &field, signed2.value, out);
    }
    buf_put_bytes(out, reader.left);
}

/* A one-time key, and the transaction of the seeds right before its evidence. */
static uint32_t prepare(struct fuzz_token *token)
{
    static const uint8_t curve[] = {TOKWIRE_F_CURVE, 1, EC_CURVE_P256};
    const struct apdu_command generate = {
        TOKWIRE_CLA, TOKWIRE_GENERATE_ONE_TIME_KEY, 0, 0, BYTES_OF(curve), APDU_LE_ANY};
    struct transaction *transaction = transaction_begin(
        &token->connections[FUZZ_USER]->transactions, BYTES_OF(evidence_transaction_id));
    memcpy(transaction->smdp_signature2, evidence_smdp_signature2, EC_SIGNATURE_SIZE);
    transaction->state = TRANSACTION_PREPARED;
    fuzz_check(fuzz_call(token, FUZZ_USER, &generate) == TOKWIRE_SW_OK);
    return 1u << 31 | 1 << 8;
}

/* What was accepted is proven: the EID is that of the certificate as it was sent,
 * and without a signature made here the one of the only chip there is. */
static void check_accepted(const struct fuzz_token *token, uint8_t choice, struct bytes request)
{
    const struct tokwire_command *row = tokwire_command_find(TOKWIRE_DERIVE_SESSION_KEYS);
    struct bytes answer = bytes_make(token->response.data, token->response.len - 2);
    struct tokwire_fields in, out;
    struct cert *euicc = NULL;
    struct eid eid, own;
    fuzz_check(tokwire_fields_decode(row->request, request, &in) == ERR_OK);
    fuzz_check(tokwire_fields_decode(row->response, answer, &out) == ERR_OK);
    fuzz_check(cert_parse(tokwire_field(&in, TOKWIRE_F_CERTIFICATE), &euicc) == ERR_OK);
    fuzz_check(cert_eid(euicc, &eid) == ERR_OK);
    fuzz_check(bytes_equal(eid_bytes(&eid), tokwire_field(&out, TOKWIRE_F_EID)));
    fuzz_check(eid_parse(TEST_PKI_EID, &own) == ERR_OK);
    fuzz_check(choice != 0 || bytes_equal(eid_bytes(&eid), eid_bytes(&own)));
    fuzz_check(bytes_equal(tokwire_field(&out, TOKWIRE_F_TRANSACTION_ID),
                           BYTES_OF(evidence_transaction_id)));
    cert_free(&euicc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    uint8_t choice = fuzz_take_u8(&input) & (SIGN_SIGNED2 | SIGN_EUICC | SIGN_EUM);
    struct fuzz_token *token = fuzz_token(TOKWIRE_ROLE_LINE);
    struct buf request;
    buf_init(&request, REQUEST_MAX);
    put_request(choice, input, prepare(token), &request);
    if (buf_err(&request) == ERR_OK) {
        const struct apdu_command derive = {TOKWIRE_CLA, TOKWIRE_DERIVE_SESSION_KEYS, 0,
                                            0,           buf_bytes(&request),         APDU_LE_ANY};
        if (fuzz_call(token, FUZZ_USER, &derive) == TOKWIRE_SW_OK) {
            check_accepted(token, choice, buf_bytes(&request));
            fuzz_check(fuzz_call(token, FUZZ_USER, &derive) == TOKWIRE_SW_KEY_USED);
        }
    }
    buf_clear(&request);
    fuzz_token_reset(token);
    return 0;
}
