/* Invariant 7 at the engine: any bytes for a command, a clear answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chip.h"
#include "engine/internal.h"

/* xorshift: the same bytes in every run. */
static uint32_t next_random(void)
{
    static uint32_t state = 2463534242u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

static uint16_t execute(struct token *token, const uint8_t *apdu, size_t len)
{
    engine_execute(token->connection, bytes_make(apdu, len), &token->response);
    CU_ASSERT_TRUE_FATAL(token->response.len >= 2);
    return get_u16(token->response.data + token->response.len - 2);
}

static void test_malformed(void)
{
    static const struct {
        const char *hex;
        uint16_t sw;
    } rows[] = {
        {"", TOKWIRE_SW_LENGTH},
        {"80", TOKWIRE_SW_LENGTH},
        {"80CA00", TOKWIRE_SW_LENGTH},
        {"80CA000000", TOKWIRE_SW_LENGTH},
        {"80CA000000000100", TOKWIRE_SW_DATA},
        {"80CA0000", TOKWIRE_SW_OK},
        {"00CA0000", TOKWIRE_SW_CLA},
        {"80FF0000", TOKWIRE_SW_INS},
        {"80CA0100", TOKWIRE_SW_P1P2},
        {"80CA0001", TOKWIRE_SW_P1P2},
        {"80CA00000000018A", TOKWIRE_SW_DATA},
        {"808400000000039A0100", TOKWIRE_SW_DATA},
        {"8084000000000A9A080000000000000001", TOKWIRE_SW_OK},
        {"8084000000000C9A0800000000000000018000", TOKWIRE_SW_DATA},
        {"8084000000000B9A810800000000000000"
         "01",
         TOKWIRE_SW_DATA},
    };
    struct token token;
    token_new(&token);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct bytes apdu = test_hex(rows[i].hex);
        uint16_t sw = execute(&token, apdu.data, apdu.len);
        if (sw != rows[i].sw) {
            test_note("%s: %04X", rows[i].hex, sw);
        }
        CU_ASSERT_EQUAL(sw, rows[i].sw);
    }
    token_free(&token);
}

/* Every command, in every state, with every length of garbage. */
static void test_garbage(void)
{
    struct token token;
    struct pki pki;
    uint8_t apdu[7 + 300];
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    for (size_t c = 0; c < tokwire_command_count; c++) {
        uint8_t ins = tokwire_commands[c].ins;
        if (ins == TOKWIRE_LOGOUT) {
            continue;
        }
        for (int i = 0; i < 300; i++) {
            size_t len = next_random() % 300;
            const uint8_t head[7] = {TOKWIRE_CLA,
                                     ins,
                                     (uint8_t)(next_random() % 4),
                                     (uint8_t)(next_random() % 3),
                                     0,
                                     (uint8_t)(len >> 8),
                                     (uint8_t)len};
            memcpy(apdu, head, sizeof(head));
            for (size_t k = 0; k < len; k++) {
                apdu[7 + k] = (uint8_t)next_random();
            }
            uint16_t sw = execute(&token, apdu, len == 0 ? 4 : 7 + len);
            CU_ASSERT_NOT_EQUAL(sw, TOKWIRE_SW_INTERNAL);
        }
    }
    pki_free(&pki);
    token_free(&token);
}

/* The evidence, one bit wrong at every place: never accepted. */
static void test_evidence_bits(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    unsigned accepted = 0;
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    CU_ASSERT_EQUAL(chip_server_signed1(&chip, &token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_smdp_signed2(&chip, &token), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_one_time_key(&chip, &token), TOKWIRE_SW_OK);
    struct chip_evidence evidence = chip_evidence(&chip, pki.euicc_key, BYTES_NONE);
    struct bytes *const parts[] = {&evidence.euicc, &evidence.eum, &evidence.signed2,
                                   &evidence.signature};
    for (size_t p = 0; p < 4; p++) {
        struct bytes was = *parts[p];
        uint8_t *copy = malloc(was.len);
        CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
        for (size_t i = 0; i < was.len; i++) {
            memcpy(copy, was.data, was.len);
            copy[i] ^= (uint8_t)(1u << (next_random() % 8));
            *parts[p] = bytes_make(copy, was.len);
            accepted += chip_derive(&token, &evidence) == TOKWIRE_SW_OK;
        }
        free(copy);
        *parts[p] = was;
    }
    CU_ASSERT_EQUAL(accepted, 0);
    CU_ASSERT_EQUAL(chip_derive(&token, &evidence), TOKWIRE_SW_OK);
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

/* No secret in a file of the engine but the key store's own. */
static void test_no_secret_on_disk(void)
{
    struct token token;
    struct pki pki;
    struct chip chip;
    char command[512];
    pki_new(&pki);
    chip_prepare_token(&token, &pki, TOKWIRE_ROLE_LINE);
    chip_new(&chip, &pki, 1);
    uint32_t session = chip_session(&chip, &token);
    CU_ASSERT_EQUAL(chip_ppk(&token, PKI_EID, ICCID_SWAPPED), TOKWIRE_SW_OK);
    CU_ASSERT_EQUAL(chip_replace(&token, session, token_uint(&token, TOKWIRE_F_HANDLE)),
                    TOKWIRE_SW_OK);
    static const char *const needles[] = {SO_PIN, USER_PIN, "1F2D6AD6784868F7385074E90BBF0C8A",
                                          "FF7D44B7727C28EB2FEDCDA815DA7D36",
                                          "000102030405060708090A0B0C0D0E0F1011"};
    for (size_t i = 0; i < sizeof(needles) / sizeof(needles[0]); i++) {
        snprintf(command, sizeof(command), "grep -rqia '%s' '%s'", needles[i], token.folder);
        CU_ASSERT_NOT_EQUAL(system(command), 0);
    }
    chip_free(&chip);
    pki_free(&pki);
    token_free(&token);
}

static const struct test_case cases[] = {
    {"malformed commands", test_malformed},
    {"garbage in every command", test_garbage},
    {"evidence with one wrong bit", test_evidence_bits},
    {"invariant 8: no PIN or key in the engine's files", test_no_secret_on_disk},
};
TEST_MAIN("engine/robustness", cases)
