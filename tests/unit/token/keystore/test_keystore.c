/* The PKCS#11 key store over a real SoftHSM2 or NSS soft token in a temporary
 * folder. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "keystore/keystore.h"
#include "keystore/pkcs11_store.h"
#include "stores.h"
#include "support/test.h"

#define PIN "0123456789ABCDEF0123456789ABCDEF"

static char folder[] = "/tmp/euicc-line-keystore-XXXXXX";

static void remove_folder(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    if (system(command) != 0) {
        test_note("%s stays behind", folder);
    }
}

/* One configuration for the whole program: SoftHSM2 reads it once, and NSS keeps
 * its database. */
static const struct keystore_config *configure(void)
{
    static struct keystore_config config;
    char path[128], text[256];
    if (config.module[0] != '\0') {
        return &config;
    }
    CU_ASSERT_FATAL(mkdtemp(folder) != NULL);
    atexit(remove_folder);
    snprintf(path, sizeof(path), "%s/softhsm2.conf", folder);
    snprintf(text, sizeof(text), "directories.tokendir = %s\nobjectstore.backend = file\n", folder);
    CU_ASSERT_FATAL(file_replace(path, bytes_make(text, strlen(text)), 0600) == ERR_OK);
    setenv("SOFTHSM2_CONF", path, 1);
    snprintf(path, sizeof(path), "%s/config.json", folder);
    test_store_configure(path, folder);
    CU_ASSERT_FATAL(keystore_config_read(path, &config) == ERR_OK);
    return &config;
}

/* A key store with a fresh token, logged in. */
static struct keystore *open_fresh(char serial[KEYSTORE_SERIAL_SIZE])
{
    struct keystore *store = NULL;
    struct secret pin = {0};
    CU_ASSERT_FATAL(keystore_pkcs11_new(configure(), &store) == ERR_OK);
    secret_set(&pin, PIN, strlen(PIN));
    TEST_OK(keystore_create_token(store, "test token", &pin, serial));
    TEST_OK(keystore_select_token(store, serial));
    TEST_OK(keystore_login(store, &pin));
    return store;
}

static void root_value(struct secret *value)
{
    uint8_t bytes[32];
    for (uint8_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = i;
    }
    secret_set(value, bytes, sizeof(bytes));
}

static void test_login(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct secret wrong = {0}, right = {0};
    keystore_logout(store);
    secret_set(&wrong, "0000000000000000", 16);
    secret_set(&right, PIN, strlen(PIN));
    TEST_ERR(keystore_login(store, &wrong), ERR_PIN);
    TEST_OK(keystore_login(store, &right));
    TEST_ERR(keystore_select_token(store, "no such serial"), ERR_NOT_FOUND);
    TEST_ERR(keystore_login(store, &right), ERR_UNTIMELY);
    keystore_free(&store);
    CU_ASSERT_PTR_NULL(store);
}

/* CMAC against OpenSSL's, over lengths around the block. */
static void test_cmac(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct secret value = {0};
    struct keystore_key key;
    uint8_t message[70], mac[16], expected[16];
    root_value(&value);
    memset(message, 0xA5, sizeof(message));
    TEST_OK(keystore_create_cmac_key(store, "root-1", 1, &value, &key));
    for (size_t len = 0; len <= sizeof(message); len++) {
        TEST_OK(keystore_cmac(store, key, bytes_make(message, len), mac));
        TEST_OK(crypto_cmac(secret_bytes(&value), bytes_make(message, len), expected));
        TEST_BYTES(BYTES_OF(mac), BYTES_OF(expected));
    }
    keystore_free(&store);
}

/* design.md section 4: what was asked for is what is there, and a label is one
 * key's. */
static void test_cmac_key_attributes(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct secret value = {0}, short_value = {0};
    struct keystore_key key, other;
    root_value(&value);
    secret_set(&short_value, "short", 5);
    TEST_OK(keystore_create_cmac_key(store, "root-1", 1, &value, &key));
    TEST_OK(keystore_check(store, KEYSTORE_CMAC, key));
    TEST_ERR(keystore_create_cmac_key(store, "root-1", 1, NULL, &other), ERR_DUPLICATE);
    TEST_ERR(keystore_create_cmac_key(store, "root-2", 2, &short_value, &other), ERR_ARGUMENT);
    TEST_OK(keystore_create_cmac_key(store, "root-2", 2, NULL, &other));
    TEST_OK(keystore_check(store, KEYSTORE_CMAC, other));
    TEST_OK(keystore_find(store, KEYSTORE_CMAC, "root-2", &key));
    TEST_ERR(keystore_find(store, KEYSTORE_EC, "root-2", &key), ERR_NOT_FOUND);
    keystore_free(&store);
}

/* Invariant 1, at the key store: nothing but CMAC works on a root key. Where CMAC
 * is built from single blocks, encrypting them does, and nothing else. */
static void test_root_key_is_locked_up(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct pkcs11_store *p11 = (struct pkcs11_store *)store;
    struct secret value = {0};
    struct keystore_key key;
    uint8_t out[64], iv[16] = {0};
    CK_ULONG len = sizeof(out);
    CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
    CK_OBJECT_HANDLE copy;
    CK_MECHANISM ecb = {CKM_AES_ECB, NULL, 0}, cbc = {CKM_AES_CBC, iv, sizeof(iv)};
    CK_MECHANISM wrap = {CKM_AES_KEY_WRAP, NULL, 0}, cmac = {CKM_AES_CMAC, NULL, 0};
    root_value(&value);
    TEST_OK(keystore_create_cmac_key(store, "root-1", 1, &value, &key));
    CK_ATTRIBUTE get = {CKA_VALUE, out, sizeof(out)};
    CK_ATTRIBUTE set[] = {{CKA_EXTRACTABLE, &yes, sizeof(yes)},
                          {CKA_SENSITIVE, &no, sizeof(no)},
                          {CKA_ENCRYPT, &yes, sizeof(yes)},
                          {CKA_DERIVE, &yes, sizeof(yes)},
                          {CKA_WRAP, &yes, sizeof(yes)}};
    CU_ASSERT_NOT_EQUAL(p11->p11->C_GetAttributeValue(p11->session, key.handle, &get, 1), CKR_OK);
    for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
        CU_ASSERT_NOT_EQUAL(p11->p11->C_SetAttributeValue(p11->session, key.handle, &set[i], 1),
                            CKR_OK);
        /* NSS copies what is not to be copied, and weakens it on the way; the
         * report says so, see below. */
        if (!test_store()->softokn) {
            CU_ASSERT_NOT_EQUAL(p11->p11->C_CopyObject(p11->session, key.handle, &set[i], 1, &copy),
                                CKR_OK);
        }
    }
    CK_MECHANISM *other = test_store()->built ? &cmac : &ecb;
    CK_RV used = test_store()->built ? p11->p11->C_SignInit(p11->session, other, key.handle)
                                     : p11->p11->C_EncryptInit(p11->session, other, key.handle);
    CU_ASSERT_NOT_EQUAL(used, CKR_OK);
    CU_ASSERT_NOT_EQUAL(p11->p11->C_DecryptInit(p11->session, &cbc, key.handle), CKR_OK);
    CU_ASSERT_NOT_EQUAL(p11->p11->C_WrapKey(p11->session, &wrap, key.handle, key.handle, out, &len),
                        CKR_OK);
    TEST_OK(keystore_check(store, KEYSTORE_CMAC, key));
    keystore_free(&store);
}

/* A key whose attributes are not those asserted is refused. */
static void test_weak_key_is_refused(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct pkcs11_store *p11 = (struct pkcs11_store *)store;
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BBOOL yes = CK_TRUE;
    uint8_t value[32] = {1};
    struct keystore_key key;
    CK_ATTRIBUTE weak[] = {{CKA_CLASS, &class, sizeof(class)}, {CKA_KEY_TYPE, &type, sizeof(type)},
                           {CKA_TOKEN, &yes, sizeof(yes)},     {CKA_SIGN, &yes, sizeof(yes)},
                           {CKA_LABEL, (char[]){"root-1"}, 6}, {CKA_VALUE, value, sizeof(value)}};
    CU_ASSERT_EQUAL(p11->p11->C_CreateObject(p11->session, weak, 6, &key.handle), CKR_OK);
    TEST_ERR(keystore_check(store, KEYSTORE_CMAC, key), ERR_MISMATCH);
    keystore_free(&store);
}

static void sign_and_verify(struct keystore *store, const char *label, enum ec_curve curve,
                            struct keystore_key key)
{
    uint8_t digest[32], signature[64], point[65];
    struct bytes message = bytes_make("message", 7);
    EVP_PKEY *public = NULL;
    TEST_OK(keystore_check(store, KEYSTORE_EC, key));
    TEST_OK(keystore_point(store, label, point));
    TEST_OK(crypto_sha256(message, digest));
    TEST_OK(keystore_sign(store, key, digest, signature));
    TEST_OK(ec_public_from_point(curve, BYTES_OF(point), &public));
    TEST_OK(ec_verify(public, message, BYTES_OF(signature)));
    EVP_PKEY_free(public);
}

static void test_ec_generate(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct keystore_key key;
    TEST_OK(keystore_create_ec_key(store, "dpauth", 2, EC_CURVE_P256, NULL, &key));
    sign_and_verify(store, "dpauth", EC_CURVE_P256, key);
    enum err err = keystore_create_ec_key(store, "dppb", 3, EC_CURVE_BRAINPOOL_P256R1, NULL, &key);
    TEST_ERR(err, test_store()->brainpool ? ERR_OK : ERR_UNSUPPORTED);
    if (err == ERR_OK) {
        sign_and_verify(store, "dppb", EC_CURVE_BRAINPOOL_P256R1, key);
    }
    TEST_ERR(keystore_create_ec_key(store, "batch", 4, EC_CURVE_NONE, NULL, &key), ERR_UNSUPPORTED);
    keystore_free(&store);
}

static void test_ec_import(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct secret scalar = {0};
    struct keystore_key key;
    uint8_t point[65];
    /* NIST P-256: the generator times 1 is the generator. */
    struct bytes generator =
        test_hex("046B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296"
                 "4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5");
    struct bytes one = test_hex("0000000000000000000000000000000000000000000000000000000000000001");
    secret_set(&scalar, one.data, one.len);
    TEST_OK(keystore_create_ec_key(store, "dpauth", 2, EC_CURVE_P256, &scalar, &key));
    TEST_OK(keystore_point(store, "dpauth", point));
    TEST_BYTES(BYTES_OF(point), generator);
    sign_and_verify(store, "dpauth", EC_CURVE_P256, key);
    secret_set(&scalar, (uint8_t[32]){0}, 32);
    CU_ASSERT_NOT_EQUAL(keystore_create_ec_key(store, "dppb", 3, EC_CURVE_P256, &scalar, &key),
                        ERR_OK);
    keystore_free(&store);
}

static enum err count(void *context, enum keystore_kind kind, const char *label)
{
    (void)kind;
    (void)label;
    ++*(unsigned *)context;
    return ERR_OK;
}

static void test_list_and_destroy(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct keystore_key key;
    unsigned keys = 0;
    struct keystore_visitor visitor = {count, &keys};
    TEST_OK(keystore_create_cmac_key(store, "root-1", 1, NULL, &key));
    TEST_OK(keystore_create_ec_key(store, "dpauth", 2, EC_CURVE_P256, NULL, &key));
    TEST_OK(keystore_list(store, &visitor));
    CU_ASSERT_EQUAL(keys, 2);
    TEST_OK(keystore_destroy(store, "dpauth"));
    TEST_ERR(keystore_find(store, KEYSTORE_EC, "dpauth", &key), ERR_NOT_FOUND);
    TEST_OK(keystore_wipe(store));
    keys = 0;
    TEST_OK(keystore_list(store, &visitor));
    CU_ASSERT_EQUAL(keys, 0);
    keystore_free(&store);
}

/* What an anchor is kept in: replaced as a whole, found after a new login. */
static void test_kept_data(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct secret pin = {0};
    struct buf value;
    uint8_t data[48];
    buf_init(&value, KEYSTORE_DATA_MAX);
    TEST_ERR(keystore_get_data(store, "anchor", &value), ERR_NOT_FOUND);
    for (uint8_t i = 0; i < 3; i++) {
        memset(data, 0x30 + i, sizeof(data));
        TEST_OK(keystore_put_data(store, "anchor", BYTES_OF(data)));
        TEST_OK(keystore_get_data(store, "anchor", &value));
        TEST_BYTES(buf_bytes(&value), BYTES_OF(data));
        buf_reset(&value);
    }
    TEST_ERR(keystore_put_data(store, "anchor", bytes_make(folder, 65)), ERR_RANGE);
    keystore_logout(store);
    secret_set(&pin, PIN, strlen(PIN));
    TEST_OK(keystore_login(store, &pin));
    TEST_OK(keystore_get_data(store, "anchor", &value));
    TEST_BYTES(buf_bytes(&value), BYTES_OF(data));
    buf_clear(&value);
    keystore_free(&store);
}

static unsigned keys_of(struct keystore *store)
{
    unsigned keys = 0;
    struct keystore_visitor visitor = {count, &keys};
    TEST_OK(keystore_list(store, &visitor));
    return keys;
}

/* Two tokens do not see each other, be they two or sets of labels in one; and
 * cleaning the one of a store that has one alone destroys the other's. */
static void test_two_tokens(void)
{
    char first[KEYSTORE_SERIAL_SIZE], second[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(first);
    struct secret pin = {0};
    struct keystore_key key;
    secret_set(&pin, PIN, strlen(PIN));
    TEST_OK(keystore_create_cmac_key(store, "root-1", 1, NULL, &key));
    TEST_OK(keystore_create_token(store, "another", &pin, second));
    CU_ASSERT_STRING_NOT_EQUAL(first, second);
    TEST_OK(keystore_select_token(store, second));
    TEST_OK(keystore_login(store, &pin));
    TEST_ERR(keystore_find(store, KEYSTORE_CMAC, "root-1", &key), ERR_NOT_FOUND);
    CU_ASSERT_EQUAL(keys_of(store), 0);
    TEST_OK(keystore_create_cmac_key(store, "root-1", 1, NULL, &key));
    TEST_OK(keystore_clean(store));
    CU_ASSERT_EQUAL(keys_of(store), 1);
    TEST_OK(keystore_select_token(store, first));
    TEST_OK(keystore_login(store, &pin));
    CU_ASSERT_EQUAL(keys_of(store), test_store()->softokn ? 0 : 1);
    keystore_free(&store);
}

struct tally {
    unsigned yes, no, built, untold;
};

static enum err tally(void *context, enum keystore_subject subject, enum keystore_verdict verdict,
                      const char *name)
{
    struct tally *sums = context;
    CU_ASSERT_TRUE(name[0] != '\0' && strlen(name) < 60);
    sums->yes += verdict == KEYSTORE_YES;
    sums->no += verdict == KEYSTORE_NO;
    sums->built += verdict == KEYSTORE_BUILT;
    sums->untold += verdict == KEYSTORE_UNTOLD;
    if (verdict != KEYSTORE_YES) {
        test_note("%s: %d %s: %d", test_store()->name, subject, name, verdict);
    }
    return ERR_OK;
}

/* What the report says is what the quirks say. */
static void test_report(void)
{
    char serial[KEYSTORE_SERIAL_SIZE];
    struct keystore *store = open_fresh(serial);
    struct tally sums = {0};
    struct keystore_report report = {.finding = tally, .context = &sums};
    const struct test_store *which = test_store();
    unsigned before = keys_of(store);
    TEST_OK(keystore_describe(store, &report));
    CU_ASSERT_STRING_NOT_EQUAL(report.module, "");
    CU_ASSERT_STRING_NOT_EQUAL(report.token, "");
    CU_ASSERT_TRUE(sums.yes > 20);
    /* Two attributes of two kinds of key; the curve, and copies. */
    CU_ASSERT_EQUAL(sums.untold, which->softokn ? 4 : 0);
    CU_ASSERT_EQUAL(sums.no, which->softokn ? 2 : 0);
    CU_ASSERT_EQUAL(sums.built, (which->built ? 1 : 0) + (which->softokn ? 2 : 0));
    CU_ASSERT_EQUAL(keys_of(store), before);
    keystore_logout(store);
    TEST_ERR(keystore_describe(store, &report), ERR_UNTIMELY);
    keystore_free(&store);
}

static void test_no_module(void)
{
    struct keystore *store;
    struct keystore_config config;
    TEST_OK(keystore_config_default("/nonexistent/module.so", &config));
    TEST_ERR(keystore_pkcs11_new(&config, &store), ERR_KEYSTORE);
    CU_ASSERT_PTR_NULL(store);
}

static const struct test_case cases[] = {
    {"login, wrong PIN, unknown token", test_login},
    {"CMAC equals OpenSSL's", test_cmac},
    {"CMAC key: attributes asserted, labels unique", test_cmac_key_attributes},
    {"invariant 1: a root key cannot leave or be changed", test_root_key_is_locked_up},
    {"a key with weak attributes is refused", test_weak_key_is_refused},
    {"EC keys generated on both curves", test_ec_generate},
    {"EC key imported", test_ec_import},
    {"list, destroy, wipe", test_list_and_destroy},
    {"data that outlives a login", test_kept_data},
    {"two tokens beside each other", test_two_tokens},
    {"what the store can do", test_report},
    {"a module that is not there", test_no_module},
};
TEST_MAIN("keystore", cases)
