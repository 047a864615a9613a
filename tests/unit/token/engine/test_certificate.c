/* Certificates and requests: whose, which role, under which CI, when. */
#include <string.h>

#include <openssl/x509v3.h>

#include "chip.h"
#include "engine/internal.h"

static uint16_t put(struct token *token, uint8_t key, X509 *cert)
{
    return token_call_field(token, TOKWIRE_PUT_CERTIFICATE, key, 0, TOKWIRE_F_CERTIFICATE,
                            pki_der(cert));
}

/* A token with a key pair; its public key. */
static EVP_PKEY *open_with_key(struct token *token, enum tokwire_role role, enum tokwire_key name)
{
    EVP_PKEY *key = NULL;
    token_new(token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(token, role, false), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_call(token, TOKWIRE_GENERATE_KEY, name, 0, NULL), TOKWIRE_SW_OK);
    CU_ASSERT_FATAL(ec_public_from_point(EC_CURVE_P256, token_field(token, TOKWIRE_F_PUBLIC_KEY),
                                         &key) == ERR_OK);
    return key;
}

struct variation {
    const char *name;
    uint16_t sw;
    void (*vary)(struct pki_spec *spec, struct pki *pki);
};

static void as_it_is(struct pki_spec *spec, struct pki *pki)
{
    (void)spec;
    (void)pki;
}

static void other_key(struct pki_spec *spec, struct pki *pki)
{
    spec->key = pki->eum_key;
}

static void other_role(struct pki_spec *spec, struct pki *pki)
{
    (void)pki;
    spec->policy = "2.23.146.1.2.1.5";
}

static void no_role(struct pki_spec *spec, struct pki *pki)
{
    (void)pki;
    spec->policy = NULL;
}

static void no_oid(struct pki_spec *spec, struct pki *pki)
{
    (void)pki;
    spec->registered_oid = NULL;
}

static void expired(struct pki_spec *spec, struct pki *pki)
{
    (void)pki;
    spec->not_after = token_now - 1;
}

static void not_yet(struct pki_spec *spec, struct pki *pki)
{
    (void)pki;
    spec->not_before = token_now + 100;
}

static void by_eum(struct pki_spec *spec, struct pki *pki)
{
    spec->issuer = pki->eum;
    spec->issuer_key = pki->eum_key;
}

static void a_ca(struct pki_spec *spec, struct pki *pki)
{
    (void)pki;
    spec->ca = true;
}

static void no_signing(struct pki_spec *spec, struct pki *pki)
{
    (void)pki;
    spec->key_usage = KU_KEY_CERT_SIGN;
}

static void run_variations(struct token *token, struct pki *pki, EVP_PKEY *key, uint8_t name,
                           const char *policy, const struct variation *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct pki_spec spec = pki_spec_dp(pki, key, policy);
        rows[i].vary(&spec, pki);
        X509 *cert = pki_certificate(&spec);
        uint16_t sw = put(token, name, cert);
        if (sw != rows[i].sw) {
            test_note("%s: %04X", rows[i].name, sw);
        }
        CU_ASSERT_EQUAL(sw, rows[i].sw);
        X509_free(cert);
    }
}

static void test_dpauth(void)
{
    static const struct variation rows[] = {
        {"another key's", TOKWIRE_SW_CERT_KEY, other_key},
        {"DPpb's role", TOKWIRE_SW_CERT_ROLE, other_role},
        {"no role", TOKWIRE_SW_CERT_ROLE, no_role},
        {"no OID", TOKWIRE_SW_CERT_ROLE, no_oid},
        {"expired", TOKWIRE_SW_CERT_DATE, expired},
        {"not yet valid", TOKWIRE_SW_CERT_DATE, not_yet},
        {"signed by the EUM", TOKWIRE_SW_CERT_CHAIN, by_eum},
        {"a CA", TOKWIRE_SW_CERT_ROLE, a_ca},
        {"not for signatures", TOKWIRE_SW_CERT_ROLE, no_signing},
        {"good", TOKWIRE_SW_OK, as_it_is},
        {"a renewal", TOKWIRE_SW_OK, as_it_is},
    };
    struct token token;
    struct pki pki;
    pki_new(&pki);
    EVP_PKEY *key = open_with_key(&token, TOKWIRE_ROLE_LINE, TOKWIRE_KEY_DPAUTH);
    /* Trust comes first: nothing chains to nothing. */
    struct pki_spec spec = pki_spec_dp(&pki, key, "2.23.146.1.2.1.4");
    X509 *cert = pki_certificate(&spec);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_DPAUTH, cert), TOKWIRE_SW_CERT_CHAIN);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_DPPB, cert), TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_BATCH, cert), TOKWIRE_SW_ROLE);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_ROOT, cert), TOKWIRE_SW_P1P2);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, pki.ci), TOKWIRE_SW_OK);
    run_variations(&token, &pki, key, TOKWIRE_KEY_DPAUTH, "2.23.146.1.2.1.4", rows,
                   sizeof(rows) / sizeof(rows[0]));
    token_restart(&token);
    CU_ASSERT_EQUAL(token_login(&token, TOKWIRE_USER, USER_PIN), TOKWIRE_SW_OK);
    CU_ASSERT_PTR_NOT_NULL(token.engine->state.keys[0].certificate);
    X509_free(cert);
    EVP_PKEY_free(key);
    pki_free(&pki);
    token_free(&token);
}

/* DPauth and DPpb carry one OID. */
static void test_common_oid(void)
{
    struct token token;
    struct pki pki;
    EVP_PKEY *dppb = NULL;
    pki_new(&pki);
    EVP_PKEY *dpauth = open_with_key(&token, TOKWIRE_ROLE_LINE, TOKWIRE_KEY_DPAUTH);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GENERATE_KEY, TOKWIRE_KEY_DPPB, 0, NULL),
                    TOKWIRE_SW_OK);
    TEST_OK(ec_public_from_point(EC_CURVE_P256, token_field(&token, TOKWIRE_F_PUBLIC_KEY), &dppb));
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, pki.ci), TOKWIRE_SW_OK);
    struct pki_spec first = pki_spec_dp(&pki, dpauth, "2.23.146.1.2.1.4");
    struct pki_spec second = pki_spec_dp(&pki, dppb, "2.23.146.1.2.1.5");
    second.registered_oid = "2.999.11";
    X509 *a = pki_certificate(&first), *b = pki_certificate(&second);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_DPAUTH, a), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_DPPB, b), TOKWIRE_SW_CERT_ROLE);
    X509_free(a);
    X509_free(b);
    EVP_PKEY_free(dpauth);
    EVP_PKEY_free(dppb);
    pki_free(&pki);
    token_free(&token);
}

static void test_batch(void)
{
    static const struct variation rows[] = {
        {"an SGP.22 role", TOKWIRE_SW_CERT_ROLE, other_role},
        {"a CA", TOKWIRE_SW_CERT_ROLE, a_ca},
        {"expired", TOKWIRE_SW_CERT_DATE, expired},
        {"not for signatures", TOKWIRE_SW_CERT_ROLE, no_signing},
        {"another key's", TOKWIRE_SW_CERT_KEY, other_key},
        {"good", TOKWIRE_SW_OK, as_it_is},
    };
    struct token token;
    struct pki pki;
    pki_new(&pki);
    EVP_PKEY *key = open_with_key(&token, TOKWIRE_ROLE_DP, TOKWIRE_KEY_BATCH);
    run_variations(&token, &pki, key, TOKWIRE_KEY_BATCH, NULL, rows,
                   sizeof(rows) / sizeof(rows[0]));
    EVP_PKEY_free(key);
    pki_free(&pki);
    token_free(&token);
}

static void test_ci(void)
{
    struct token token;
    struct pki pki;
    pki_new(&pki);
    EVP_PKEY *key = open_with_key(&token, TOKWIRE_ROLE_LINE, TOKWIRE_KEY_DPAUTH);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, pki.eum), TOKWIRE_SW_CERT_ROLE);
    struct pki_spec spec = pki_spec_ci(pki.ci_key);
    spec.not_after = token_now - 1;
    X509 *old = pki_certificate(&spec);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, old), TOKWIRE_SW_CERT_DATE);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, pki.ci), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, pki.ci), TOKWIRE_SW_EXISTS);
    /* A self-signed claim of the CI's role, by another key: another CI. One
     * that claims to be signed by the CI and is not: refused. */
    spec = pki_spec_ci(pki.eum_key);
    spec.issuer_key = pki.euicc_key;
    X509 *forged = pki_certificate(&spec);
    CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, forged), TOKWIRE_SW_CERT_CHAIN);
    for (int i = 1; i < STATE_CIS_MAX + 1; i++) {
        spec = pki_spec_ci(pki.ci_key);
        X509 *more = pki_certificate(&spec);
        CU_ASSERT_EQUAL(put(&token, TOKWIRE_KEY_CI, more),
                        i < STATE_CIS_MAX ? TOKWIRE_SW_OK : TOKWIRE_SW_FULL);
        X509_free(more);
    }
    X509_free(old);
    X509_free(forged);
    EVP_PKEY_free(key);
    pki_free(&pki);
    token_free(&token);
}

static uint16_t call_csr(struct token *token, uint8_t key, const char *oid)
{
    struct buf request;
    buf_init(&request, 512);
    tlv_put_str(&request, TOKWIRE_F_SUBJECT, "Test DP+");
    tlv_put_str(&request, TOKWIRE_F_ORGANISATION, "Test");
    if (oid != NULL) {
        tlv_put_str(&request, TOKWIRE_F_OID, oid);
    }
    return token_call(token, TOKWIRE_CREATE_CSR, key, 0, &request);
}

/* OpenSSL reads what the engine wrote: signature, name, extensions. */
static void test_csr(void)
{
    struct token token;
    EVP_PKEY *key = open_with_key(&token, TOKWIRE_ROLE_DP, TOKWIRE_KEY_DPPB);
    CU_ASSERT_EQUAL(call_csr(&token, TOKWIRE_KEY_DPPB, PKI_OID), TOKWIRE_SW_OK);
    struct bytes der = token_field(&token, TOKWIRE_F_DATA);
    const unsigned char *at = der.data;
    X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(csr);
    CU_ASSERT_PTR_EQUAL(at, der.data + der.len);
    CU_ASSERT_EQUAL(X509_REQ_verify(csr, key), 1);
    STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(csr);
    CU_ASSERT_EQUAL(sk_X509_EXTENSION_num(extensions), 3);
    int usage = X509v3_get_ext_by_NID(extensions, NID_key_usage, -1);
    int policy = X509v3_get_ext_by_NID(extensions, NID_certificate_policies, -1);
    CU_ASSERT_TRUE(usage >= 0 && X509_EXTENSION_get_critical(X509v3_get_ext(extensions, usage)));
    CU_ASSERT_TRUE(policy >= 0 && X509_EXTENSION_get_critical(X509v3_get_ext(extensions, policy)));
    CU_ASSERT_TRUE(X509v3_get_ext_by_NID(extensions, NID_subject_alt_name, -1) >= 0);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(csr);
    CU_ASSERT_EQUAL(call_csr(&token, TOKWIRE_KEY_DPPB, NULL), TOKWIRE_SW_DATA);
    CU_ASSERT_EQUAL(call_csr(&token, TOKWIRE_KEY_DPPB, "2.999.10,URI:x"), TOKWIRE_SW_DATA);
    CU_ASSERT_EQUAL(call_csr(&token, TOKWIRE_KEY_DPPB, "..."), TOKWIRE_SW_DATA);
    CU_ASSERT_EQUAL(call_csr(&token, TOKWIRE_KEY_DPAUTH, PKI_OID), TOKWIRE_SW_NOT_FOUND);
    CU_ASSERT_EQUAL(call_csr(&token, TOKWIRE_KEY_ROOT, PKI_OID), TOKWIRE_SW_P1P2);
    EVP_PKEY_free(key);
    token_free(&token);
}

/* The batch key's request: no role, the OID where one is given. */
static void test_batch_csr(void)
{
    struct token token;
    EVP_PKEY *key = open_with_key(&token, TOKWIRE_ROLE_DP, TOKWIRE_KEY_BATCH);
    static const char *const oids[] = {NULL, PKI_OID};
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(call_csr(&token, TOKWIRE_KEY_BATCH, oids[i]), TOKWIRE_SW_OK);
        struct bytes der = token_field(&token, TOKWIRE_F_DATA);
        const unsigned char *at = der.data;
        X509_REQ *csr = d2i_X509_REQ(NULL, &at, (long)der.len);
        CU_ASSERT_PTR_NOT_NULL_FATAL(csr);
        CU_ASSERT_EQUAL(X509_REQ_verify(csr, key), 1);
        STACK_OF(X509_EXTENSION) *extensions = X509_REQ_get_extensions(csr);
        CU_ASSERT_EQUAL(sk_X509_EXTENSION_num(extensions), 1 + i);
        CU_ASSERT_TRUE(X509v3_get_ext_by_NID(extensions, NID_certificate_policies, -1) < 0);
        sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
        X509_REQ_free(csr);
    }
    EVP_PKEY_free(key);
    token_free(&token);
}

static void test_objects(void)
{
    struct token token;
    struct pki pki;
    unsigned classes[5] = {0};
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    CU_ASSERT_EQUAL(token_call(&token, TOKWIRE_GET_OBJECTS, 0, 0, NULL), TOKWIRE_SW_OK);
    struct tlv_reader reader;
    struct tlv object;
    tlv_reader_init(&reader, token_field(&token, TOKWIRE_F_OBJECT));
    while (tlv_reader_next(&reader, &object) == ERR_OK) {
        struct tokwire_fields fields;
        TEST_OK(tokwire_fields_decode(tokwire_object_shape, object.value, &fields));
        uint64_t class = tokwire_field_uint(&fields, TOKWIRE_F_CLASS);
        CU_ASSERT_TRUE_FATAL(class >= 1 && class <= 4);
        classes[class]++;
    }
    CU_ASSERT_EQUAL(classes[TOKWIRE_CLASS_ROOT], 1);
    CU_ASSERT_EQUAL(classes[TOKWIRE_CLASS_PRIVATE], 2);
    CU_ASSERT_EQUAL(classes[TOKWIRE_CLASS_CERTIFICATE], 3);
    CU_ASSERT_EQUAL(classes[TOKWIRE_CLASS_COUNTER], 3);
    pki_free(&pki);
    token_free(&token);
}

static const struct test_case cases[] = {
    {"CERT.DPauth", test_dpauth},       {"one OID for both", test_common_oid},
    {"batch certificate", test_batch},  {"trusted CIs", test_ci},
    {"certificate requests", test_csr}, {"certificate request of the batch key", test_batch_csr},
    {"objects", test_objects},
};
TEST_MAIN("engine/certificate", cases)
