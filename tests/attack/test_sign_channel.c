/* A hostile PC uses SK.DPpb as a signing oracle: InitialiseSecureChannel but for the
 * keys the engine made and the chip signed, in its time and once, is refused. */
#include <string.h>

#include "oracle.h"

static struct test_pki pki;

static struct stand *line(void)
{
    return stand_line(&pki);
}

/* InitialiseSecureChannel: every bit of it is settled by then. */
static void test_channel_every_bit(void)
{
    struct wire wire;
    struct chip chip;
    struct buf message;
    stand_connect(line(), &wire);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_session(&chip, &wire);
    chip_put_channel(&chip, &message);
    oracle_resize(&wire, TOKWIRE_KEY_DPPB, &message);
    struct span id = span_of(&message, BYTES_OF(chip.transaction_id));
    for (size_t i = 0; i < message.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint16_t expected =
                span_has(i, &id, 1) ? TOKWIRE_SW_TRANSACTION : TOKWIRE_SW_SIGN_REFUSED;
            message.data[i] ^= (uint8_t)(1u << bit);
            CU_ASSERT_EQUAL(oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), expected);
            message.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    expect_sw("by the other key", oracle_sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
              TOKWIRE_SW_SIGN_REFUSED);
    expect_sw("the structure itself", oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_OK);
    expect_sw("twice", oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), TOKWIRE_SW_STATE);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

static uint16_t sign_channel(struct wire *wire, const struct chip *chip)
{
    struct buf message;
    chip_put_channel(chip, &message);
    uint16_t sw = oracle_sign(wire, TOKWIRE_KEY_DPPB, buf_bytes(&message));
    buf_clear(&message);
    return sw;
}

/* Before the chip has proved itself, and over keys the engine did not make or the
 * chip did not sign: whoever knows otSK.DP could open what is bound to it. */
static void test_channel_of_the_pc(void)
{
    struct wire wire, other;
    struct chip chip, own, second;
    EVP_PKEY *pc_key = NULL;
    enum ec_curve curve;
    struct evidence evidence;
    uint32_t handle;
    stand_connect(line(), &wire);
    oracle_begin(&pki, &chip, &wire, false);
    CU_ASSERT_EQUAL(chip_one_time_key(&chip, &wire), TOKWIRE_SW_OK);
    expect_sw("after serverSigned1", sign_channel(&wire, &chip), TOKWIRE_SW_STATE);
    CU_ASSERT_EQUAL(chip_prepare(&chip, &wire), TOKWIRE_SW_OK);
    expect_sw("before the evidence", sign_channel(&wire, &chip), TOKWIRE_SW_STATE);
    chip_evidence(&chip, &evidence);
    CU_ASSERT_EQUAL(evidence_derive(&evidence, &wire, &handle), TOKWIRE_SW_OK);
    evidence_clear(&evidence);

    own = chip;
    TEST_OK(ec_generate(EC_CURVE_P256, &pc_key));
    TEST_OK(ec_point(pc_key, own.dp_otpk, &curve));
    expect_sw("the PC's own otPK.DP", sign_channel(&wire, &own), TOKWIRE_SW_SIGN_REFUSED);
    own = chip;
    TEST_OK(ec_point(pc_key, own.otpk, &curve));
    expect_sw("another otPK.EUICC", sign_channel(&wire, &own), TOKWIRE_SW_SIGN_REFUSED);
    own = chip;
    CU_ASSERT_EQUAL(chip_one_time_key(&own, &wire), TOKWIRE_SW_OK);
    expect_sw("another one-time key of the engine", sign_channel(&wire, &own),
              TOKWIRE_SW_SIGN_REFUSED);
    /* A second attested session: neither may borrow from the other. */
    chip_new(&second, &pki.euicc, &pki.eum);
    chip_session(&second, &wire);
    own = chip;
    memcpy(own.dp_otpk, second.dp_otpk, sizeof(own.dp_otpk));
    memcpy(own.otpk, second.otpk, sizeof(own.otpk));
    expect_sw("another session's keys", sign_channel(&wire, &own), TOKWIRE_SW_SIGN_REFUSED);
    memcpy(own.otpk, chip.otpk, sizeof(own.otpk));
    expect_sw("another session's otPK.DP", sign_channel(&wire, &own), TOKWIRE_SW_SIGN_REFUSED);
    /* Another connection. */
    stand_connect(line(), &other);
    expect_sw("another connection", sign_channel(&other, &chip), TOKWIRE_SW_TRANSACTION);
    wire_close(&other);
    expect_sw("its own", sign_channel(&wire, &chip), TOKWIRE_SW_OK);
    EVP_PKEY_free(pc_key);
    chip_clear(&second);
    chip_clear(&chip);
    wire_close(&wire);
}

/* hostId is in the keys' derivation and must be the same in what is signed. */
static void test_channel_host_id(void)
{
    static const char *const hosts[] = {"line-02", "line-0", "line-011", "l"};
    struct wire wire;
    struct chip chip;
    struct buf message;
    stand_connect(line(), &wire);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_session(&chip, &wire);
    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        const struct initialise_secure_channel in = {
            .transaction_id = BYTES_OF(chip.transaction_id),
            .host_id = bytes_make(hosts[i], strlen(hosts[i])),
            .dp_otpk = BYTES_OF(chip.dp_otpk),
            .euicc_otpk = BYTES_OF(chip.otpk),
        };
        buf_init(&message, ORACLE_MESSAGE_MAX);
        initialise_secure_channel_encode_signed(&in, &message);
        expect_sw(hosts[i], oracle_sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
                  TOKWIRE_SW_SIGN_REFUSED);
        buf_clear(&message);
    }
    expect_sw("the right one", sign_channel(&wire, &chip), TOKWIRE_SW_OK);
    chip_clear(&chip);
    wire_close(&wire);
}

static const struct test_case cases[] = {
    {"InitialiseSecureChannel, every bit", test_channel_every_bit},
    {"InitialiseSecureChannel over the PC's keys", test_channel_of_the_pc},
    {"InitialiseSecureChannel, other hostId", test_channel_host_id},
};

TEST_MAIN("attack: signatures, channel", cases)
