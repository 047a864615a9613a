/* A hostile PC uses the token's keys as a signing oracle: what is none of the three
 * structures is refused, and so are keys that are not for it. */
#include <signal.h>
#include <string.h>

#include "crypto/kdf.h"
#include "oracle.h"
#include "sgp22/tags.h"

static struct test_pki pki;

static struct stand *line(void)
{
    return stand_line(&pki);
}

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
        expect_sw("a digest, as a message", oracle_sign(&wire, key, BYTES_OF(digest)),
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
    oracle_begin(&pki, &chip, &wire, true);
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
            if (oracle_sign(&wire, key, others[i]) != TOKWIRE_SW_SIGN_REFUSED) {
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
        expect_sw("60,000 bytes", oracle_sign(&wire, TOKWIRE_KEY_DPAUTH, BYTES_OF(huge)),
                  TOKWIRE_SW_SIGN_REFUSED);
        expect_sw("60,000 bytes", oracle_sign(&wire, TOKWIRE_KEY_DPPB, BYTES_OF(huge)),
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
        expect_sw("line", oracle_sign(&on_line, (enum tokwire_key)rows[i].key, message),
                  rows[i].on_line);
        expect_sw("dp", oracle_sign(&on_dp, (enum tokwire_key)rows[i].key, message), rows[i].on_dp);
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
    expect_sw("the SO signs", oracle_sign(&on_line, TOKWIRE_KEY_DPAUTH, bytes_make("x", 1)),
              TOKWIRE_SW_NOT_LOGGED_IN);
    expect_sw("import into a token that is not for development",
              wire_call_field(&on_line, TOKWIRE_IMPORT_KEY, TOKWIRE_KEY_DPAUTH, 0,
                              TOKWIRE_F_PRIVATE_KEY, test_hex(ROOT_KEY_HEX)),
              TOKWIRE_SW_ROLE);
    wire_close(&on_line);
    stand_stop(&dp, SIGTERM);
}

static const struct test_case cases[] = {
    {"digests", test_digests},
    {"structures of others", test_other_structures},
    {"huge messages", test_huge_messages},
    {"other keys", test_other_keys},
};

TEST_MAIN("attack: signatures, foreign", cases)
