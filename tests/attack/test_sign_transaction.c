/* A hostile PC uses SK.DPauth and SK.DPpb as a signing oracle: of serverSigned1 and
 * smdpSigned2 anything but the structure, in its time and once, is refused. */
#include "oracle.h"

static struct test_pki pki;

static struct stand *line(void)
{
    return stand_line(&pki);
}

/* The three structures as they are signed when they are right. */
static void test_honest(void)
{
    struct wire wire;
    struct chip chip;
    struct buf message;
    stand_connect(line(), &wire);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_session(&chip, &wire);
    chip_put_channel(&chip, &message);
    expect_sw("InitialiseSecureChannel", oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_OK);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

/* serverSigned1: what is not one of its values cannot change. A changed value
 * makes another serverSigned1, which the key may sign; none of the other key's. */
static void test_server_signed1(void)
{
    static const uint8_t challenge[CHALLENGE_SIZE] = {1, 2, 3};
    struct wire wire;
    struct chip chip;
    struct buf message;
    stand_connect(line(), &wire);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_put_server_signed1(&chip, &message);
    oracle_resize(&wire, TOKWIRE_KEY_DPAUTH, &message);
    struct span first = span_of(&message, BYTES_OF(challenge));
    /* transactionId, euiccChallenge, serverAddress, serverChallenge */
    const struct span values[] = {span_of(&message, BYTES_OF(chip.transaction_id)),
                                  first,
                                  span_of(&message, bytes_make("line.example.com", 16)),
                                  {message.len - CHALLENGE_SIZE, message.len}};
    for (size_t i = 0; i < message.len; i++) {
        if (span_has(i, values, 4)) {
            continue;
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            message.data[i] ^= (uint8_t)(1u << bit);
            CU_ASSERT_EQUAL(oracle_sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
                            TOKWIRE_SW_SIGN_REFUSED);
            CU_ASSERT_EQUAL(oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
                            TOKWIRE_SW_SIGN_REFUSED);
            message.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    expect_sw("by the other key", oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_SIGN_REFUSED);
    expect_sw("the structure itself", oracle_sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
              TOKWIRE_SW_OK);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

/* smdpSigned2 || euiccSignature1: another transactionId is no transaction of this
 * login, and nothing else but euiccSignature1 is free. */
static void test_smdp_signed2(void)
{
    struct wire wire;
    struct chip chip;
    struct buf message;
    stand_connect(line(), &wire);
    oracle_begin(&pki, &chip, &wire, false);
    chip_put_smdp_signed2(&chip, &message);
    oracle_resize(&wire, TOKWIRE_KEY_DPPB, &message);
    struct span id = span_of(&message, BYTES_OF(chip.transaction_id));
    for (size_t i = 0; i < message.len - EC_SIGNATURE_SIZE; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint16_t expected =
                span_has(i, &id, 1) ? TOKWIRE_SW_TRANSACTION : TOKWIRE_SW_SIGN_REFUSED;
            message.data[i] ^= (uint8_t)(1u << bit);
            CU_ASSERT_EQUAL(oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), expected);
            CU_ASSERT_EQUAL(oracle_sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
                            TOKWIRE_SW_SIGN_REFUSED);
            message.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    expect_sw("the structure itself", oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_OK);
    expect_sw("twice", oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), TOKWIRE_SW_STATE);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

/* smdpSigned2 that asks for a confirmation code, and one with bppEuiccOtpk: the
 * engine signs the one form it knows. */
static void test_smdp_signed2_forms(void)
{
    static const uint8_t signature1[EC_SIGNATURE_SIZE] = {7};
    struct wire wire;
    struct chip chip;
    struct buf message;
    stand_connect(line(), &wire);
    oracle_begin(&pki, &chip, &wire, false);
    const struct smdp_signed2 asks = {.transaction_id = BYTES_OF(chip.transaction_id),
                                      .cc_required = true};
    buf_init(&message, ORACLE_MESSAGE_MAX);
    smdp_signed2_encode(&asks, &message);
    rsp_put_signature(&message, BYTES_OF(signature1));
    expect_sw("ccRequired", oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_UNSUPPORTED);
    buf_clear(&message);
    /* Without the euiccSignature1 it answers: a smdpSigned2 for any chip. */
    chip_put_smdp_signed2(&chip, &message);
    expect_sw("alone",
              oracle_sign(&wire, TOKWIRE_KEY_DPPB,
                          bytes_make(message.data, message.len - 3 - EC_SIGNATURE_SIZE)),
              TOKWIRE_SW_SIGN_REFUSED);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

static const struct test_case cases[] = {
    {"the three structures are signed", test_honest},
    {"serverSigned1, every bit that is no value", test_server_signed1},
    {"smdpSigned2, every bit", test_smdp_signed2},
    {"smdpSigned2, other forms", test_smdp_signed2_forms},
};

TEST_MAIN("attack: signatures, transaction", cases)
