/* Whether a PPK set may leave: the table (invariant 2 and the officer's policy). */
#include "engine/release_policy.h"
#include "engine/releases.h"
#include "support/test.h"

#define LINE TOKWIRE_ROLE_LINE
#define DP TOKWIRE_ROLE_DP
#define NONE RELEASE_NO_LIMIT
#define A                                                                                          \
    {                                                                                              \
        {                                                                                          \
            0x89, 0x04                                                                             \
        }                                                                                          \
    }
#define B                                                                                          \
    {                                                                                              \
        {                                                                                          \
            0x89, 0x05                                                                             \
        }                                                                                          \
    }

struct row {
    const char *name;
    struct release_request in;
    uint16_t sw;
};

static const struct row rows[] = {
    {"free", {LINE, false, A, A, NONE, 0, NONE, 0, 0, 100, false, false, false}, TOKWIRE_SW_OK},
    {"dp role", {DP, false, A, A, NONE, 0, NONE, 0, 0, 100, false, false, false}, TOKWIRE_SW_ROLE},
    {"no role", {0, false, A, A, NONE, 0, NONE, 0, 0, 100, false, false, false}, TOKWIRE_SW_ROLE},
    {"session used",
     {LINE, true, A, A, NONE, 0, NONE, 0, 0, 100, false, false, false},
     TOKWIRE_SW_STATE},
    {"other EID",
     {LINE, false, A, B, NONE, 0, NONE, 0, 0, 100, false, false, false},
     TOKWIRE_SW_EID_MISMATCH},
    {"other EID and expired",
     {LINE, false, A, B, 0, 0, NONE, 0, 50, 100, false, false, false},
     TOKWIRE_SW_EID_MISMATCH},
    {"before the date",
     {LINE, false, A, A, NONE, 0, NONE, 0, 101, 100, false, false, false},
     TOKWIRE_SW_OK},
    {"on the date",
     {LINE, false, A, A, NONE, 0, NONE, 0, 100, 100, false, false, false},
     TOKWIRE_SW_OK},
    {"past the date",
     {LINE, false, A, A, NONE, 0, NONE, 0, 99, 100, false, false, false},
     TOKWIRE_SW_EXPIRED},
    {"past the date, released before",
     {LINE, false, A, A, NONE, 1, NONE, 1, 99, 100, false, false, false},
     TOKWIRE_SW_EXPIRED},
    {"last of the quota",
     {LINE, false, A, A, 3, 2, NONE, 0, 0, 100, false, false, false},
     TOKWIRE_SW_OK},
    {"quota used up",
     {LINE, false, A, A, 3, 3, NONE, 0, 0, 100, false, false, false},
     TOKWIRE_SW_QUOTA},
    {"quota lowered below use",
     {LINE, false, A, A, 1, 3, NONE, 0, 0, 100, false, false, false},
     TOKWIRE_SW_QUOTA},
    {"quota of nothing",
     {LINE, false, A, A, 0, 0, NONE, 0, 0, 100, false, false, false},
     TOKWIRE_SW_QUOTA},
    {"quota used up, released before",
     {LINE, false, A, A, 3, 3, NONE, 1, 0, 100, false, false, false},
     TOKWIRE_SW_OK},
    {"a retry left",
     {LINE, false, A, A, NONE, 1, 2, 2, 0, 100, false, false, false},
     TOKWIRE_SW_OK},
    {"no retry left",
     {LINE, false, A, A, NONE, 1, 2, 3, 0, 100, false, false, false},
     TOKWIRE_SW_RETRIES},
    {"no retries at all",
     {LINE, false, A, A, NONE, 1, 0, 1, 0, 100, false, false, false},
     TOKWIRE_SW_RETRIES},
    {"root key retired",
     {LINE, false, A, A, NONE, 0, NONE, 0, 0, 100, true, false, false},
     TOKWIRE_SW_ROOT_RETIRED},
    {"another batch",
     {LINE, false, A, A, NONE, 0, NONE, 0, 0, 100, false, true, false},
     TOKWIRE_SW_BATCH},
    {"both, and past the date",
     {LINE, false, A, A, 0, 0, NONE, 0, 99, 100, true, true, false},
     TOKWIRE_SW_EXPIRED},
    {"both",
     {LINE, false, A, A, 0, 0, NONE, 0, 0, 100, true, true, false},
     TOKWIRE_SW_ROOT_RETIRED},
    {"another batch, quota used up",
     {LINE, false, A, A, 0, 0, NONE, 0, 0, 100, false, true, false},
     TOKWIRE_SW_BATCH},
    {"a CI's trust ended",
     {LINE, false, A, A, NONE, 0, NONE, 0, 0, 100, false, false, true},
     TOKWIRE_SW_CERT_CHAIN},
    {"a CI's trust ended, and expired",
     {LINE, false, A, A, 0, 0, NONE, 0, 50, 100, true, true, true},
     TOKWIRE_SW_CERT_CHAIN},
    {"other EID, and a CI's trust ended",
     {LINE, false, A, B, NONE, 0, NONE, 0, 0, 100, false, false, true},
     TOKWIRE_SW_EID_MISMATCH},
};

static void test_table(void)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uint16_t sw = release_policy(&rows[i].in);
        if (sw != rows[i].sw) {
            test_note("%s: %04X", rows[i].name, sw);
        }
        CU_ASSERT_EQUAL(sw, rows[i].sw);
    }
}

/* The set that the quota counts: distinct pairs, through several growths. */
static void test_releases(void)
{
    struct releases releases = {0};
    struct eid eid = A;
    struct iccid iccid = {{0x98}};
    CU_ASSERT_EQUAL(releases_count(&releases, &eid, &iccid), 0);
    for (unsigned i = 0; i < 1000; i++) {
        iccid.data[8] = (uint8_t)(i >> 8);
        iccid.data[9] = (uint8_t)i;
        TEST_OK(releases_add(&releases, &eid, &iccid));
        TEST_OK(releases_add(&releases, &eid, &iccid));
    }
    CU_ASSERT_EQUAL(releases.distinct, 1000);
    CU_ASSERT_EQUAL(releases.total, 2000);
    CU_ASSERT_EQUAL(releases_count(&releases, &eid, &iccid), 2);
    eid.data[15] = 1;
    CU_ASSERT_EQUAL(releases_count(&releases, &eid, &iccid), 0);
    releases_clear(&releases);
}

static const struct test_case cases[] = {
    {"policy table", test_table},
    {"set of releases", test_releases},
};
TEST_MAIN("engine/release_policy", cases)
