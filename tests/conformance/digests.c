/* Digests against published values (FIPS 180-4's example messages). */
#include <string.h>

#include "conformance.h"

enum { DIGEST_MAX = 64, MILLION = 1000000 };

static const struct {
    CK_MECHANISM_TYPE type;
    const char *of_nothing, *of_abc;
} rows[] = {
    {CKM_SHA_1, "da39a3ee5e6b4b0d3255bfef95601890afd80709",
     "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {CKM_SHA224, "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f",
     "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
    {CKM_SHA256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {CKM_SHA384,
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898"
     "b95b",
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c8"
     "25a7"},
    {CKM_SHA512,
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877e"
     "ec2f63b931bd47417a81a538327af927da3e",
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fe"
     "ebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

static void check(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_ULONG data_len,
                  const char *expected)
{
    CK_BYTE abc[] = "abc", whole[DIGEST_MAX], parts[DIGEST_MAX];
    CK_ULONG whole_len = sizeof(whole), parts_len = sizeof(parts);
    CKR(P11->C_DigestInit(session, mechanism), CKR_OK);
    CKR(P11->C_Digest(session, abc, data_len, whole, &whole_len), CKR_OK);
    TEST_BYTES(bytes_make(whole, whole_len), test_hex(expected));
    CKR(P11->C_DigestInit(session, mechanism), CKR_OK);
    for (CK_ULONG i = 0; i < data_len; i++) {
        CKR(P11->C_DigestUpdate(session, abc + i, 1), CKR_OK);
    }
    CKR(P11->C_DigestFinal(session, parts, &parts_len), CKR_OK);
    TEST_BYTES(bytes_make(parts, parts_len), test_hex(expected));
}

static void values(void)
{
    CK_BYTE parameter = 0;
    CK_MECHANISM_INFO info;
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CK_MECHANISM mechanism = {rows[i].type, NULL, 0};
        CKR(P11->C_GetMechanismInfo(under_test.slot, rows[i].type, &info), CKR_OK);
        CU_ASSERT_TRUE((info.flags & CKF_DIGEST) != 0);
        check(session, &mechanism, 0, rows[i].of_nothing);
        check(session, &mechanism, 3, rows[i].of_abc);
    }
    CK_MECHANISM with_parameter = {CKM_SHA256, &parameter, sizeof(parameter)};
    CKR_EITHER(P11->C_DigestInit(session, &with_parameter), CKR_MECHANISM_PARAM_INVALID, CKR_OK);
    teardown();
}

/* A million "a", in parts of many lengths. */
static void long_message(void)
{
    static CK_BYTE data[MILLION];
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    CK_BYTE out[DIGEST_MAX];
    CK_ULONG len = sizeof(out), part = 1;
    memset(data, 'a', sizeof(data));
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_DigestInit(session, &mechanism), CKR_OK);
    for (CK_ULONG at = 0; at < MILLION; at += part, part = part * 3 + 1) {
        part = part < MILLION - at ? part : MILLION - at;
        CKR(P11->C_DigestUpdate(session, data + at, part), CKR_OK);
    }
    CKR(P11->C_DigestFinal(session, out, &len), CKR_OK);
    TEST_BYTES(bytes_make(out, len),
               test_hex("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
    teardown();
}

/* No key of a token is digested whose value must not leave it. */
static void digest_key(void)
{
    CK_MECHANISM mechanism = {CKM_SHA256, NULL, 0};
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(P11->C_DigestKey(session, 1), CKR_OPERATION_NOT_INITIALIZED);
    CKR(login(session, CKU_USER), CKR_OK);
    CK_OBJECT_HANDLE key = find_key(session, CKO_PRIVATE_KEY);
    CKR(P11->C_DigestInit(session, &mechanism), CKR_OK);
    CKR_EITHER(P11->C_DigestKey(session, CK_INVALID_HANDLE), CKR_KEY_HANDLE_INVALID,
               CKR_OBJECT_HANDLE_INVALID);
    CK_RV rv = P11->C_DigestKey(session, key);
    CU_ASSERT_TRUE(rv == CKR_KEY_INDIGESTIBLE || rv == CKR_KEY_HANDLE_INVALID ||
                   rv == CKR_OBJECT_HANDLE_INVALID);
    teardown();
}

static const struct test_case cases[] = {
    {"digest_values", values},
    {"digest_long_message", long_message},
    {"digest_key", digest_key},
};
TEST_GROUP(digests_group, cases, NO_MECHANISM);
