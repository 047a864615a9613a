/* An engine that answers anything, as a PKCS#11 client sees it through the
 * middleware: one round of calls over the token and its objects.
 *
 *   records   instruction (1), answer with status word (2-byte length); each is
 *             the answer to the next command of that instruction, once. Without one
 *             the engine answers as it should. */
#include <openssl/evp.h>

#include "cryptoki/sgp22_mechanisms.h"
#include "input.h"
#include "module/function_list.h"
#include "module/slot.h"
#include "support/pki.h"

enum { HANDLE = 0x80000101, OBJECTS_SEEN_MAX = 32, VALUE_MAX = 16384 };

static struct bytes script;
static bool used[256];

/* Answers as they should be ------------------------------------------------- */

static const struct test_pki_identity *identity(void)
{
    static struct test_pki_identity made;
    if (made.cert == NULL) {
        struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_CI);
        test_pki_issue(&spec, NULL, &made);
    }
    return &made;
}

static void put_filled(struct buf *out, uint16_t tag, size_t len)
{
    tlv_put_header(out, tag, len);
    uint8_t *place = buf_extend(out, len);
    fuzz_check(place != NULL);
    memset(place, 0x55, len);
}

static void put_handle(struct buf *out)
{
    tokwire_put_uint(out, TOKWIRE_F_HANDLE, HANDLE, 4);
}

static void put_point(struct buf *out)
{
    uint8_t point[EC_POINT_SIZE];
    enum ec_curve curve;
    fuzz_check(ec_point(identity()->key, point, &curve) == ERR_OK);
    tlv_put(out, TOKWIRE_F_PUBLIC_KEY, BYTES_OF(point));
}

static void answer_status(struct buf *out, const struct tokwire_fields *fields)
{
    (void)fields;
    tlv_put_str(out, TOKWIRE_F_FIRMWARE, "0.1");
    tokwire_put_uint(out, TOKWIRE_F_FLAGS, TOKWIRE_FLAG_INITIALISED | TOKWIRE_FLAG_USER_PIN_SET, 4);
    tlv_put_str(out, TOKWIRE_F_LABEL, "token");
    tlv_put_str(out, TOKWIRE_F_SERIAL, "FEDCBA9876543210");
    tokwire_put_uint(out, TOKWIRE_F_ROLE, TOKWIRE_ROLE_LINE, 1);
}

static size_t open_object(struct buf *out, enum tokwire_class class, const char *label,
                          enum tokwire_key key)
{
    size_t mark = tlv_open(out, TOKWIRE_F_OBJECT);
    tokwire_put_uint(out, TOKWIRE_F_HANDLE, (uint32_t) class << 16 | key, 4);
    tokwire_put_uint(out, TOKWIRE_F_CLASS, class, 1);
    tlv_put_str(out, TOKWIRE_F_LABEL, label);
    tokwire_put_uint(out, TOKWIRE_F_KEY, key, 1);
    return mark;
}

static void answer_objects(struct buf *out, const struct tokwire_fields *fields)
{
    static const uint8_t check_value[5] = {1, 2, 3, 4, 5};
    (void)fields;
    size_t mark = open_object(out, TOKWIRE_CLASS_ROOT, "root-1", TOKWIRE_KEY_ROOT);
    tokwire_put_uint(out, TOKWIRE_F_VERSION, 1, 1);
    tlv_put(out, TOKWIRE_F_CHECK_VALUE, BYTES_OF(check_value));
    tlv_close(out, mark);
    mark = open_object(out, TOKWIRE_CLASS_PRIVATE, "dpauth", TOKWIRE_KEY_DPAUTH);
    tokwire_put_uint(out, TOKWIRE_F_CURVE, EC_CURVE_P256, 1);
    put_point(out);
    tlv_close(out, mark);
    mark = open_object(out, TOKWIRE_CLASS_CERTIFICATE, "ci", TOKWIRE_KEY_CI);
    tlv_put(out, TOKWIRE_F_CERTIFICATE, buf_bytes(&identity()->der));
    tlv_close(out, mark);
}

static void answer_random(struct buf *out, const struct tokwire_fields *fields)
{
    put_filled(out, TOKWIRE_F_DATA, (size_t)tokwire_field_uint(fields, TOKWIRE_F_COUNT));
}

static void answer_sign(struct buf *out, const struct tokwire_fields *fields)
{
    (void)fields;
    put_filled(out, TOKWIRE_F_SIGNATURE, EC_SIGNATURE_SIZE);
}

static void answer_one_time_key(struct buf *out, const struct tokwire_fields *fields)
{
    (void)fields;
    put_handle(out);
    put_point(out);
}

static void answer_session_keys(struct buf *out, const struct tokwire_fields *fields)
{
    (void)fields;
    put_handle(out);
    put_filled(out, TOKWIRE_F_EID, EID_SIZE);
    put_filled(out, TOKWIRE_F_TRANSACTION_ID, 16);
}

static void answer_ppk(struct buf *out, const struct tokwire_fields *fields)
{
    (void)fields;
    put_handle(out);
}

static void answer_encrypt(struct buf *out, const struct tokwire_fields *fields)
{
    put_filled(out, TOKWIRE_F_DATA, bsp_encrypted_len(tokwire_field(fields, TOKWIRE_F_DATA).len));
}

static void answer_mac(struct buf *out, const struct tokwire_fields *fields)
{
    (void)fields;
    put_filled(out, TOKWIRE_F_MAC, BSP_MAC_SIZE);
}

static void answer_replace(struct buf *out, const struct tokwire_fields *fields)
{
    (void)fields;
    put_filled(out, TOKWIRE_F_DATA, CLIENT_REPLACE_SESSION_KEYS_LEN);
}

static const struct {
    uint8_t ins;
    void (*put)(struct buf *out, const struct tokwire_fields *fields);
} answers[] = {
    {TOKWIRE_GET_STATUS, answer_status},
    {TOKWIRE_GET_OBJECTS, answer_objects},
    {TOKWIRE_GET_RANDOM, answer_random},
    {TOKWIRE_SIGN, answer_sign},
    {TOKWIRE_GENERATE_ONE_TIME_KEY, answer_one_time_key},
    {TOKWIRE_DERIVE_SESSION_KEYS, answer_session_keys},
    {TOKWIRE_DERIVE_PPK, answer_ppk},
    {TOKWIRE_BSP_ENCRYPT, answer_encrypt},
    {TOKWIRE_BSP_MAC, answer_mac},
    {TOKWIRE_REPLACE_SESSION_KEYS, answer_replace},
};

/* The engine ----------------------------------------------------------------- */

/* The record for this instruction that has not been used. */
static bool find_record(uint8_t ins, struct bytes *answer)
{
    struct bytes left = script;
    for (size_t i = 0; left.len > 0 && i < sizeof(used) / sizeof(used[0]); i++) {
        uint8_t of = fuzz_take_u8(&left);
        *answer = fuzz_take_record(&left);
        if (of == ins && !used[i]) {
            used[i] = true;
            return true;
        }
    }
    return false;
}

static enum err engine_exchange(struct client_transport *transport, struct bytes command,
                                struct buf *response)
{
    struct apdu_command apdu;
    struct tokwire_fields fields;
    struct bytes answer;
    (void)transport;
    fuzz_check(apdu_decode_extended(command, &apdu) == ERR_OK);
    const struct tokwire_command *row = tokwire_command_find(apdu.ins);
    fuzz_check(row != NULL && apdu.p1 <= row->p1_max && apdu.p2 <= row->p2_max);
    fuzz_check(tokwire_fields_decode(row->request, apdu.data, &fields) == ERR_OK);
    if (find_record(apdu.ins, &answer)) {
        buf_put_bytes(response, answer);
        return buf_err(response);
    }
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        if (answers[i].ins == apdu.ins) {
            answers[i].put(response, &fields);
        }
    }
    buf_put_u16(response, TOKWIRE_SW_OK);
    return buf_err(response);
}

static bool engine_alive(struct client_transport *transport)
{
    (void)transport;
    return true;
}

static void engine_close(struct client_transport *transport)
{
    free(transport);
}

static const struct client_transport_vtable engine_vtable = {engine_exchange, engine_alive,
                                                             engine_close};

static enum err engine_connect(const char *path, struct client **client)
{
    struct client_transport *transport = calloc(1, sizeof(*transport));
    (void)path;
    fuzz_check(transport != NULL);
    *transport = (struct client_transport){&engine_vtable, -1};
    return client_new(transport, client);
}

/* The client of the module ------------------------------------------------- */

static CK_FUNCTION_LIST_PTR p11;

/* Asks for the length, then for the value, into a block of exactly that. */
static void read_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                           CK_ATTRIBUTE_TYPE type)
{
    CK_ATTRIBUTE wanted = {type, NULL, 0};
    if (p11->C_GetAttributeValue(session, object, &wanted, 1) != CKR_OK) {
        return;
    }
    fuzz_check(wanted.ulValueLen <= VALUE_MAX);
    CK_ULONG len = wanted.ulValueLen;
    wanted.pValue = malloc(len > 0 ? len : 1);
    fuzz_check(wanted.pValue != NULL);
    if (p11->C_GetAttributeValue(session, object, &wanted, 1) == CKR_OK) {
        fuzz_check(wanted.ulValueLen == len);
    }
    free(wanted.pValue);
}

static CK_OBJECT_HANDLE read_objects(CK_SESSION_HANDLE session, CK_OBJECT_CLASS wanted)
{
    static const CK_ATTRIBUTE_TYPE types[] = {
        CKA_CLASS,           CKA_LABEL,         CKA_ID,         CKA_CHECK_VALUE,
        CKA_EC_POINT,        CKA_EC_PARAMS,     CKA_VALUE,      CKA_SUBJECT,
        CKA_ISSUER,          CKA_SERIAL_NUMBER, CKA_START_DATE, CKA_TRUSTED,
        CKA_PUBLIC_KEY_INFO, CKA_SENSITIVE,
    };
    CK_OBJECT_HANDLE found[OBJECTS_SEEN_MAX], match = CK_INVALID_HANDLE;
    CK_ULONG count = 0;
    if (p11->C_FindObjectsInit(session, NULL, 0) != CKR_OK) {
        return match;
    }
    p11->C_FindObjects(session, found, OBJECTS_SEEN_MAX, &count);
    p11->C_FindObjectsFinal(session);
    for (CK_ULONG i = 0; i < count; i++) {
        CK_OBJECT_CLASS class = CKO_DATA;
        CK_ATTRIBUTE query = {CKA_CLASS, &class, sizeof(class)};
        for (size_t k = 0; k < sizeof(types) / sizeof(types[0]); k++) {
            read_attribute(session, found[i], types[k]);
        }
        if (p11->C_GetAttributeValue(session, found[i], &query, 1) == CKR_OK && class == wanted) {
            match = found[i];
        }
    }
    return match;
}

static void sign(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE key, CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_BYTE message[] = "message", signature[EC_SIGNATURE_SIZE];
    CK_ULONG len = sizeof(signature);
    if (p11->C_SignInit(session, &mechanism, key) == CKR_OK &&
        p11->C_Sign(session, message, sizeof(message), signature, &len) == CKR_OK) {
        fuzz_check(len <= sizeof(signature));
    }
}

static CK_OBJECT_HANDLE derive_session_keys(CK_SESSION_HANDLE session)
{
    CK_BYTE curve[] = {0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07};
    CK_BYTE some[EC_SIGNATURE_SIZE] = {0};
    struct ck_sgp22_ecka_params params = {some, 8, some, 8, some, 8, some, sizeof(some), some, 7};
    CK_ATTRIBUTE public_template[] = {{CKA_EC_PARAMS, curve, sizeof(curve)}};
    CK_MECHANISM generate = {CKM_EC_KEY_PAIR_GEN, NULL, 0};
    CK_MECHANISM derive = {CKM_SGP22_ECKA, &params, sizeof(params)};
    CK_OBJECT_HANDLE public_key = 0, private_key = 0, keys = 0;
    if (p11->C_GenerateKeyPair(session, &generate, public_template, 1, NULL, 0, &public_key,
                               &private_key) != CKR_OK) {
        return CK_INVALID_HANDLE;
    }
    read_attribute(session, public_key, CKA_EC_POINT);
    return p11->C_DeriveKey(session, &derive, private_key, NULL, 0, &keys) == CKR_OK
               ? keys
               : CK_INVALID_HANDLE;
}

static void use_session_keys(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE root)
{
    struct ck_sgp22_ppk_params params = {{0x89}, {0x98}, NULL, 0};
    CK_MECHANISM bsp = {CKM_SGP22_BSP, NULL, 0};
    CK_MECHANISM derive = {CKM_SGP22_PPK, &params, sizeof(params)};
    CK_BYTE plain[64] = {0}, out[256];
    CK_OBJECT_HANDLE ppk = 0, keys = derive_session_keys(session);
    CK_ULONG len = sizeof(out);
    read_attribute(session, keys, CKA_SGP22_EID);
    if (p11->C_EncryptInit(session, &bsp, keys) == CKR_OK &&
        p11->C_Encrypt(session, plain, sizeof(plain), out, &len) == CKR_OK) {
        fuzz_check(len == bsp_encrypted_len(sizeof(plain)));
    }
    sign(session, keys, CKM_SGP22_BSP);
    if (p11->C_DeriveKey(session, &derive, root, NULL, 0, &ppk) == CKR_OK) {
        len = sizeof(out);
        if (p11->C_WrapKey(session, &bsp, keys, ppk, out, &len) == CKR_OK) {
            fuzz_check(len == CLIENT_REPLACE_SESSION_KEYS_LEN);
        }
        p11->C_DestroyObject(session, ppk);
    }
}

static void use_session(CK_SESSION_HANDLE session)
{
    CK_UTF8CHAR pin[] = "123456";
    CK_BYTE random[24];
    read_objects(session, CKO_CERTIFICATE);
    p11->C_Login(session, CKU_USER, pin, sizeof(pin) - 1);
    CK_OBJECT_HANDLE root = read_objects(session, CKO_SECRET_KEY);
    sign(session, read_objects(session, CKO_PRIVATE_KEY), CKM_ECDSA_SHA256);
    p11->C_GenerateRandom(session, random, sizeof(random));
    use_session_keys(session, root);
    p11->C_Logout(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CK_TOKEN_INFO info;
    CK_SESSION_HANDLE session = 0;
    script = bytes_make(data, size);
    memset(used, 0, sizeof(used));
    setenv("USBKEY_SOCKETS", "/nonexistent", 1);
    module_slot_connect = engine_connect;
    fuzz_check(module_get_function_list(&p11) == CKR_OK && p11->C_Initialize(NULL) == CKR_OK);
    p11->C_GetTokenInfo(0, &info);
    if (p11->C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &session) == CKR_OK) {
        use_session(session);
    }
    fuzz_check(p11->C_Finalize(NULL) == CKR_OK);
    return 0;
}
