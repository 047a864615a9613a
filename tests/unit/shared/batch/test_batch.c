#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "batch/batch.h"
#include "support/pki.h"
#include "tlv/tlv.h"

enum { IMAGE_LENGTH = 4096, TAG_CERTIFICATE = 0x7F21, TAG_SIGNATURE_OBJECT = 0x5F37 };

static struct batch_manifest sample(void)
{
    struct batch_manifest manifest = {.image_length = IMAGE_LENGTH};
    for (size_t i = 0; i < BATCH_ID_SIZE; i++) {
        manifest.id[i] = (uint8_t)(0x10 + i);
    }
    memset(manifest.image_digest, 0xDD, sizeof(manifest.image_digest));
    return manifest;
}

/* A trailer of the sample manifest, signed by identity's key. */
static void make_trailer(const struct test_pki_identity *identity, struct buf *out)
{
    struct batch_manifest manifest = sample();
    struct buf encoded;
    uint8_t signature[EC_SIGNATURE_SIZE];
    buf_init(&encoded, BATCH_TRAILER_MAX);
    buf_init(out, BATCH_TRAILER_MAX);
    batch_manifest_encode(&manifest, &encoded);
    TEST_OK(ec_sign(identity->key, buf_bytes(&encoded), signature));
    batch_trailer_encode(buf_bytes(&encoded), buf_bytes(&identity->der), BYTES_OF(signature), out);
    TEST_OK(buf_err(out));
    buf_clear(&encoded);
}

/* Decodes and verifies; the certificate's presence must follow the result. */
static enum err check(struct bytes input, const struct cert *trust, time_t now)
{
    struct batch_trailer trailer;
    struct cert *cert = NULL;
    enum err err = batch_trailer_decode(input, &trailer);
    if (err == ERR_OK) {
        err = batch_trailer_verify(&trailer, trust, now, &cert);
        CU_ASSERT_EQUAL(cert != NULL, err == ERR_OK);
    }
    cert_free(&cert);
    return err;
}

static void issue_batch(void (*spoil)(struct test_pki_spec *spec),
                        const struct test_pki_identity *issuer, struct test_pki_identity *out)
{
    struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_NONE);
    spoil(&spec);
    test_pki_issue(&spec, issuer, out);
    CU_ASSERT_PTR_NOT_NULL_FATAL(out->cert);
}

static void nothing(struct test_pki_spec *spec)
{
    (void)spec;
}

static void make_ca(struct test_pki_spec *spec)
{
    spec->basic_constraints = true;
    spec->ca = true;
    spec->key_usage = "keyCertSign";
    spec->common_name = "Test DP CA";
    spec->key_seed = 0x33;
}

static void make_plain_issuer(struct test_pki_spec *spec)
{
    spec->key_seed = 0x33;
}

static void test_round_trip(void)
{
    struct test_pki_identity identity;
    struct buf input;
    struct batch_trailer trailer;
    struct batch_manifest manifest = sample();
    size_t len = 0;
    issue_batch(nothing, NULL, &identity);
    make_trailer(&identity, &input);
    TEST_OK(batch_footer_decode(
        bytes_make(input.data + input.len - BATCH_FOOTER_SIZE, BATCH_FOOTER_SIZE), &len));
    CU_ASSERT_EQUAL(len, input.len);
    TEST_OK(batch_trailer_decode(buf_bytes(&input), &trailer));
    CU_ASSERT_EQUAL(memcmp(&trailer.manifest, &manifest, sizeof(manifest)), 0);
    TEST_BYTES(trailer.certificate, buf_bytes(&identity.der));
    CU_ASSERT_PTR_EQUAL(trailer.signed_bytes.data, input.data);
    TEST_OK(check(buf_bytes(&input), identity.cert, TEST_PKI_NOW));
    buf_clear(&input);
    test_pki_identity_clear(&identity);
}

/* docs/batch-format.md, byte for byte. */
static void test_manifest_form(void)
{
    struct batch_manifest manifest = sample();
    struct buf out;
    buf_init(&out, BATCH_TRAILER_MAX);
    batch_manifest_encode(&manifest, &out);
    TEST_BYTES(buf_bytes(&out),
               test_hex("A0 41 800101 8110 101112131415161718191A1B1C1D1E1F 8220"
                        "DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD"
                        "8308 0000000000001000"));
    buf_clear(&out);
}

/* Any change of any byte, under a trusted certificate and under its issuer. */
static void check_every_byte(const struct test_pki_identity *signer, const struct cert *trust)
{
    static const uint8_t changes[] = {0x01, 0x80, 0xFF};
    struct buf input;
    make_trailer(signer, &input);
    TEST_OK(check(buf_bytes(&input), trust, TEST_PKI_NOW));
    for (size_t i = 0; i < input.len; i++) {
        for (size_t k = 0; k < sizeof(changes); k++) {
            input.data[i] ^= changes[k];
            enum err err = check(buf_bytes(&input), trust, TEST_PKI_NOW);
            if (err == ERR_OK) {
                test_note("byte %zu changed by %02X is accepted", i, changes[k]);
            }
            CU_ASSERT_NOT_EQUAL(err, ERR_OK);
            input.data[i] ^= changes[k];
        }
    }
    TEST_OK(check(buf_bytes(&input), trust, TEST_PKI_NOW));
    buf_clear(&input);
}

static void test_every_byte(void)
{
    struct test_pki_identity ca;
    struct test_pki_identity below;
    struct test_pki_identity alone;
    issue_batch(make_ca, NULL, &ca);
    issue_batch(nothing, &ca, &below);
    issue_batch(nothing, NULL, &alone);
    check_every_byte(&alone, alone.cert);
    check_every_byte(&below, ca.cert);
    check_every_byte(&below, below.cert);
    test_pki_identity_clear(&ca);
    test_pki_identity_clear(&below);
    test_pki_identity_clear(&alone);
}

static void test_truncations(void)
{
    struct test_pki_identity identity;
    struct buf input;
    issue_batch(nothing, NULL, &identity);
    make_trailer(&identity, &input);
    for (size_t cut = 1; cut <= input.len; cut++) {
        struct batch_trailer trailer;
        /* from the front: the footer stays whole */
        TEST_ERR(batch_trailer_decode(bytes_make(input.data + cut, input.len - cut), &trailer),
                 ERR_MALFORMED);
        TEST_ERR(batch_trailer_decode(bytes_make(input.data, input.len - cut), &trailer),
                 ERR_MALFORMED);
        CU_ASSERT_EQUAL(trailer.certificate.len, 0);
    }
    buf_clear(&input);
    test_pki_identity_clear(&identity);
}

struct footer_row {
    const char *footer;
    enum err err;
    size_t len;
};

static const struct footer_row footers[] = {
    {"00000100 4555494343505042", ERR_OK, 0x10C},
    {"00000000 4555494343505042", ERR_OK, BATCH_FOOTER_SIZE},
    {"00001FF4 4555494343505042", ERR_OK, BATCH_TRAILER_MAX},
    {"00001FF5 4555494343505042", ERR_MALFORMED, 0},
    {"FFFFFFFF 4555494343505042", ERR_MALFORMED, 0},
    {"00000100 4555494343505043", ERR_MALFORMED, 0},
    {"00000100 45554943435050", ERR_MALFORMED, 0},
    {"0000000100 4555494343505042", ERR_MALFORMED, 0},
    {"", ERR_MALFORMED, 0},
};

static void test_footer(void)
{
    for (size_t i = 0; i < sizeof(footers) / sizeof(footers[0]); i++) {
        size_t len = 99;
        TEST_ERR(batch_footer_decode(test_hex(footers[i].footer), &len), footers[i].err);
        CU_ASSERT_EQUAL(len, footers[i].len);
    }
}

/* A trailer of given parts, its footer right. */
static enum err decode_parts(const char *manifest, struct bytes certificate, size_t signature_len,
                             const char *behind)
{
    static const uint8_t signature[EC_SIGNATURE_SIZE + 1];
    static const uint8_t magic[] = "EUICCPPB";
    struct batch_trailer trailer;
    struct buf input;
    buf_init(&input, BATCH_TRAILER_MAX);
    buf_put_bytes(&input, test_hex(manifest));
    tlv_put(&input, TAG_CERTIFICATE, certificate);
    tlv_put(&input, TAG_SIGNATURE_OBJECT, bytes_make(signature, signature_len));
    buf_put_bytes(&input, test_hex(behind));
    buf_put_u32(&input, (uint32_t)input.len);
    buf_put(&input, magic, 8);
    enum err err = batch_trailer_decode(buf_bytes(&input), &trailer);
    buf_clear(&input);
    return err;
}

#define ID "8110 101112131415161718191A1B1C1D1E1F"
#define DIGEST "8220 DDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDDD"
#define LENGTH "8308 0000000000001000"

static void test_manifest_refusals(void)
{
    struct bytes cert = test_hex("3000");
    TEST_OK(decode_parts("A0 41 800101" ID DIGEST LENGTH, cert, 64, ""));
    TEST_ERR(decode_parts("A0 41 800102" ID DIGEST LENGTH, cert, 64, ""), ERR_UNSUPPORTED);
    TEST_ERR(decode_parts("A0 42 80020101" ID DIGEST LENGTH, cert, 64, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 3E" ID DIGEST LENGTH, cert, 64, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 2F 800101" DIGEST LENGTH, cert, 64, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 37 800101" ID DIGEST, cert, 64, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 43 800101" ID DIGEST LENGTH "8400", cert, 64, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A1 41 800101" ID DIGEST LENGTH, cert, 64, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 41 800101" ID DIGEST LENGTH, cert, 63, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 41 800101" ID DIGEST LENGTH, cert, 65, ""), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 41 800101" ID DIGEST LENGTH, cert, 64, "8000"), ERR_MALFORMED);
    TEST_ERR(decode_parts("A0 41 800101" ID DIGEST LENGTH, cert, 64, "00"), ERR_MALFORMED);
}

static void is_ca(struct test_pki_spec *spec)
{
    spec->basic_constraints = true;
    spec->ca = true;
}
static void no_usage(struct test_pki_spec *spec)
{
    spec->key_usage = NULL;
}
static void agreement(struct test_pki_spec *spec)
{
    spec->key_usage = "keyAgreement";
}
static void role_dpauth(struct test_pki_spec *spec)
{
    spec->role = CERT_ROLE_DPAUTH;
}
static void role_euicc(struct test_pki_spec *spec)
{
    spec->role = CERT_ROLE_EUICC;
}
static void two_roles(struct test_pki_spec *spec)
{
    spec->role = CERT_ROLE_DPAUTH;
    spec->second_role = CERT_ROLE_DPPB;
}
static void expired(struct test_pki_spec *spec)
{
    spec->not_after = TEST_PKI_NOW - 1;
}
static void early(struct test_pki_spec *spec)
{
    spec->not_before = TEST_PKI_NOW + 1;
}
static void foreign_signer(struct test_pki_spec *spec)
{
    spec->foreign_signer = true;
}
static void unknown_critical(struct test_pki_spec *spec)
{
    spec->unknown_critical = true;
}
static void brainpool(struct test_pki_spec *spec)
{
    spec->curve = EC_CURVE_BRAINPOOL_P256R1;
}

struct cert_row {
    const char *what;
    void (*spoil)(struct test_pki_spec *spec);
    enum err alone; /* trusted itself */
    enum err below; /* its issuer trusted */
};

static const struct cert_row rows[] = {
    {"valid", nothing, ERR_OK, ERR_OK},
    {"brainpoolP256r1", brainpool, ERR_OK, ERR_OK},
    {"a CA", is_ca, ERR_CERT_ROLE, ERR_CERT_ROLE},
    {"no keyUsage", no_usage, ERR_CERT_ROLE, ERR_CERT_ROLE},
    {"keyAgreement alone", agreement, ERR_CERT_ROLE, ERR_CERT_ROLE},
    {"policy of DPauth", role_dpauth, ERR_CERT_ROLE, ERR_CERT_ROLE},
    {"policy of eUICC", role_euicc, ERR_CERT_ROLE, ERR_CERT_ROLE},
    {"two SGP.22 roles", two_roles, ERR_CERT_ROLE, ERR_CERT_ROLE},
    {"expired", expired, ERR_CERT_DATE, ERR_CERT_DATE},
    {"not yet valid", early, ERR_CERT_DATE, ERR_CERT_DATE},
    {"signed by a stranger", foreign_signer, ERR_OK, ERR_CERT_CHAIN},
    {"unknown critical extension", unknown_critical, ERR_CERT_CHAIN, ERR_CERT_CHAIN},
};

static void check_cert(const struct cert_row *row, const struct test_pki_identity *issuer)
{
    struct test_pki_identity identity;
    struct buf input;
    issue_batch(row->spoil, issuer, &identity);
    make_trailer(&identity, &input);
    enum err want = issuer != NULL ? row->below : row->alone;
    const struct cert *trust = issuer != NULL ? issuer->cert : identity.cert;
    enum err err = check(buf_bytes(&input), trust, TEST_PKI_NOW);
    if (err != want) {
        test_note("%s, %s: %s, not %s", row->what, issuer != NULL ? "below a CA" : "alone",
                  err_name(err), err_name(want));
    }
    TEST_ERR(err, want);
    buf_clear(&input);
    test_pki_identity_clear(&identity);
}

static void test_certificates(void)
{
    struct test_pki_identity ca;
    issue_batch(make_ca, NULL, &ca);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_cert(&rows[i], NULL);
        check_cert(&rows[i], &ca);
    }
    test_pki_identity_clear(&ca);
}

/* A batch under a certificate of an issuer that is what the station trusts. */
static enum err check_issuer(void (*spoil)(struct test_pki_spec *spec))
{
    struct test_pki_identity issuer;
    struct test_pki_identity below;
    struct buf input;
    issue_batch(spoil, NULL, &issuer);
    issue_batch(nothing, &issuer, &below);
    make_trailer(&below, &input);
    enum err err = check(buf_bytes(&input), issuer.cert, TEST_PKI_NOW);
    buf_clear(&input);
    test_pki_identity_clear(&issuer);
    test_pki_identity_clear(&below);
    return err;
}

static void make_expired_ca(struct test_pki_spec *spec)
{
    make_ca(spec);
    spec->not_after = TEST_PKI_NOW - 1;
}

/* What is trusted as an issuer must be one (RFC 5280 4.2.1.9): the holder of a
 * trusted batch certificate cannot make more of them. */
static void test_issuers(void)
{
    TEST_OK(check_issuer(make_ca));
    TEST_ERR(check_issuer(make_plain_issuer), ERR_CERT_CHAIN);
    TEST_ERR(check_issuer(make_expired_ca), ERR_CERT_DATE);
}

static void test_trust(void)
{
    struct test_pki_identity identity;
    struct test_pki_identity other;
    struct test_pki pki;
    struct buf input;
    issue_batch(nothing, NULL, &identity);
    issue_batch(make_plain_issuer, NULL, &other);
    test_pki_make(NULL, &pki);
    make_trailer(&identity, &input);
    TEST_OK(check(buf_bytes(&input), identity.cert, TEST_PKI_NOW));
    TEST_ERR(check(buf_bytes(&input), other.cert, TEST_PKI_NOW), ERR_CERT_CHAIN);
    TEST_ERR(check(buf_bytes(&input), pki.ci.cert, TEST_PKI_NOW), ERR_CERT_CHAIN);
    TEST_ERR(check(buf_bytes(&input), identity.cert, TEST_PKI_NOT_AFTER + 1), ERR_CERT_DATE);
    buf_clear(&input);
    /* the right certificate, another key's signature */
    EVP_PKEY *own = identity.key;
    identity.key = other.key;
    make_trailer(&identity, &input);
    identity.key = own;
    TEST_ERR(check(buf_bytes(&input), identity.cert, TEST_PKI_NOW), ERR_SIGNATURE);
    buf_clear(&input);
    /* DPauth of a CI that is trusted by mistake signs no batches */
    make_trailer(&pki.dpauth, &input);
    TEST_ERR(check(buf_bytes(&input), pki.ci.cert, TEST_PKI_NOW), ERR_CERT_ROLE);
    buf_clear(&input);
    test_pki_identity_clear(&identity);
    test_pki_identity_clear(&other);
    test_pki_clear(&pki);
}

/* The schema is SQL that SQLite takes, with the columns the header names. */
static void test_schema(void)
{
    sqlite3 *db = NULL;
    CU_ASSERT_EQUAL_FATAL(sqlite3_open(":memory:", &db), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, batch_schema, NULL, NULL, NULL), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db,
                                 "SELECT id, dp_oid, root_key_version, root_key_check_value, count,"
                                 " created FROM batch;"
                                 "SELECT position, eid, iccid, metadata, ppp FROM profile;",
                                 NULL, NULL, NULL),
                    SQLITE_OK);
    const char *insert =
        "INSERT INTO profile(eid, iccid, metadata, ppp) VALUES('e', 'i', 'm', 'p')";
    CU_ASSERT_EQUAL(sqlite3_exec(db, insert, NULL, NULL, NULL), SQLITE_OK);
    CU_ASSERT_EQUAL(sqlite3_exec(db, insert, NULL, NULL, NULL), SQLITE_CONSTRAINT);
    sqlite3_close(db);
}

static const struct test_case cases[] = {
    {"round trip", test_round_trip},
    {"form of the manifest", test_manifest_form},
    {"any change of any byte is refused", test_every_byte},
    {"truncation at every byte, from both ends", test_truncations},
    {"footer", test_footer},
    {"manifest: refusals", test_manifest_refusals},
    {"batch certificates", test_certificates},
    {"issuers", test_issuers},
    {"trust", test_trust},
    {"schema", test_schema},
};
TEST_MAIN("shared/batch", cases)
