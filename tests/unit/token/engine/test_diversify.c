/* Key diversification: design.md section 3, through a real key store, and the
 * same by `openssl kdf`. */
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "chip.h"
#include "engine/diversify.h"
#include "engine/internal.h"

#define ROOT_HEX "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"
#define ENC_KEY "1F2D6AD6784868F7385074E90BBF0C8AE015AC5879276ACEF89655A306E92013"
#define PPK_SET                                                                                    \
    "FF7D44B7727C28EB2FEDCDA815DA7D367BE31736560DFD2395EA03379EA23561"                             \
    "3F97627D500E25F20117E5BEA6BB8E71"

/* A token with that root key, SO logged in, and its key in the key store. */
static struct keystore_key open_root(struct token *token)
{
    token_new(token);
    CU_ASSERT_EQUAL_FATAL(token_initialise(token, TOKWIRE_ROLE_LINE, false), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL_FATAL(token_login(token, TOKWIRE_SO, SO_PIN), TOKWIRE_SW_OK);
    token_load_root(token);
    return token->engine->roots[0];
}

static void ids(struct eid *eid, struct iccid *iccid)
{
    TEST_OK(eid_parse(PKI_EID, eid));
    TEST_OK(iccid_from_bytes(test_hex(ICCID_SWAPPED), iccid));
}

static void test_known_answers(void)
{
    struct token token;
    struct keystore_key root = open_root(&token);
    struct secret enc_key = {0}, ppk = {0};
    struct eid eid;
    struct iccid iccid;
    ids(&eid, &iccid);
    TEST_OK(diversify_enc_key(token.engine->store, root, &eid, &enc_key));
    TEST_BYTES(secret_bytes(&enc_key), test_hex(ENC_KEY));
    TEST_OK(diversify_ppk(token.engine->store, root, &eid, &iccid, &ppk));
    TEST_BYTES(secret_bytes(&ppk), test_hex(PPK_SET));
    token_free(&token);
}

/* Runs `openssl kdf`; the digits of its answer without colons. */
static bool openssl_kdf(int len, const char *key, const char *label, const char *context,
                        char *digits, size_t size)
{
    char command[512], line[512];
    size_t used = 0;
    snprintf(command, sizeof(command),
             "openssl kdf -keylen %d -kdfopt mac:CMAC -kdfopt cipher:AES-256-CBC -kdfopt hexkey:%s "
             "-kdfopt salt:%s -kdfopt hexinfo:%s KBKDF",
             len, key, label, context);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) {
        return false;
    }
    while (fgets(line, sizeof(line), pipe) != NULL) {
        for (const char *c = line; *c != '\0'; c++) {
            if (hex_digit(*c) >= 0 && used + 1 < size) {
                digits[used++] = *c;
            }
        }
    }
    digits[used] = '\0';
    return pclose(pipe) == 0 && used == (size_t)len * 2;
}

/* Anyone can check it: the engine against the command of design.md. */
static void test_openssl_kdf(void)
{
    struct token token;
    struct keystore_key root = open_root(&token);
    struct secret enc_key = {0}, ppk = {0};
    struct eid eid;
    struct iccid iccid;
    char digits[256];
    TEST_OK(eid_parse(PKI_OTHER_EID, &eid));
    TEST_OK(iccid_from_bytes(test_hex("98001032547698103214"), &iccid));
    TEST_OK(diversify_enc_key(token.engine->store, root, &eid, &enc_key));
    TEST_OK(diversify_ppk(token.engine->store, root, &eid, &iccid, &ppk));
    CU_ASSERT_TRUE(openssl_kdf(32, ROOT_HEX, "EncKey", PKI_OTHER_EID, digits, sizeof(digits)));
    TEST_BYTES(secret_bytes(&enc_key), test_hex(digits));
    char enc_key_digits[65];
    strcpy(enc_key_digits, digits);
    CU_ASSERT_TRUE(
        openssl_kdf(48, enc_key_digits, "PPK", "98001032547698103214", digits, sizeof(digits)));
    TEST_BYTES(secret_bytes(&ppk), test_hex(digits));
    token_free(&token);
}

/* Check value: the first 5 bytes of the CMAC over a zero block. */
static void test_check_value(void)
{
    struct token token;
    struct keystore_key root = open_root(&token);
    uint8_t check_value[5], mac[16];
    static const uint8_t zero[16];
    TEST_OK(diversify_check_value(token.engine->store, root, check_value));
    TEST_OK(crypto_cmac(test_hex(ROOT_HEX), BYTES_OF(zero), mac));
    TEST_BYTES(BYTES_OF(check_value), bytes_make(mac, 5));
    TEST_BYTES(BYTES_OF(check_value), BYTES_OF(token.engine->state.roots[0].check_value));
    token_free(&token);
}

static const struct test_case cases[] = {
    {"known answers of design.md section 3", test_known_answers},
    {"the same as openssl kdf", test_openssl_kdf},
    {"check value", test_check_value},
};
TEST_MAIN("engine/diversify", cases)
