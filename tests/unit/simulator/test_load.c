/* A good load, from challenge to result (SGP.22 3.1.3, 2.5.5, 2.5.6). */
#include "simulator/kit.h"

#include <string.h>

#include "base/file.h"
#include "sgp22/metadata.h"

#define ICCID "89000123456789012341"

static void assert_stored(struct kit *kit, struct bytes expected)
{
    struct buf upp;
    struct iccid iccid;
    TEST_OK(iccid_parse(ICCID, &iccid));
    buf_init(&upp, UPP_MAX);
    TEST_OK(state_get_upp(kit->card->isdr.state, &iccid, &upp));
    TEST_BYTES(buf_bytes(&upp), expected);
    buf_clear(&upp);
}

/* Every script but the last is answered without data, the last with success. */
static void load_all(struct kit *kit)
{
    struct kit_package package;
    struct profile_installation_result result;

    kit_begin(kit);
    kit_build_package(kit, &package);
    CU_ASSERT_EQUAL(kit_load(kit, &package), package.count - 1);
    CU_ASSERT_TRUE_FATAL(kit_result(kit, &result));
    CU_ASSERT_TRUE(result.success);
    TEST_BYTES(result.transaction_id, BYTES_OF(kit->transaction_id));
    CU_ASSERT_EQUAL(result.notification.event, NOTIFICATION_INSTALL);
    TEST_BYTES(result.notification.address, bytes_make(KIT_ADDRESS, strlen(KIT_ADDRESS)));
    CU_ASSERT_TRUE(result.notification.has_iccid);
    CU_ASSERT_EQUAL(result.isdp_aid.len, 16);
    CU_ASSERT_TRUE(result.smdp_oid.len > 0);
    assert_stored(kit, buf_bytes(&kit->upp));
    /* what is left of a package finds nothing to do, and hides nothing */
    CU_ASSERT_EQUAL(kit_send(kit, buf_bytes(&package.script[package.count - 1])),
                    SW_DATA_NOT_FOUND);
    CU_ASSERT_EQUAL(kit_send(kit, buf_bytes(&package.script[0])), SW_CONDITIONS);
    CU_ASSERT_EQUAL(kit->card->isdr.state->profile_count, 1);
    kit_package_clear(&package);
}

static void test_with_replaced_keys(void)
{
    struct kit kit;
    kit_open(&kit, NULL);
    load_all(&kit);
    kit_close(&kit);
}

static void test_with_session_keys(void)
{
    struct kit kit;
    kit_open(&kit, NULL);
    buf_reset(&kit.ppk);
    load_all(&kit);
    kit_close(&kit);
}

/* Sizes around the segment's 1007 plaintext bytes. */
static void test_sizes(void)
{
    static const size_t sizes[] = {90, 1006, 1007, 1008, 1023, 2014, 2015, 20000};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct kit kit;
        kit_open(&kit, NULL);
        kit_make_upp(&kit.upp, ICCID, sizes[i]);
        load_all(&kit);
        kit_close(&kit);
    }
}

static void test_metadata_in_pieces(void)
{
    struct kit kit;
    kit_open(&kit, NULL);
    kit.metadata_piece = 40;
    load_all(&kit);
    kit_close(&kit);
}

/* Segments shorter than they could be are allowed. */
static void test_short_segments(void)
{
    struct kit kit;
    kit_open(&kit, NULL);
    kit.upp_piece = 500;
    load_all(&kit);
    kit_close(&kit);
}

static void test_hosts(void)
{
    for (size_t len = 1; len <= 16; len += 15) {
        static const uint8_t host_id[16] = {0x80, 0xFF};
        struct kit kit;
        kit_open(&kit, NULL);
        kit.host_id = bytes_make(host_id, len);
        load_all(&kit);
        kit_close(&kit);
    }
}

/* CERT.DPauth on brainpoolP256r1, the rest on P-256. */
static void test_other_curve_certificate(void)
{
    struct kit kit;
    struct pki_request request = {.role = CERT_ROLE_DPAUTH,
                                  .common_name = "Kit DP",
                                  .organisation = "Kit",
                                  .oid = KIT_DP_OID};
    EVP_PKEY *key = NULL;
    TEST_OK(ec_generate(EC_CURVE_BRAINPOOL_P256R1, &key));
    kit_open(&kit, NULL);
    kit.dpauth = kit_issue(&request, key, KIT_CI);
    kit.dpauth_key = key;
    load_all(&kit);
    kit_close(&kit);
    EVP_PKEY_free(key);
}

static void test_published_profiles(void)
{
    static const char *const files[] = {
        "ts48/TS48v7_SAIP2.3_BERTLV_SUCI.der", "ts48/TS48v7_SAIP2.3_BERTLV_SUCI_NoRAMRFM.der",
        "ts48/TS48v7_SAIP2.3_NoBERTLV.der", "ts48/TS48v7_SAIP2.3_NoBERTLV_NoRAMRFM.der"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path = test_data(files[i]);
        struct kit kit;
        if (!path) {
            test_note("published profiles not there: only the kit's own were loaded");
            return;
        }
        kit_open(&kit, NULL);
        buf_reset(&kit.upp);
        TEST_OK(file_read(path, &kit.upp));
        load_all(&kit);
        kit_close(&kit);
    }
}

static const struct test_case cases[] = {
    {"PPK set after ReplaceSessionKeys", test_with_replaced_keys},
    {"session keys throughout", test_with_session_keys},
    {"profile sizes", test_sizes},
    {"metadata in several segments", test_metadata_in_pieces},
    {"short segments", test_short_segments},
    {"host id lengths", test_hosts},
    {"DPauth on the other curve", test_other_curve_certificate},
    {"TS.48 profiles", test_published_profiles},
};
TEST_MAIN("simulator load", cases)
