/* Each client function: the command it sends, byte by byte, and what it makes
 * of a right answer (docs/token-commands.md). */
#include <string.h>

#include "client/scripted.h"
#include "support/test.h"

static struct script script;
static struct client *client;

static void setup(const char *answer)
{
    script_init(&script);
    script.answer = test_hex(answer);
    TEST_OK(script_client(&script, &client));
}

static void finish(const char *command)
{
    TEST_BYTES(buf_bytes(&script.command), test_hex(command));
    client_free(&client);
    CU_ASSERT_TRUE(script.closed);
    script_clear(&script);
}

static void get_status(void)
{
    struct client_status status;
    setup("9E 05 7573622031 82 04 00000007 80 05 4C696E6531 85 10 30313233343536373839414243444546"
          "81 01 01 9C 01 05 9D 01 03 98 04 0000000A 99 08 000000006B49D200 9A 08 0000000000000007"
          "9000");
    TEST_OK(client_get_status(client, &status));
    CU_ASSERT_STRING_EQUAL(status.firmware, "usb 1");
    CU_ASSERT_STRING_EQUAL(status.label, "Line1");
    CU_ASSERT_STRING_EQUAL(status.serial, "0123456789ABCDEF");
    CU_ASSERT_EQUAL(status.flags, 7);
    CU_ASSERT_EQUAL(status.role, TOKWIRE_ROLE_LINE);
    CU_ASSERT_EQUAL(status.user_tries, 5);
    CU_ASSERT_EQUAL(status.so_tries, 3);
    CU_ASSERT_EQUAL(status.quota, 10);
    CU_ASSERT_EQUAL(status.not_after, 0x6B49D200);
    CU_ASSERT_EQUAL(status.releases, 7);
    CU_ASSERT_EQUAL(status.retries, CLIENT_RETRIES_NONE);
    CU_ASSERT_EQUAL(status.batch_count, 0);
    CU_ASSERT_EQUAL(status.fault, TOKWIRE_FAULT_NONE);
    CU_ASSERT_EQUAL(client_sw(client), 0x9000);
    finish("80CA0000 000000");
}

static void status_of_a_policy(void)
{
    struct client_status status;
    setup("9E 01 31 82 04 00000101 9F26 04 00000002"
          "9F27 20 000102030405060708090A0B0C0D0E0F 101112131415161718191A1B1C1D1E1F"
          "9F28 01 05 9F29 08 000000006B49D200 9000");
    TEST_OK(client_get_status(client, &status));
    CU_ASSERT_EQUAL(status.retries, 2);
    CU_ASSERT_EQUAL(status.batch_count, 2);
    CU_ASSERT_EQUAL(status.batches[1][15], 0x1F);
    CU_ASSERT_EQUAL(status.fault, TOKWIRE_FAULT_ROLLED_BACK);
    CU_ASSERT_EQUAL(status.time_seen, 0x6B49D200);
    finish("80CA0000 000000");
}

/* What a terminal would obey must not reach it. */
static void status_text_is_printable(void)
{
    struct client_status status;
    setup("9E 03 1B5B6D 82 04 00000000 9000");
    TEST_OK(client_get_status(client, &status));
    CU_ASSERT_STRING_EQUAL(status.firmware, "?[m");
    CU_ASSERT_EQUAL(status.quota, CLIENT_QUOTA_NONE);
    finish("80CA0000 000000");
}

static void initialise(void)
{
    char serial[TOKWIRE_SERIAL_SIZE + 1];
    const struct client_initialise request = {
        .label = "L1",
        .role = TOKWIRE_ROLE_DP,
        .development = true,
        .so_pin = test_hex("3132"),
        .user_pin = test_hex("33"),
    };
    setup("85 10 30313233343536373839414243444546 9000");
    TEST_OK(client_initialise(client, &request, serial));
    CU_ASSERT_STRING_EQUAL(serial, "0123456789ABCDEF");
    finish("80E00000 000014 80024C31 810102 820400000004 83023132 840133 0000");
}

/* Without role and user PIN: what C_InitToken sends. */
static void initialise_bare(void)
{
    char serial[TOKWIRE_SERIAL_SIZE + 1];
    const struct client_initialise request = {.label = "L", .so_pin = test_hex("31")};
    setup("85 10 30313233343536373839414243444546 9000");
    TEST_OK(client_initialise(client, &request, serial));
    finish("80E00000 000006 80014C 830131 0000");
}

static void pins(void)
{
    setup("9000");
    TEST_OK(client_verify_pin(client, TOKWIRE_SO, test_hex("3132")));
    finish("80200002 000004 83023132");
    setup("9000");
    TEST_OK(client_change_pin(client, TOKWIRE_USER, test_hex("31"), test_hex("32")));
    finish("80240001 000006 830131 840132");
    setup("9000");
    TEST_OK(client_set_user_pin(client, test_hex("32")));
    finish("802C0000 000003 840132");
    setup("9000");
    TEST_OK(client_logout(client));
    finish("80210000");
}

static void wrong_pin(void)
{
    setup("63C2");
    TEST_ERR(client_verify_pin(client, TOKWIRE_USER, test_hex("31")), ERR_PIN);
    CU_ASSERT_EQUAL(client_sw(client), 0x63C2);
    CU_ASSERT_FALSE(client_broken(client));
    finish("80200001 000003 830131");
}

static void random_bytes(void)
{
    uint8_t out[3];
    setup("8E 03 0A0B0C 9000");
    TEST_OK(client_get_random(client, out, sizeof(out)));
    TEST_BYTES(BYTES_OF(out), test_hex("0A0B0C"));
    finish("80840000 00000A 9A08 0000000000000003 0000");
}

static void policy(void)
{
    const uint32_t quota = 5, retries = 2;
    const uint64_t not_after = 1;
    const struct bytes batch = test_hex("000102030405060708090A0B0C0D0E0F"), any = BYTES_NONE;
    setup("9000");
    TEST_OK(client_set_policy(client, &(struct client_policy){.quota = &quota}));
    finish("80D00000 000006 980400000005");
    setup("9000");
    TEST_OK(client_set_policy(client, &(struct client_policy){&quota, &not_after, &retries, &any}));
    finish("80D00000 00001A 980400000005 99080000000000000001 9F260400000002 9F2700");
    setup("9000");
    TEST_OK(client_set_policy(client, &(struct client_policy){.batches = &batch}));
    finish("80D00000 000013 9F2710000102030405060708090A0B0C0D0E0F");
}

/* More than one policy can hold is not sent. */
static void policy_of_too_many_batches(void)
{
    static const uint8_t ids[(TOKWIRE_BATCHES_MAX + 1) * TOKWIRE_BATCH_ID_SIZE];
    const struct bytes batches = BYTES_OF(ids);
    setup("9000");
    TEST_ERR(client_set_policy(client, &(struct client_policy){.batches = &batches}), ERR_ARGUMENT);
    CU_ASSERT_EQUAL(script.exchanges, 0);
    finish("");
}

static void keystore(void)
{
    struct client_keystore info;
    struct client_capability capability;
    struct tlv_reader reader;
    struct buf found;
    buf_init(&found, CLIENT_CAPABILITIES_MAX);
    setup("9F2A03 4C6962 9F2B03 541B6B 9F2C04 0101 4D31 9F2C04 0402 5532 9000");
    TEST_OK(client_keystore_info(client, &info, &found));
    CU_ASSERT_STRING_EQUAL(info.module, "Lib");
    CU_ASSERT_STRING_EQUAL(info.token, "T?k");
    tlv_reader_init(&reader, buf_bytes(&found));
    TEST_OK(client_capability_next(&reader, &capability));
    CU_ASSERT_EQUAL(capability.capability_class, TOKWIRE_CAPABILITY_MECHANISM);
    CU_ASSERT_EQUAL(capability.verdict, TOKWIRE_VERDICT_YES);
    CU_ASSERT_STRING_EQUAL(capability.name, "M1");
    TEST_OK(client_capability_next(&reader, &capability));
    CU_ASSERT_EQUAL(capability.verdict, TOKWIRE_VERDICT_BUILT);
    TEST_ERR(client_capability_next(&reader, &capability), ERR_NOT_FOUND);
    buf_clear(&found);
    finish("80C20000 000000");
}

static void retire_root(void)
{
    const uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE] = {1, 2, 3, 4, 5};
    setup("9000");
    TEST_OK(client_retire_root(client, 2, check_value));
    finish("80E40000 00000B 890102 9F24050102030405");
    setup("6614");
    TEST_ERR(client_retire_root(client, 2, check_value), ERR_DENIED);
    finish("80E40000 00000B 890102 9F24050102030405");
}

static void journal_check(void)
{
    struct client_journal_check check;
    setup("9A080000000000000009 9F280100 9000");
    TEST_OK(client_read_journal_check(client, &check));
    CU_ASSERT_EQUAL(check.count, 9);
    CU_ASSERT_EQUAL(check.fault, TOKWIRE_FAULT_NONE);
    CU_ASSERT_STRING_EQUAL(check.detail, "");
    finish("80B20200 000000");
    setup("9A080000000000000003 9F280102 8E056C696E6534 9000");
    TEST_OK(client_read_journal_check(client, &check));
    CU_ASSERT_EQUAL(check.fault, TOKWIRE_FAULT_EDITED);
    CU_ASSERT_STRING_EQUAL(check.detail, "line4");
    finish("80B20200 000000");
}

static void journal(void)
{
    struct client_journal_head head;
    struct buf lines;
    buf_init(&lines, 100);
    setup("8E 04 7B7D0A0A 9000");
    TEST_OK(client_read_journal_lines(client, 9, &lines));
    TEST_BYTES(buf_bytes(&lines), test_hex("7B7D0A0A"));
    buf_clear(&lines);
    finish("80B20000 00000A 9A080000000000000009 0000");
    setup("9A08 0000000000000002"
          "9B20 0101010101010101010101010101010101010101010101010101010101010101"
          "9610 02020202020202020202020202020202 9000");
    TEST_OK(client_read_journal_head(client, &head));
    CU_ASSERT_EQUAL(head.count, 2);
    CU_ASSERT_EQUAL(head.hash[31], 1);
    CU_ASSERT_EQUAL(head.mac[15], 2);
    finish("80B20100 000000");
}

static void objects(void)
{
    struct buf found;
    struct tlv_reader reader;
    struct client_object object;
    buf_init(&found, CLIENT_OBJECTS_MAX);
    setup("");
    script.answer = test_hex("A020 860400000001 9F1F0101 8006726F6F742D31 9F200101 890101"
                             "8A050102030405"
                             "A01A 860400000009 9F1F0104 800472656C73 9A08000000000000000C 9000");
    TEST_OK(client_get_objects(client, &found));
    tlv_reader_init(&reader, buf_bytes(&found));
    TEST_OK(client_object_next(&reader, &object));
    CU_ASSERT_EQUAL(object.handle, 1);
    CU_ASSERT_EQUAL(object.object_class, TOKWIRE_CLASS_ROOT);
    CU_ASSERT_STRING_EQUAL(object.label, "root-1");
    CU_ASSERT_EQUAL(object.key, TOKWIRE_KEY_ROOT);
    CU_ASSERT_EQUAL(object.version, 1);
    TEST_BYTES(object.check_value, test_hex("0102030405"));
    TEST_OK(client_object_next(&reader, &object));
    CU_ASSERT_EQUAL(object.count, 12);
    TEST_ERR(client_object_next(&reader, &object), ERR_NOT_FOUND);
    buf_clear(&found);
    finish("80CB0000 000000");
}

static void keys(void)
{
    struct client_generated_key generated;
    struct client_imported_component imported;
    uint8_t component[TOKWIRE_COMPONENT_SIZE] = {0};
    setup("890102 8A05AABBCCDDEE 9000");
    TEST_OK(client_generate_key(client, TOKWIRE_KEY_ROOT, 2, EC_CURVE_NONE, &generated));
    CU_ASSERT_EQUAL(generated.version, 2);
    CU_ASSERT_EQUAL(generated.check_value[0], 0xAA);
    finish("80460100 000003 890102 0000");

    setup("8A05AABBCCDDEE 9000");
    TEST_OK(client_import_component(client, 1, 2, 0, BYTES_OF(component), &imported));
    CU_ASSERT_FALSE(imported.complete);
    CU_ASSERT_EQUAL(imported.check_value[4], 0xEE);
    finish("80D80102 000022 8B20"
           "0000000000000000000000000000000000000000000000000000000000000000 0000");

    setup("8A05AABBCCDDEE 890101 9F24050102030405 9000");
    TEST_OK(client_import_component(client, 2, 2, 0, BYTES_OF(component), &imported));
    CU_ASSERT_TRUE(imported.complete);
    CU_ASSERT_EQUAL(imported.version, 1);
    CU_ASSERT_EQUAL(imported.root_check_value[0], 1);
    client_free(&client);
    script_clear(&script);
}

static void certificates(void)
{
    struct buf csr;
    uint32_t handle = 0;
    buf_init(&csr, 100);
    setup("8E02 3000 9000");
    TEST_OK(client_create_csr(client, TOKWIRE_KEY_DPPB, "c", "o", "2.9", &csr));
    TEST_BYTES(buf_bytes(&csr), test_hex("3000"));
    buf_clear(&csr);
    finish("80480300 00000E 9F210163 9F22016F 9F2303322E39 0000");
    setup("860400000007 9000");
    TEST_OK(client_put_certificate(client, TOKWIRE_KEY_CI, test_hex("3000"), &handle));
    CU_ASSERT_EQUAL(handle, 7);
    finish("80DA0500 000004 8D023000 0000");
}

static void derivation(void)
{
    struct client_session_keys keys;
    uint8_t signature[EC_SIGNATURE_SIZE] = {0};
    uint32_t handle = 0;
    const struct client_evidence evidence = {
        .one_time_key = 3,
        .euicc_certificate = test_hex("30"),
        .eum_certificate = test_hex("31"),
        .euicc_signed2 = test_hex("32"),
        .euicc_signature2 = BYTES_OF(signature),
        .host_id = test_hex("33"),
    };
    setup("860480000001 8710 89049032123451234512345678901235 9F2502AABB 9000");
    TEST_OK(client_derive_session_keys(client, &evidence, &keys));
    CU_ASSERT_EQUAL(keys.handle, 0x80000001);
    CU_ASSERT_EQUAL(keys.eid[0], 0x89);
    CU_ASSERT_EQUAL(keys.transaction_id_len, 2);
    finish("80860000 000054 860400000003 8D0130 920131 930132 8F40"
           "0000000000000000000000000000000000000000000000000000000000000000"
           "0000000000000000000000000000000000000000000000000000000000000000 940133 0000");

    setup("860480000002 9000");
    TEST_OK(client_derive_ppk(client, 1, test_hex("89049032123451234512345678901235"),
                              test_hex("98109909002143658739"), BYTES_NONE, &handle));
    CU_ASSERT_EQUAL(handle, 0x80000002);
    finish("80880000 000024 860400000001 871089049032123451234512345678901235"
           "880A98109909002143658739 0000");
}

static void segments(void)
{
    struct buf out;
    uint8_t mac[BSP_MAC_SIZE];
    buf_init(&out, 2000);
    /* 4 bytes of plaintext: one block, MAC, tag and length. */
    setup("8E1A 8718 000102030405060708090A0B0C0D0E0F 1011121314151617 9000");
    TEST_OK(client_bsp_encrypt(client, 5, test_hex("BF240100"), &out));
    CU_ASSERT_EQUAL(out.len, 26);
    finish("80500000 00000C 860400000005 8E04BF240100 0000");
    setup("9608 0102030405060708 9000");
    TEST_OK(client_bsp_mac(client, 5, test_hex("BF25"), mac));
    TEST_BYTES(BYTES_OF(mac), test_hex("0102030405060708"));
    finish("80510000 00000A 860400000005 8E02BF25 0000");
    setup("9000");
    TEST_OK(client_destroy(client, 6));
    finish("80530000 000006 860400000006");
    buf_clear(&out);
}

static const struct test_case cases[] = {
    {"get_status", get_status},
    {"status_text_is_printable", status_text_is_printable},
    {"status_of_a_policy", status_of_a_policy},
    {"initialise", initialise},
    {"initialise_bare", initialise_bare},
    {"pins", pins},
    {"wrong_pin", wrong_pin},
    {"random_bytes", random_bytes},
    {"policy", policy},
    {"policy_of_too_many_batches", policy_of_too_many_batches},
    {"keystore", keystore},
    {"journal", journal},
    {"journal_check", journal_check},
    {"retire_root", retire_root},
    {"objects", objects},
    {"keys", keys},
    {"certificates", certificates},
    {"derivation", derivation},
    {"segments", segments},
};
TEST_MAIN("token/client", cases)
