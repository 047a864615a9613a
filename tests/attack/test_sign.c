/* A hostile PC uses SK.DPauth and SK.DPpb as a signing oracle: anything but the
 * three structures, each in its time and once, is refused. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "crypto/kdf.h"
#include "sgp22/tags.h"
#include "stand.h"

enum { MESSAGE_MAX = 4096 };

static struct test_pki pki;

static struct stand *line(void)
{
    return stand_line(&pki);
}

static uint16_t sign(struct wire *wire, enum tokwire_key key, struct bytes message)
{
    uint8_t signature[EC_SIGNATURE_SIZE];
    return wire_sign(wire, key, message, signature);
}

/* A new transaction, so far authenticated or prepared. */
static void begin(struct chip *chip, struct wire *wire, bool prepared)
{
    line();
    chip_new(chip, &pki.euicc, &pki.eum);
    CU_ASSERT_EQUAL_FATAL(chip_authenticate(chip, wire), TOKWIRE_SW_OK);
    if (prepared) {
        CU_ASSERT_EQUAL_FATAL(chip_prepare(chip, wire), TOKWIRE_SW_OK);
    }
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
    expect_sw("InitialiseSecureChannel", sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_OK);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

/* Which structure a mutation starts from, and where its free contents are: the
 * bytes that may be anything and still make a structure of that kind. */
struct span {
    size_t start, end;
};

static bool in_spans(size_t at, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (at >= spans[i].start && at < spans[i].end) {
            return true;
        }
    }
    return false;
}

/* Where value stands in message. */
static struct span span_of(const struct buf *message, struct bytes value)
{
    for (size_t at = 0; at + value.len <= message->len; at++) {
        if (memcmp(message->data + at, value.data, value.len) == 0) {
            return (struct span){at, at + value.len};
        }
    }
    CU_FAIL_FATAL("the structure does not hold its own value");
    return (struct span){0, 0};
}

/* All truncations and some extensions: none is signed. */
static void resize(struct wire *wire, enum tokwire_key key, const struct buf *message)
{
    struct buf longer;
    for (size_t len = 0; len < message->len; len++) {
        CU_ASSERT_EQUAL(sign(wire, key, bytes_make(message->data, len)), TOKWIRE_SW_SIGN_REFUSED);
    }
    const struct bytes tails[] = {test_hex("00"), test_hex("8000"), test_hex("0500"),
                                  test_hex("5F3701AA"), buf_bytes(message)};
    for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
        buf_init(&longer, MESSAGE_MAX);
        buf_put_bytes(&longer, buf_bytes(message));
        buf_put_bytes(&longer, tails[i]);
        expect_sw("extended", sign(wire, key, buf_bytes(&longer)), TOKWIRE_SW_SIGN_REFUSED);
        buf_reset(&longer);
        buf_put_bytes(&longer, tails[i]);
        buf_put_bytes(&longer, buf_bytes(message));
        expect_sw("preceded", sign(wire, key, buf_bytes(&longer)), TOKWIRE_SW_SIGN_REFUSED);
        buf_clear(&longer);
    }
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
    resize(&wire, TOKWIRE_KEY_DPAUTH, &message);
    struct span first = span_of(&message, BYTES_OF(challenge));
    /* transactionId, euiccChallenge, serverAddress, serverChallenge */
    const struct span values[] = {span_of(&message, BYTES_OF(chip.transaction_id)),
                                  first,
                                  span_of(&message, bytes_make("line.example.com", 16)),
                                  {message.len - CHALLENGE_SIZE, message.len}};
    for (size_t i = 0; i < message.len; i++) {
        if (in_spans(i, values, 4)) {
            continue;
        }
        for (unsigned bit = 0; bit < 8; bit++) {
            message.data[i] ^= (uint8_t)(1u << bit);
            CU_ASSERT_EQUAL(sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
                            TOKWIRE_SW_SIGN_REFUSED);
            CU_ASSERT_EQUAL(sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
                            TOKWIRE_SW_SIGN_REFUSED);
            message.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    expect_sw("by the other key", sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_SIGN_REFUSED);
    expect_sw("the structure itself", sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
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
    begin(&chip, &wire, false);
    chip_put_smdp_signed2(&chip, &message);
    resize(&wire, TOKWIRE_KEY_DPPB, &message);
    struct span id = span_of(&message, BYTES_OF(chip.transaction_id));
    for (size_t i = 0; i < message.len - EC_SIGNATURE_SIZE; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint16_t expected =
                in_spans(i, &id, 1) ? TOKWIRE_SW_TRANSACTION : TOKWIRE_SW_SIGN_REFUSED;
            message.data[i] ^= (uint8_t)(1u << bit);
            CU_ASSERT_EQUAL(sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), expected);
            CU_ASSERT_EQUAL(sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
                            TOKWIRE_SW_SIGN_REFUSED);
            message.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    expect_sw("the structure itself", sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_OK);
    expect_sw("twice", sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), TOKWIRE_SW_STATE);
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
    begin(&chip, &wire, false);
    const struct smdp_signed2 asks = {.transaction_id = BYTES_OF(chip.transaction_id),
                                      .cc_required = true};
    buf_init(&message, MESSAGE_MAX);
    smdp_signed2_encode(&asks, &message);
    rsp_put_signature(&message, BYTES_OF(signature1));
    expect_sw("ccRequired", sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_UNSUPPORTED);
    buf_clear(&message);
    /* Without the euiccSignature1 it answers: a smdpSigned2 for any chip. */
    chip_put_smdp_signed2(&chip, &message);
    expect_sw("alone",
              sign(&wire, TOKWIRE_KEY_DPPB,
                   bytes_make(message.data, message.len - 3 - EC_SIGNATURE_SIZE)),
              TOKWIRE_SW_SIGN_REFUSED);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
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
    resize(&wire, TOKWIRE_KEY_DPPB, &message);
    struct span id = span_of(&message, BYTES_OF(chip.transaction_id));
    for (size_t i = 0; i < message.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            uint16_t expected =
                in_spans(i, &id, 1) ? TOKWIRE_SW_TRANSACTION : TOKWIRE_SW_SIGN_REFUSED;
            message.data[i] ^= (uint8_t)(1u << bit);
            CU_ASSERT_EQUAL(sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), expected);
            message.data[i] ^= (uint8_t)(1u << bit);
        }
    }
    expect_sw("by the other key", sign(&wire, TOKWIRE_KEY_DPAUTH, buf_bytes(&message)),
              TOKWIRE_SW_SIGN_REFUSED);
    expect_sw("the structure itself", sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
              TOKWIRE_SW_OK);
    expect_sw("twice", sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)), TOKWIRE_SW_STATE);
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

static uint16_t sign_channel(struct wire *wire, const struct chip *chip)
{
    struct buf message;
    chip_put_channel(chip, &message);
    uint16_t sw = sign(wire, TOKWIRE_KEY_DPPB, buf_bytes(&message));
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
    begin(&chip, &wire, false);
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
        buf_init(&message, MESSAGE_MAX);
        initialise_secure_channel_encode_signed(&in, &message);
        expect_sw(hosts[i], sign(&wire, TOKWIRE_KEY_DPPB, buf_bytes(&message)),
                  TOKWIRE_SW_SIGN_REFUSED);
        buf_clear(&message);
    }
    expect_sw("the right one", sign_channel(&wire, &chip), TOKWIRE_SW_OK);
    chip_clear(&chip);
    wire_close(&wire);
}

/* --- digests and other people's structures ---------------------------------- */

static uint16_t sign_digest(struct wire *wire, enum tokwire_key key, struct bytes digest)
{
    return wire_call_field(wire, TOKWIRE_SIGN, key, TOKWIRE_SIGN_DIGEST, TOKWIRE_F_DATA, digest);
}

/* A bare hash hides the message, whatever it is of. */
static void test_digests(void)
{
    struct wire wire;
    struct chip chip;
    struct buf message;
    uint8_t digest[SHA256_SIZE];
    stand_connect(line(), &wire);
    chip_new(&chip, &pki.euicc, &pki.eum);
    chip_put_server_signed1(&chip, &message);
    TEST_OK(crypto_sha256(buf_bytes(&message), digest));
    for (enum tokwire_key key = TOKWIRE_KEY_DPAUTH; key <= TOKWIRE_KEY_DPPB; key++) {
        size_t before = stand_journal_count(line(), "\"event\":\"sign refused\"", NULL);
        expect_sw("a digest, as one", sign_digest(&wire, key, BYTES_OF(digest)),
                  TOKWIRE_SW_SIGN_REFUSED);
        expect_sw("a digest, as a message", sign(&wire, key, BYTES_OF(digest)),
                  TOKWIRE_SW_SIGN_REFUSED);
        expect_sw("a message, as a digest", sign_digest(&wire, key, buf_bytes(&message)),
                  TOKWIRE_SW_SIGN_REFUSED);
        CU_ASSERT_EQUAL(stand_journal_count(line(), "\"event\":\"sign refused\"", NULL),
                        before + 3);
    }
    buf_clear(&message);
    chip_clear(&chip);
    wire_close(&wire);
}

/* The TBS of a certificate: a CA made of SK.DPauth would be a fine catch. */
static struct bytes tbs_of(const struct test_pki_identity *identity)
{
    struct tlv outer, inner;
    struct tlv_reader reader;
    CU_ASSERT_EQUAL_FATAL(tlv_single(buf_bytes(&identity->der), TAG_SEQUENCE, &outer), ERR_OK);
    tlv_reader_init(&reader, outer.value);
    CU_ASSERT_EQUAL_FATAL(tlv_reader_next(&reader, &inner), ERR_OK);
    return inner.whole;
}

/* Everything else that is signed somewhere in SGP.22 or TLS, and nothing. */
static void test_other_structures(void)
{
    struct wire wire;
    struct chip chip;
    struct evidence evidence;
    stand_connect(line(), &wire);
    begin(&chip, &wire, true);
    chip_evidence(&chip, &evidence);
    const struct bytes others[] = {
        BYTES_NONE,
        tbs_of(&pki.ci),
        tbs_of(&pki.euicc),
        tbs_of(&pki.dppb),
        buf_bytes(&pki.ci.der),
        buf_bytes(&evidence.signed2),
        test_hex("BF2700"),             /* ProfileInstallationResultData */
        test_hex("BF2F00"),             /* NotificationMetadata */
        test_hex("30058003010203"),     /* a serverSigned1 with an id alone */
        test_hex("3080800101000000"),   /* indefinite length */
        test_hex("308400000003800101"), /* a length longer than needed */
        test_hex("820101"),             /* the beginning of a channel */
        test_hex("A08000000000"),
        bytes_make("TLS 1.3, server CertificateVerify", 33),
        bytes_make("euicc-line journal head", 23), /* the engine's own MAC input */
    };
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        for (enum tokwire_key key = TOKWIRE_KEY_DPAUTH; key <= TOKWIRE_KEY_DPPB; key++) {
            if (sign(&wire, key, others[i]) != TOKWIRE_SW_SIGN_REFUSED) {
                test_note("structure %zu was not refused", i);
                CU_FAIL("signed");
            }
        }
    }
    evidence_clear(&evidence);
    chip_clear(&chip);
    wire_close(&wire);
}

/* The longest message the wire takes, full of zeros and full of SEQUENCEs. */
static void test_huge_messages(void)
{
    static uint8_t huge[TOKWIRE_MESSAGE_MAX];
    struct wire wire;
    stand_connect(line(), &wire);
    for (int fill = 0; fill < 2; fill++) {
        memset(huge, fill == 0 ? 0 : TAG_SEQUENCE, sizeof(huge));
        expect_sw("60,000 bytes", sign(&wire, TOKWIRE_KEY_DPAUTH, BYTES_OF(huge)),
                  TOKWIRE_SW_SIGN_REFUSED);
        expect_sw("60,000 bytes", sign(&wire, TOKWIRE_KEY_DPPB, BYTES_OF(huge)),
                  TOKWIRE_SW_SIGN_REFUSED);
    }
    wire_close(&wire);
}

/* Keys that are not for this: the batch key of a line token, keys of a dp token,
 * the root key, a CI, numbers nobody has. */
static void test_other_keys(void)
{
    static const struct {
        uint8_t key;
        uint16_t on_line, on_dp;
    } rows[] = {
        {0, TOKWIRE_SW_P1P2, TOKWIRE_SW_P1P2},
        {TOKWIRE_KEY_ROOT, TOKWIRE_SW_P1P2, TOKWIRE_SW_P1P2},
        {TOKWIRE_KEY_DPAUTH, TOKWIRE_SW_SIGN_REFUSED, TOKWIRE_SW_NOT_FOUND},
        {TOKWIRE_KEY_DPPB, TOKWIRE_SW_SIGN_REFUSED, TOKWIRE_SW_NOT_FOUND},
        {TOKWIRE_KEY_BATCH, TOKWIRE_SW_NOT_FOUND, TOKWIRE_SW_OK},
        {TOKWIRE_KEY_CI, TOKWIRE_SW_P1P2, TOKWIRE_SW_P1P2},
        {0xFF, TOKWIRE_SW_P1P2, TOKWIRE_SW_P1P2},
    };
    struct stand dp;
    struct wire on_line, on_dp;
    line();
    stand_new_token(&dp, &pki, TOKWIRE_ROLE_DP);
    stand_connect(line(), &on_line);
    stand_connect(&dp, &on_dp);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes message = bytes_make("manifest", 8);
        expect_sw("line", sign(&on_line, (enum tokwire_key)rows[i].key, message), rows[i].on_line);
        expect_sw("dp", sign(&on_dp, (enum tokwire_key)rows[i].key, message), rows[i].on_dp);
    }
    expect_sw("a short digest", sign_digest(&on_dp, TOKWIRE_KEY_BATCH, bytes_make("digest", 6)),
              TOKWIRE_SW_SIGN_REFUSED);
    wire_close(&on_line);
    wire_close(&on_dp);
    /* Nor does an officer make a batch key on a line token. */
    CU_ASSERT_TRUE_FATAL(wire_open(&on_line, line()->socket));
    CU_ASSERT_EQUAL(wire_login(&on_line, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    expect_sw("a batch key on a line token",
              wire_call(&on_line, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_BATCH, 0, NULL),
              TOKWIRE_SW_ROLE);
    /* Nor does he sign as the user does, or import keys into a real token. */
    expect_sw("the SO signs", sign(&on_line, TOKWIRE_KEY_DPAUTH, bytes_make("x", 1)),
              TOKWIRE_SW_NOT_LOGGED_IN);
    expect_sw("import into a token that is not for development",
              wire_call_field(&on_line, TOKWIRE_IMPORT_KEY, TOKWIRE_KEY_DPAUTH, 0,
                              TOKWIRE_F_PRIVATE_KEY, test_hex(ROOT_KEY_HEX)),
              TOKWIRE_SW_ROLE);
    wire_close(&on_line);
    stand_stop(&dp, SIGTERM);
}

static const struct test_case cases[] = {
    {"the three structures are signed", test_honest},
    {"serverSigned1, every bit that is no value", test_server_signed1},
    {"smdpSigned2, every bit", test_smdp_signed2},
    {"smdpSigned2, other forms", test_smdp_signed2_forms},
    {"InitialiseSecureChannel, every bit", test_channel_every_bit},
    {"InitialiseSecureChannel over the PC's keys", test_channel_of_the_pc},
    {"InitialiseSecureChannel, other hostId", test_channel_host_id},
    {"digests", test_digests},
    {"structures of others", test_other_structures},
    {"huge messages", test_huge_messages},
    {"other keys", test_other_keys},
};

TEST_MAIN("attack: signatures", cases)
