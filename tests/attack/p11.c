#include "p11.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const p11_kind_names[P11_KINDS] = {
    [P11_ROOT] = "root key",
    [P11_DPAUTH] = "dpauth",
    [P11_DPPB] = "dppb",
    [P11_BATCH] = "batch",
    [P11_DPAUTH_PUBLIC] = "public key of dpauth",
    [P11_CERTIFICATE] = "certificate",
    [P11_CI] = "trusted CI",
    [P11_COUNTER] = "counter",
    [P11_ONE_TIME_KEY] = "one-time key",
    [P11_ONE_TIME_PUBLIC] = "one-time public key",
    [P11_SESSION_KEYS] = "session keys",
    [P11_PPK] = "PPK set",
    [P11_PPK_OTHER] = "PPK set of another EID",
    [P11_DATA] = "data object",
};

const char *p11_attempt(const char *what, enum p11_kind kind)
{
    static char text[128];
    snprintf(text, sizeof(text), "%s: %s", what, p11_kind_names[kind]);
    return text;
}

bool p11_is_secret(enum p11_kind kind)
{
    return kind == P11_ROOT || kind == P11_DPAUTH || kind == P11_DPPB || kind == P11_BATCH ||
           kind == P11_ONE_TIME_KEY || kind == P11_SESSION_KEYS || kind == P11_PPK ||
           kind == P11_PPK_OTHER;
}

bool expect_rv(const char *what, CK_RV actual, CK_RV expected)
{
    if (actual != expected) {
        test_note("%s: CKR %08lX, expected %08lX", what, actual, expected);
    }
    CU_ASSERT_EQUAL(actual, expected);
    return actual == expected;
}

CK_FUNCTION_LIST *p11_load(const struct stand *first, const struct stand *second)
{
    static CK_FUNCTION_LIST *list;
    static char sockets[256];
    CK_C_GetFunctionList get_list = NULL;
    if (list != NULL) {
        return list;
    }
    const char *module = getenv("ATTACK_MODULE");
    void *library = module != NULL ? dlopen(module, RTLD_NOW | RTLD_LOCAL) : NULL;
    void *symbol = library != NULL ? dlsym(library, "C_GetFunctionList") : NULL;
    /* ISO C has no conversion between the two kinds of pointers. */
    memcpy(&get_list, &symbol, sizeof(get_list));
    if (symbol == NULL || get_list(&list) != CKR_OK) {
        test_note("no PKCS#11 module; is ATTACK_MODULE its path?");
        CU_FAIL_FATAL("no module");
    }
    snprintf(sockets, sizeof(sockets), "sockets=%s:%s", first->socket, second->socket);
    CK_C_INITIALIZE_ARGS arguments = {.flags = CKF_OS_LOCKING_OK, .pReserved = sockets};
    CU_ASSERT_EQUAL_FATAL(list->C_Initialize(&arguments), CKR_OK);
    return list;
}

/* The first object of a class, with a label if one is given; 0: none. */
static CK_OBJECT_HANDLE find(const struct p11 *p11, CK_OBJECT_CLASS class, const char *label)
{
    char text[64] = "";
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_LABEL, text, 0}};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    if (label != NULL) {
        snprintf(text, sizeof(text), "%s", label);
        template[1].ulValueLen = strlen(text);
    }
    CU_ASSERT_EQUAL(p11->f->C_FindObjectsInit(p11->session, template, label != NULL ? 2 : 1),
                    CKR_OK);
    CU_ASSERT_EQUAL(p11->f->C_FindObjects(p11->session, &found, 1, &count), CKR_OK);
    CU_ASSERT_EQUAL(p11->f->C_FindObjectsFinal(p11->session), CKR_OK);
    return count == 1 ? found : 0;
}

static CK_OBJECT_HANDLE find_ci(const struct p11 *p11)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_BBOOL trusted = CK_TRUE;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_TRUSTED, &trusted, sizeof(trusted)}};
    CK_OBJECT_HANDLE found = 0;
    CK_ULONG count = 0;
    CU_ASSERT_EQUAL(p11->f->C_FindObjectsInit(p11->session, template, 2), CKR_OK);
    CU_ASSERT_EQUAL(p11->f->C_FindObjects(p11->session, &found, 1, &count), CKR_OK);
    CU_ASSERT_EQUAL(p11->f->C_FindObjectsFinal(p11->session), CKR_OK);
    return count == 1 ? found : 0;
}

CK_RV p11_sign(const struct p11 *p11, CK_MECHANISM_TYPE type, CK_OBJECT_HANDLE key,
               struct bytes message, uint8_t signature[EC_SIGNATURE_SIZE])
{
    static unsigned char copy[TOKWIRE_MESSAGE_MAX + 1];
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_ULONG len = EC_SIGNATURE_SIZE;
    CK_RV rv = p11->f->C_SignInit(p11->session, &mechanism, key);
    if (rv != CKR_OK || message.len > sizeof(copy)) {
        return rv;
    }
    if (message.len > 0) {
        memcpy(copy, message.data, message.len);
    }
    return p11->f->C_Sign(p11->session, copy, message.len, signature, &len);
}

CK_RV p11_generate(const struct p11 *p11, CK_ATTRIBUTE *template, CK_ULONG count,
                   CK_OBJECT_HANDLE *public_key, CK_OBJECT_HANDLE *private_key)
{
    static unsigned char params[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    CK_MECHANISM mechanism = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_ATTRIBUTE public_template[] = {{CKA_EC_PARAMS, params, sizeof(params)}};
    return p11->f->C_GenerateKeyPair(p11->session, &mechanism, public_template, 1, template, count,
                                     public_key, private_key);
}

CK_RV p11_derive_ppk(const struct p11 *p11, CK_OBJECT_HANDLE base, const char *eid_digits,
                     CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    struct ck_sgp22_ppk_params params = {.batch_id = NULL};
    CK_MECHANISM mechanism = {CKM_SGP22_PPK, &params, sizeof(params)};
    struct eid eid;
    struct iccid iccid;
    TEST_OK(eid_parse(eid_digits, &eid));
    TEST_OK(iccid_parse(ICCID, &iccid));
    memcpy(params.eid, eid.data, sizeof(params.eid));
    memcpy(params.iccid, iccid.data, sizeof(params.iccid));
    return p11->f->C_DeriveKey(p11->session, &mechanism, base, template, count, key);
}

CK_RV p11_derive_session(const struct p11 *p11, CK_OBJECT_HANDLE base,
                         const struct evidence *evidence, CK_ATTRIBUTE *template, CK_ULONG count,
                         CK_OBJECT_HANDLE *key)
{
    struct ck_sgp22_ecka_params params = {
        .euicc_certificate = evidence->euicc.data,
        .euicc_certificate_len = evidence->euicc.len,
        .eum_certificate = evidence->eum.data,
        .eum_certificate_len = evidence->eum.len,
        .euicc_signed2 = evidence->signed2.data,
        .euicc_signed2_len = evidence->signed2.len,
        .euicc_signature2 = evidence->signature.data,
        .euicc_signature2_len = evidence->signature.len,
        .host_id = evidence->host_id.data,
        .host_id_len = evidence->host_id.len,
    };
    CK_MECHANISM mechanism = {CKM_SGP22_ECKA, &params, sizeof(params)};
    return p11->f->C_DeriveKey(p11->session, &mechanism, base, template, count, key);
}

void p11_prepare(struct p11 *p11, const struct test_pki *pki, struct chip *chip)
{
    struct buf message;
    uint8_t signature[EC_SIGNATURE_SIZE];
    chip_new(chip, &pki->euicc, &pki->eum);
    chip_put_server_signed1(chip, &message);
    CU_ASSERT_EQUAL_FATAL(
        p11_sign(p11, CKM_ECDSA_SHA256, p11->object[P11_DPAUTH], buf_bytes(&message), signature),
        CKR_OK);
    buf_clear(&message);
    chip_put_smdp_signed2(chip, &message);
    CU_ASSERT_EQUAL_FATAL(p11_sign(p11, CKM_ECDSA_SHA256, p11->object[P11_DPPB],
                                   buf_bytes(&message), chip->smdp_signature2),
                          CKR_OK);
    buf_clear(&message);
}

/* The 65 bytes of a public key's CKA_EC_POINT, an OCTET STRING. */
static void read_point(const struct p11 *p11, CK_OBJECT_HANDLE key, uint8_t out[EC_POINT_SIZE])
{
    uint8_t encoded[2 + EC_POINT_SIZE];
    CK_ATTRIBUTE template[] = {{CKA_EC_POINT, encoded, sizeof(encoded)}};
    CU_ASSERT_EQUAL(p11->f->C_GetAttributeValue(p11->session, key, template, 1), CKR_OK);
    CU_ASSERT_EQUAL(template[0].ulValueLen, sizeof(encoded));
    memcpy(out, encoded + 2, EC_POINT_SIZE);
}

/* A one-time key that has served and its session keys, and one that has not. */
static void make_session(struct p11 *p11, const struct test_pki *pki)
{
    CK_OBJECT_HANDLE public_key, private_key;
    struct evidence evidence;
    p11_prepare(p11, pki, &p11->chip);
    CU_ASSERT_EQUAL_FATAL(p11_generate(p11, NULL, 0, &public_key, &private_key), CKR_OK);
    read_point(p11, public_key, p11->chip.dp_otpk);
    chip_evidence(&p11->chip, &evidence);
    CU_ASSERT_EQUAL_FATAL(
        p11_derive_session(p11, private_key, &evidence, NULL, 0, &p11->object[P11_SESSION_KEYS]),
        CKR_OK);
    CU_ASSERT_EQUAL_FATAL(p11_generate(p11, NULL, 0, &p11->object[P11_ONE_TIME_PUBLIC],
                                       &p11->object[P11_ONE_TIME_KEY]),
                          CKR_OK);
    evidence_clear(&evidence);
}

static void make_data(struct p11 *p11)
{
    CK_OBJECT_CLASS class = CKO_DATA;
    char value[] = "value";
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_VALUE, value, 5}};
    CU_ASSERT_EQUAL_FATAL(p11->f->C_CreateObject(p11->session, template, 2, &p11->object[P11_DATA]),
                          CKR_OK);
}

void p11_open(struct p11 *p11, CK_FUNCTION_LIST *f, CK_ULONG index, enum tokwire_role role,
              const struct test_pki *pki)
{
    unsigned char pin[] = USER_PIN;
    CK_SLOT_ID slots[2];
    CK_ULONG count = 2;
    *p11 = (struct p11){.f = f};
    CU_ASSERT_EQUAL_FATAL(f->C_GetSlotList(CK_TRUE, slots, &count), CKR_OK);
    CU_ASSERT_TRUE_FATAL(index < count);
    p11->slot = slots[index];
    CU_ASSERT_EQUAL_FATAL(
        f->C_OpenSession(p11->slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, NULL, NULL, &p11->session),
        CKR_OK);
    CU_ASSERT_EQUAL_FATAL(f->C_Login(p11->session, CKU_USER, pin, strlen(USER_PIN)), CKR_OK);
    p11->object[P11_ROOT] = find(p11, CKO_SECRET_KEY, "root-1");
    p11->object[P11_DPAUTH] = find(p11, CKO_PRIVATE_KEY, "dpauth");
    p11->object[P11_DPPB] = find(p11, CKO_PRIVATE_KEY, "dppb");
    p11->object[P11_BATCH] = find(p11, CKO_PRIVATE_KEY, "batch");
    p11->object[P11_DPAUTH_PUBLIC] = find(p11, CKO_PUBLIC_KEY, "dpauth");
    p11->object[P11_CERTIFICATE] = find(p11, CKO_CERTIFICATE, "dpauth");
    p11->object[P11_CI] = find_ci(p11);
    p11->object[P11_COUNTER] = find(p11, CKO_HW_FEATURE, NULL);
    if (role == TOKWIRE_ROLE_LINE) {
        make_session(p11, pki);
    }
    CU_ASSERT_EQUAL_FATAL(
        p11_derive_ppk(p11, p11->object[P11_ROOT], TEST_PKI_EID, NULL, 0, &p11->object[P11_PPK]),
        CKR_OK);
    CU_ASSERT_EQUAL_FATAL(
        p11_derive_ppk(p11, p11->object[P11_ROOT], EID_OTHER, NULL, 0, &p11->object[P11_PPK_OTHER]),
        CKR_OK);
    make_data(p11);
}

void p11_open_both(struct test_pki *pki, struct p11 *line, struct p11 *dp)
{
    static struct stand line_stand, dp_stand;
    if (line_stand.engine == 0) {
        test_pki_make(NULL, pki);
        stand_new_token(&line_stand, pki, TOKWIRE_ROLE_LINE);
        stand_new_token(&dp_stand, pki, TOKWIRE_ROLE_DP);
    }
    CK_FUNCTION_LIST *f = p11_load(&line_stand, &dp_stand);
    p11_open(line, f, 0, TOKWIRE_ROLE_LINE, pki);
    if (dp != NULL) {
        p11_open(dp, f, 1, TOKWIRE_ROLE_DP, pki);
    }
}

void p11_close(struct p11 *p11)
{
    CU_ASSERT_EQUAL(p11->f->C_CloseAllSessions(p11->slot), CKR_OK);
    chip_clear(&p11->chip);
}
