/* The doctor's verdict on what a key store says of itself, and its row. */
#include <string.h>

#include <cjson/cJSON.h>

#include "admin/doctor.h"
#include "support/test.h"

struct row {
    uint8_t capability_class, verdict;
    const char *name;
};

/* A key store that does all, and what each case below changes. */
static const struct row all_good[] = {
    {TOKWIRE_CAPABILITY_MECHANISM, TOKWIRE_VERDICT_YES, "CKM_AES_CMAC"},
    {TOKWIRE_CAPABILITY_CMAC_KEY, TOKWIRE_VERDICT_YES, "CKA_SENSITIVE true"},
    {TOKWIRE_CAPABILITY_EC_KEY, TOKWIRE_VERDICT_YES, "CKA_COPYABLE false"},
    {TOKWIRE_CAPABILITY_USE, TOKWIRE_VERDICT_YES, "AES-CMAC"},
    {TOKWIRE_CAPABILITY_USE, TOKWIRE_VERDICT_YES, "refuses to show a root key"},
    {TOKWIRE_CAPABILITY_USE, TOKWIRE_VERDICT_YES, "refuses an extractable copy"},
    {TOKWIRE_CAPABILITY_USE, TOKWIRE_VERDICT_YES, "ECDSA on P-256"},
    {TOKWIRE_CAPABILITY_USE, TOKWIRE_VERDICT_YES, "ECDSA on brainpoolP256r1"},
    {TOKWIRE_CAPABILITY_USE, TOKWIRE_VERDICT_YES, "journal anchor"},
    {TOKWIRE_CAPABILITY_USE, TOKWIRE_VERDICT_YES, "a token for each initialisation"},
};
enum { ROWS = sizeof(all_good) / sizeof(all_good[0]) };

static const struct client_keystore keystore = {.module = "Library | 1", .token = "Token"};

static void put(struct buf *out, const struct row *row)
{
    tlv_put_header(out, TOKWIRE_F_CAPABILITY, 2 + strlen(row->name));
    buf_put_u8(out, row->capability_class);
    buf_put_u8(out, row->verdict);
    buf_put_str(out, row->name);
}

/* The good one with the verdict of one name changed; NULL: none. */
static struct doctor judge(const char *name, uint8_t verdict)
{
    struct doctor doctor;
    struct buf capabilities;
    buf_init(&capabilities, 4096);
    for (size_t i = 0; i < ROWS; i++) {
        struct row row = all_good[i];
        row.verdict = name != NULL && strcmp(name, row.name) == 0 ? verdict : row.verdict;
        put(&capabilities, &row);
    }
    TEST_OK(doctor_judge(&keystore, buf_bytes(&capabilities), &doctor));
    CU_ASSERT_EQUAL(doctor.count, ROWS);
    buf_clear(&capabilities);
    return doctor;
}

static void verdicts(void)
{
    static const struct {
        const char *name;
        uint8_t verdict;
        size_t reservations, faults;
    } rows[] = {
        {NULL, 0, 0, 0},
        {"CKM_AES_CMAC", TOKWIRE_VERDICT_NO, 0, 0},
        {"AES-CMAC", TOKWIRE_VERDICT_BUILT, 0, 0},
        {"AES-CMAC", TOKWIRE_VERDICT_NO, 0, 1},
        {"ECDSA on P-256", TOKWIRE_VERDICT_NO, 0, 1},
        {"ECDSA on brainpoolP256r1", TOKWIRE_VERDICT_NO, 1, 0},
        {"refuses to show a root key", TOKWIRE_VERDICT_NO, 0, 1},
        {"refuses an extractable copy", TOKWIRE_VERDICT_NO, 1, 0},
        {"CKA_SENSITIVE true", TOKWIRE_VERDICT_NO, 0, 1},
        {"CKA_COPYABLE false", TOKWIRE_VERDICT_NO, 0, 1},
        {"CKA_COPYABLE false", TOKWIRE_VERDICT_UNTOLD, 0, 0},
        {"journal anchor", TOKWIRE_VERDICT_BUILT, 0, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct doctor doctor = judge(rows[i].name, rows[i].verdict);
        CU_ASSERT_EQUAL(doctor.reservations, rows[i].reservations);
        CU_ASSERT_EQUAL(doctor.faults, rows[i].faults);
        CU_ASSERT_EQUAL(doctor_usable(&doctor), rows[i].faults == 0);
        doctor.tampered = TOKWIRE_FAULT_KEYS;
        CU_ASSERT_FALSE(doctor_usable(&doctor));
    }
    CU_ASSERT_STRING_EQUAL(doctor_verdict_name(TOKWIRE_VERDICT_UNTOLD), "untold");
    CU_ASSERT_STRING_EQUAL(doctor_verdict_name(77), "?");
}

/* An engine that did not even try what is needed, or says more than there is room
 * for, or nonsense. */
static void odd_answers(void)
{
    struct doctor doctor;
    struct buf capabilities;
    const struct row unknown = {77, 88, "something new"};
    TEST_OK(doctor_judge(&keystore, BYTES_NONE, &doctor));
    CU_ASSERT_FALSE(doctor_usable(&doctor));
    buf_init(&capabilities, 65536);
    put(&capabilities, &unknown);
    TEST_OK(doctor_judge(&keystore, buf_bytes(&capabilities), &doctor));
    CU_ASSERT_EQUAL(doctor.count, 1);
    for (size_t i = 0; i < DOCTOR_FINDINGS_MAX; i++) {
        put(&capabilities, &unknown);
    }
    TEST_ERR(doctor_judge(&keystore, buf_bytes(&capabilities), &doctor), ERR_RANGE);
    TEST_ERR(doctor_judge(&keystore, test_hex("9F2C 04 0101"), &doctor), ERR_MALFORMED);
    buf_clear(&capabilities);
}

static void expect_row(const struct doctor *doctor, const char *name, const char *expected)
{
    struct buf row;
    buf_init(&row, DOCTOR_ROW_MAX);
    TEST_OK(doctor_row(doctor, name, &row));
    buf_put_u8(&row, 0);
    CU_ASSERT_STRING_EQUAL((const char *)row.data, expected);
    buf_clear(&row);
}

static void rows(void)
{
    struct doctor doctor = judge(NULL, 0);
    expect_row(&doctor, "Name",
               "| Name | native | P-256, brainpoolP256r1 | - | - | data objects | one for each "
               "initialisation | yes |");
    /* What would end a cell does not. */
    doctor = judge("AES-CMAC", TOKWIRE_VERDICT_BUILT);
    expect_row(&doctor, NULL,
               "| Library \\| 1 | built | P-256, brainpoolP256r1 | - | - | data objects | one for "
               "each initialisation | yes |");
    doctor = judge("refuses an extractable copy", TOKWIRE_VERDICT_NO);
    expect_row(&doctor, "Name",
               "| Name | native | P-256, brainpoolP256r1 | - | an extractable copy | data objects "
               "| one for each initialisation | with reservations |");
    doctor = judge("CKA_SENSITIVE true", TOKWIRE_VERDICT_NO);
    expect_row(&doctor, "Name",
               "| Name | native | P-256, brainpoolP256r1 | CKA_SENSITIVE | - | data objects | one "
               "for each initialisation | no |");
}

static void json(void)
{
    char *text = NULL;
    struct doctor doctor = judge("refuses an extractable copy", TOKWIRE_VERDICT_NO);
    TEST_OK(doctor_json(&doctor, NULL, &text));
    cJSON *json = cJSON_Parse(text);
    CU_ASSERT_PTR_NOT_NULL_FATAL(json);
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(cJSON_GetObjectItem(json, "module")),
                           "Library | 1");
    CU_ASSERT_TRUE(cJSON_IsTrue(cJSON_GetObjectItem(json, "usable")));
    CU_ASSERT_TRUE(cJSON_IsNull(cJSON_GetObjectItem(json, "tampered")));
    const cJSON *uses = cJSON_GetObjectItem(json, "uses");
    CU_ASSERT_EQUAL(cJSON_GetArraySize(uses), 7);
    const cJSON *copy = cJSON_GetArrayItem(uses, 2);
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(cJSON_GetObjectItem(copy, "verdict")), "no");
    CU_ASSERT_STRING_EQUAL(cJSON_GetStringValue(cJSON_GetObjectItem(copy, "weight")),
                           "reservation");
    cJSON_Delete(json);
    cJSON_free(text);
}

static const struct test_case cases[] = {
    {"verdicts", verdicts},
    {"odd_answers", odd_answers},
    {"rows", rows},
    {"json", json},
};
TEST_MAIN("token/admin doctor", cases)
