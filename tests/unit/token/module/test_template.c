/* Templates that contradict what a key is are refused before the engine hears
 * of them (design.md 4). */
#include "module/fixture.h"

static const CK_ATTRIBUTE_TYPE must_be_false[] = {
    CKA_TOKEN, CKA_EXTRACTABLE, CKA_DECRYPT, CKA_UNWRAP, CKA_MODIFIABLE, CKA_COPYABLE,
};
enum { FALSE_COUNT = sizeof(must_be_false) / sizeof(must_be_false[0]) };

static CK_BBOOL yes = CK_TRUE, no = CK_FALSE;

static void one_time_key(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CK_OBJECT_HANDLE public_key = 0, private_key = 0;
    login_user(session);
    for (size_t i = 0; i < FALSE_COUNT; i++) {
        CK_ATTRIBUTE attribute = {must_be_false[i], &yes, 1};
        CKR(generate_pair(session, &attribute, 1, &public_key, &private_key),
            CKR_TEMPLATE_INCONSISTENT);
    }
    CK_ATTRIBUTE insensitive = {CKA_SENSITIVE, &no, 1}, sign = {CKA_SIGN, &yes, 1},
                 local = {CKA_LOCAL, &yes, 1}, unknown = {CKA_MODULUS, &yes, 1},
                 twice[] = {{CKA_DERIVE, &yes, 1}, {CKA_DERIVE, &yes, 1}},
                 wide = {CKA_DERIVE, &yes, 0}, two = {CKA_DERIVE, (CK_BBOOL[]){2}, 1};
    CKR(generate_pair(session, &insensitive, 1, &public_key, &private_key),
        CKR_TEMPLATE_INCONSISTENT);
    CKR(generate_pair(session, &sign, 1, &public_key, &private_key), CKR_TEMPLATE_INCONSISTENT);
    CKR(generate_pair(session, twice, 2, &public_key, &private_key), CKR_TEMPLATE_INCONSISTENT);
    CKR(generate_pair(session, &local, 1, &public_key, &private_key), CKR_ATTRIBUTE_READ_ONLY);
    CKR(generate_pair(session, &unknown, 1, &public_key, &private_key), CKR_ATTRIBUTE_TYPE_INVALID);
    CKR(generate_pair(session, &wide, 1, &public_key, &private_key), CKR_ATTRIBUTE_VALUE_INVALID);
    CKR(generate_pair(session, &two, 1, &public_key, &private_key), CKR_ATTRIBUTE_VALUE_INVALID);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_GENERATE_ONE_TIME_KEY], 0);
    /* What is so anyway may be said. */
    CK_ATTRIBUTE right[] = {{CKA_TOKEN, &no, 1},      {CKA_PRIVATE, &yes, 1},
                            {CKA_SENSITIVE, &yes, 1}, {CKA_EXTRACTABLE, &no, 1},
                            {CKA_DERIVE, &yes, 1},    {CKA_SIGN, &no, 1}};
    CKR(generate_pair(session, right, 6, &public_key, &private_key), CKR_OK);
    CU_ASSERT_EQUAL(bool_attribute(session, private_key, CKA_EXTRACTABLE), 0);
    CU_ASSERT_EQUAL(bool_attribute(session, private_key, CKA_ALWAYS_SENSITIVE), 1);
    fixture_end();
}

static void key_pair_parameters(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    CK_OBJECT_HANDLE public_key = 0, private_key = 0;
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    unsigned char p384[] = {0x06, 0x05, 0x2B, 0x81, 0x04, 0x00, 0x22};
    unsigned char brainpool[] = {0x06, 0x09, 0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07};
    CK_ATTRIBUTE params = {CKA_EC_PARAMS, p384, sizeof(p384)}, token = {CKA_TOKEN, &yes, 1};
    CKR(generate_pair(session, NULL, 0, &public_key, &private_key), CKR_USER_NOT_LOGGED_IN);
    login_user(session);
    CKR(generate_pair(session, &token, 1, &public_key, &private_key), CKR_SESSION_READ_ONLY);
    CKR(C_GenerateKeyPair(session, &mechanism, NULL, 0, NULL, 0, &public_key, &private_key),
        CKR_TEMPLATE_INCOMPLETE);
    CKR(C_GenerateKeyPair(session, &mechanism, &params, 1, NULL, 0, &public_key, &private_key),
        CKR_CURVE_NOT_SUPPORTED);
    CKR(C_GenerateKeyPair(session, &mechanism, &params, 1, NULL, 0, NULL, &private_key),
        CKR_ARGUMENTS_BAD);
    mechanism.ulParameterLen = 1;
    CKR(C_GenerateKeyPair(session, &mechanism, &params, 1, NULL, 0, &public_key, &private_key),
        CKR_MECHANISM_PARAM_INVALID);
    mechanism = (CK_MECHANISM){CKM_RSA_PKCS_KEY_PAIR_GEN, NULL, 0};
    CKR(C_GenerateKeyPair(session, &mechanism, &params, 1, NULL, 0, &public_key, &private_key),
        CKR_MECHANISM_INVALID);
    mechanism.mechanism = CKM_EC_KEY_PAIR_GEN;
    params = (CK_ATTRIBUTE){CKA_EC_PARAMS, brainpool, sizeof(brainpool)};
    CKR(C_GenerateKeyPair(session, &mechanism, &params, 1, NULL, 0, &public_key, &private_key),
        CKR_OK);
    fixture_end();
}

static void ppk(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(CKF_RW_SESSION);
    CK_OBJECT_HANDLE key = 0;
    login_user(session);
    for (size_t i = 0; i < FALSE_COUNT; i++) {
        CK_ATTRIBUTE attribute = {must_be_false[i], &yes, 1};
        CKR(derive_ppk(session, &attribute, 1, &key), CKR_TEMPLATE_INCONSISTENT);
    }
    CK_ATTRIBUTE encrypt = {CKA_ENCRYPT, &yes, 1};
    /* '86' is the dp token's (design.md 4). */
    CKR(derive_ppk(session, &encrypt, 1, &key), CKR_TEMPLATE_INCONSISTENT);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_DERIVE_PPK], 0);
    CKR(derive_ppk(session, NULL, 0, &key), CKR_OK);
    unsigned char eid[16];
    CK_ATTRIBUTE got[] = {{CKA_SGP22_EID, eid, sizeof(eid)}, {CKA_VALUE, NULL, 0}};
    CKR(C_GetAttributeValue(session, key, got, 1), CKR_OK);
    TEST_BYTES(BYTES_OF(eid), test_hex(FAKE_EID));
    CKR(C_GetAttributeValue(session, key, got, 2), CKR_ATTRIBUTE_SENSITIVE);
    CU_ASSERT_EQUAL(bool_attribute(session, key, CKA_ENCRYPT), 0);
    CU_ASSERT_EQUAL(bool_attribute(session, key, CKA_EXTRACTABLE), 0);
    fixture_end();
    fixture_begin();
    fake.role = TOKWIRE_ROLE_DP;
    session = open_session(0);
    login_user(session);
    CKR(derive_ppk(session, &encrypt, 1, &key), CKR_OK);
    fixture_end();
}

static void session_keys(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    login_user(session);
    CK_OBJECT_HANDLE keys = derive_session_keys(session);
    unsigned char eid[16], tid[16];
    CK_ATTRIBUTE got[] = {{CKA_SGP22_EID, eid, sizeof(eid)},
                          {CKA_SGP22_TRANSACTION_ID, tid, sizeof(tid)}};
    CKR(C_GetAttributeValue(session, keys, got, 2), CKR_OK);
    CU_ASSERT_EQUAL(got[1].ulValueLen, 2);
    CU_ASSERT_EQUAL(bool_attribute(session, keys, CKA_ENCRYPT), 1);
    CU_ASSERT_EQUAL(bool_attribute(session, keys, CKA_WRAP), 1);
    CU_ASSERT_EQUAL(bool_attribute(session, keys, CKA_DECRYPT), 0);
    CU_ASSERT_EQUAL(bool_attribute(session, keys, CKA_UNWRAP), 0);
    fixture_end();
}

/* A parameter the wire cannot carry costs no one-time key. */
static void evidence_lengths(void)
{
    fixture_begin();
    CK_SESSION_HANDLE session = open_session(0);
    CK_OBJECT_HANDLE public_key = 0, private_key = 0, keys = 0;
    static unsigned char bytes[8192];
    const struct ck_sgp22_ecka_params right = {bytes, 1, bytes, 1, bytes, 1, bytes, 64, bytes, 16};
    login_user(session);
    CKR(generate_pair(session, NULL, 0, &public_key, &private_key), CKR_OK);
    struct ck_sgp22_ecka_params params = right;
    CK_MECHANISM mechanism = {CKM_SGP22_ECKA, &params, sizeof(params)};
    params.euicc_certificate_len = 4097;
    CKR(C_DeriveKey(session, &mechanism, private_key, NULL, 0, &keys), CKR_MECHANISM_PARAM_INVALID);
    params = right;
    params.eum_certificate = NULL;
    CKR(C_DeriveKey(session, &mechanism, private_key, NULL, 0, &keys), CKR_MECHANISM_PARAM_INVALID);
    params = right;
    params.euicc_signature2_len = 63;
    CKR(C_DeriveKey(session, &mechanism, private_key, NULL, 0, &keys), CKR_MECHANISM_PARAM_INVALID);
    params = right;
    params.host_id_len = 17;
    CKR(C_DeriveKey(session, &mechanism, private_key, NULL, 0, &keys), CKR_MECHANISM_PARAM_INVALID);
    params = right;
    mechanism.ulParameterLen = sizeof(params) - 1;
    CKR(C_DeriveKey(session, &mechanism, private_key, NULL, 0, &keys), CKR_MECHANISM_PARAM_INVALID);
    mechanism.ulParameterLen = sizeof(params);
    CKR(C_DeriveKey(session, &mechanism, public_key, NULL, 0, &keys),
        CKR_KEY_FUNCTION_NOT_PERMITTED);
    CKR(C_DeriveKey(session, &mechanism, find_one(session, CKO_SECRET_KEY, "root-1"), NULL, 0,
                    &keys),
        CKR_KEY_TYPE_INCONSISTENT);
    CKR(C_DeriveKey(session, &mechanism, 4711, NULL, 0, &keys), CKR_KEY_HANDLE_INVALID);
    CU_ASSERT_EQUAL(fake.commands[TOKWIRE_DERIVE_SESSION_KEYS], 0);
    fake.refuse_ins = TOKWIRE_DERIVE_SESSION_KEYS;
    fake.refuse_sw = TOKWIRE_SW_CERT_CHAIN;
    CKR(C_DeriveKey(session, &mechanism, private_key, NULL, 0, &keys), CKR_MECHANISM_PARAM_INVALID);
    CK_SESSION_INFO info;
    CKR(C_GetSessionInfo(session, &info), CKR_OK);
    CU_ASSERT_EQUAL(info.ulDeviceError, TOKWIRE_SW_CERT_CHAIN);
    fixture_end();
}

static const struct test_case cases[] = {
    {"one_time_key", one_time_key}, {"key_pair_parameters", key_pair_parameters}, {"ppk", ppk},
    {"session_keys", session_keys}, {"evidence_lengths", evidence_lengths},
};
TEST_MAIN("token/module template", cases)
