/* A session with the simulated chip up to its secure channel, in which this target
 * signs as the DP+ whatever the input says, so that all checks behind the
 * signatures are met.
 *
 *   records   serverSigned1; what follows CERT.DPauth; smdpSigned2; what follows
 *             CERT.DPpb; the signed part of InitialiseSecureChannel without
 *             otPK.EUICC; the rest is an ES10 command after all that */
#include "chip.h"
#include "input.h"
#include "sgp22/tags.h"
#include "support/pki.h"

enum { COMMAND_MAX = 16384, PACKAGE_LEN = 1000 };

static const struct test_pki *pki(void)
{
    static struct test_pki made;
    if (made.ci.cert == NULL) {
        test_pki_make(NULL, &made);
    }
    return &made;
}

static void put_signature(struct buf *out, EVP_PKEY *key, struct bytes first, struct bytes second)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct buf message;
    buf_init(&message, COMMAND_MAX);
    buf_put_bytes(&message, first);
    buf_put_bytes(&message, second);
    fuzz_check(ec_sign(key, buf_bytes(&message), signature) == ERR_OK);
    tlv_put(out, TAG_SIGNATURE, BYTES_OF(signature));
    buf_clear(&message);
}

static void run(struct isdr *isdr, struct buf *command)
{
    struct buf response;
    if (buf_err(command) == ERR_OK) {
        buf_init(&response, ISDR_RESPONSE_MAX);
        isdr_run(isdr, buf_bytes(command), &response);
        buf_clear(&response);
    }
    buf_reset(command);
}

/* The chip's challenge is always that of the seeds. */
static void authenticate(struct isdr *isdr, struct bytes *input, struct buf *command)
{
    struct bytes signed1 = fuzz_take_record(input);
    for (size_t i = 0; i < CHALLENGE_SIZE; i++) {
        isdr->session.challenge[i] = (uint8_t)(0xA0 + i);
    }
    isdr->session.phase = SESSION_CHALLENGE;
    size_t mark = tlv_open(command, TAG_AUTHENTICATE_SERVER);
    buf_put_bytes(command, signed1);
    put_signature(command, pki()->dpauth.key, signed1, BYTES_NONE);
    tlv_put(command, TAG_OCTET_STRING, BYTES_OF(pki()->ci.cert->subject_key_id));
    buf_put_bytes(command, buf_bytes(&pki()->dpauth.der));
    buf_put_bytes(command, fuzz_take_record(input));
    tlv_close(command, mark);
    run(isdr, command);
}

static void prepare(struct isdr *isdr, struct bytes *input, struct buf *command)
{
    struct bytes signed2 = fuzz_take_record(input);
    struct buf euicc_signature1;
    buf_init(&euicc_signature1, 3 + EC_SIGNATURE_SIZE);
    rsp_put_signature(&euicc_signature1, BYTES_OF(isdr->session.euicc_signature1));
    size_t mark = tlv_open(command, TAG_PREPARE_DOWNLOAD);
    buf_put_bytes(command, signed2);
    put_signature(command, pki()->dppb.key, signed2, buf_bytes(&euicc_signature1));
    buf_put_bytes(command, buf_bytes(&pki()->dppb.der));
    buf_put_bytes(command, fuzz_take_record(input));
    tlv_close(command, mark);
    run(isdr, command);
    buf_clear(&euicc_signature1);
}

static void initialise(struct isdr *isdr, struct bytes *input, struct buf *command)
{
    struct bytes channel = fuzz_take_record(input);
    struct buf own, body;
    buf_init(&own, 3 + EC_POINT_SIZE);
    buf_init(&body, COMMAND_MAX);
    tlv_put(&own, TAG_OTPK, BYTES_OF(isdr->session.euicc_otpk));
    size_t mark = tlv_open(&body, TAG_INITIALISE_SECURE_CHANNEL);
    buf_put_bytes(&body, channel);
    put_signature(&body, pki()->dppb.key, channel, buf_bytes(&own));
    tlv_close(&body, mark);
    tlv_put_header(command, TAG_BOUND_PROFILE_PACKAGE, body.len + PACKAGE_LEN);
    buf_put_bytes(command, buf_bytes(&body));
    run(isdr, command);
    buf_clear(&own);
    buf_clear(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    struct card *card = fuzz_chip();
    struct buf command;
    if (size > COMMAND_MAX / 2) {
        return 0;
    }
    buf_init(&command, COMMAND_MAX);
    authenticate(&card->isdr, &input, &command);
    prepare(&card->isdr, &input, &command);
    initialise(&card->isdr, &input, &command);
    buf_put_bytes(&command, input);
    run(&card->isdr, &command);
    buf_clear(&command);
    return 0;
}
