/* Orders: the package checked, the metadata built from it. */
#include "fixture/fixture.h"
#include "support/test.h"

#include <stdlib.h>
#include <string.h>

#include "dpplus/order.h"
#include "sgp22/tags.h"
#include "tlv/tlv.h"

static const char eid[] = "89049032123451234512345678901235";
static const char iccid[] = "89000123456789012341";

static struct order_request request_of(struct bytes upp)
{
    return (struct order_request){
        .eid = eid, .upp = upp, .upp_name = "profile", .profile_class = PROFILE_CLASS_UNSTATED};
}

static bool text_is(struct bytes actual, const char *expected)
{
    return bytes_equal(actual, bytes_make(expected, strlen(expected)));
}

static void metadata_is_built_from_the_profile(void)
{
    struct order_request request = request_of(fixture_upp(iccid, 1));
    struct store_metadata metadata;
    char text[ICCID_TEXT_SIZE];
    struct dp_failure failure;
    struct order order;

    request.address = "dp.example.com";
    TEST_OK(order_prepare(&request, &order, &failure));
    TEST_OK(store_metadata_decode(buf_bytes(&order.metadata), &metadata));
    CU_ASSERT_STRING_EQUAL(iccid_text(&metadata.iccid, text), iccid);
    CU_ASSERT_TRUE(text_is(metadata.profile_name, "euicc-line test profile"));
    CU_ASSERT_TRUE(text_is(metadata.service_provider_name, "Operator"));
    CU_ASSERT_EQUAL(metadata.profile_class, PROFILE_CLASS_TEST);
    CU_ASSERT_TRUE(text_is(metadata.notification_address, "dp.example.com"));
    order_clear(&order);
}

static void options_win(void)
{
    struct order_request request = request_of(fixture_upp(iccid, 1));
    struct store_metadata metadata;
    struct dp_failure failure;
    struct order order;

    request.profile_name = "Zürich 1";
    request.service_provider = "Ops";
    request.profile_class = PROFILE_CLASS_OPERATIONAL;
    TEST_OK(order_prepare(&request, &order, &failure));
    TEST_OK(store_metadata_decode(buf_bytes(&order.metadata), &metadata));
    CU_ASSERT_TRUE(text_is(metadata.profile_name, "Zürich 1"));
    CU_ASSERT_TRUE(text_is(metadata.service_provider_name, "Ops"));
    CU_ASSERT_EQUAL(metadata.profile_class, PROFILE_CLASS_OPERATIONAL);
    CU_ASSERT_EQUAL(metadata.notification_address.len, 0);
    order_clear(&order);
}

static void published_profiles_are_accepted(void)
{
    static const char *const names[] = {"ts48/TS48v7_SAIP2.3_NoBERTLV.der",
                                        "ts48/TS48v7_SAIP2.3_BERTLV_SUCI.der",
                                        "ts48/TS48v7_SAIP2.3_NoBERTLV_NoRAMRFM.der",
                                        "ts48/TS48v7_SAIP2.3_BERTLV_SUCI_NoRAMRFM.der"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *path = test_data(names[i]);
        struct order_request request;
        char text[ICCID_TEXT_SIZE];
        struct dp_failure failure;
        struct order order;

        if (path == NULL) {
            test_note("TS.48 profiles are not there: not ordered");
            return;
        }
        request = request_of(fixture_file(path));
        TEST_OK(order_prepare(&request, &order, &failure));
        CU_ASSERT_STRING_EQUAL(iccid_text(&order.iccid, text), "89000123456789012341");
        CU_ASSERT_EQUAL(order.profile_class, PROFILE_CLASS_TEST);
        order_clear(&order);
    }
}

static void wrong_requests_are_refused(void)
{
    static const struct {
        const char *eid, *name, *provider, *address, *says;
    } bad[] = {
        {"8904903212345123451234567890123", NULL, NULL, NULL, "32 decimal digits"},
        {"89049032123451234512345678901236", NULL, NULL, NULL, "check digits"},
        {"8904903212345123451234567890123x", NULL, NULL, NULL, "32 decimal digits"},
        {eid, "", NULL, NULL, "profile name"},
        {eid, "a\nb", NULL, NULL, "printable"},
        {eid, "\xC3", NULL, NULL, "printable"},
        {eid, "\xED\xA0\x80", NULL, NULL, "printable"},
        {eid, "\xC0\xAF", NULL, NULL, "printable"},
        {eid, "12345678901234567890123456789012345678901234567890123456789012345", NULL, NULL,
         "1 to 64 bytes"},
        {eid, NULL, "123456789012345678901234567890123", NULL, "1 to 32 bytes"},
        {eid, NULL, NULL, "", "FQDN"},
        {eid, NULL, NULL, "a..b", "FQDN"},
        {eid, NULL, NULL, "-a.b", "FQDN"},
        {eid, NULL, NULL, "a-.b", "FQDN"},
        {eid, NULL, NULL, "a b", "FQDN"},
        {eid, NULL, NULL, "a.b.", "FQDN"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct order_request request = request_of(fixture_upp(iccid, 1));
        struct dp_failure failure = {0};
        struct order order;

        request.eid = bad[i].eid;
        request.profile_name = bad[i].name;
        request.service_provider = bad[i].provider;
        request.address = bad[i].address;
        CU_ASSERT_NOT_EQUAL(order_prepare(&request, &order, &failure), ERR_OK);
        CU_ASSERT_EQUAL(failure.area, DP_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, bad[i].says));
        order_clear(&order);
    }
}

/* A package of the elements given, its header naming `header_iccid`. */
static void package(struct buf *out, const char *type, size_t type_len, bool header_first,
                    bool end_last)
{
    static const uint8_t plain[] = {0x89, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0x01, 0x23, 0x41};
    size_t header;

    if (!header_first) {
        tlv_put(out, TAG_PE_MF, BYTES_NONE);
    }
    header = tlv_open(out, TAG_PE_HEADER);
    tlv_put_uint(out, TAG_PE_MAJOR_VERSION, 2);
    tlv_put_uint(out, TAG_PE_MINOR_VERSION, 3);
    tlv_put(out, TAG_PE_PROFILE_TYPE, bytes_make(type, type_len));
    tlv_put(out, TAG_PE_ICCID, BYTES_OF(plain));
    tlv_close(out, header);
    tlv_put(out, end_last ? TAG_PE_END : TAG_PE_MF, BYTES_NONE);
}

static void broken_packages_are_refused(void)
{
    static const struct {
        bool header_first, end_last, more;
    } shapes[] = {
        {true, true, false}, {false, true, false}, {true, false, false}, {true, true, true}};

    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        struct dp_failure failure = {0};
        struct order_request request;
        struct order order;
        struct buf upp;

        buf_init(&upp, UPP_MAX);
        package(&upp, "x", 1, shapes[i].header_first, shapes[i].end_last);
        if (shapes[i].more) {
            buf_put_u8(&upp, 0);
        }
        request = request_of(buf_bytes(&upp));
        TEST_ERR(order_prepare(&request, &order, &failure) == ERR_OK, i == 0);
        if (i != 0) {
            CU_ASSERT_EQUAL(failure.area, DP_BOOK);
            CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "no valid profile package"));
        } else {
            CU_ASSERT_EQUAL(order.profile_class, PROFILE_CLASS_OPERATIONAL);
        }
        order_clear(&order);
        buf_clear(&upp);
    }
}

/* EF.ICCID of another ICCID than the header's. */
static void disagreeing_iccid_is_refused(void)
{
    struct bytes good = fixture_upp(iccid, 1);
    struct order_request request;
    struct dp_failure failure = {0};
    struct order order;
    uint8_t *bad = malloc(good.len);
    static const uint8_t swapped[] = {0x98, 0x00, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x14};
    uint8_t *at;

    CU_ASSERT_PTR_NOT_NULL_FATAL(bad);
    memcpy(bad, good.data, good.len);
    at = memmem(bad, good.len, swapped, sizeof(swapped));
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    at[9] ^= 0x01;
    request = request_of(bytes_make(bad, good.len));
    TEST_ERR(order_prepare(&request, &order, &failure), ERR_MISMATCH);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure.text, "ICCID"));
    order_clear(&order);
    free(bad);
}

static void profile_type_of_a_hostile_header(void)
{
    static const struct {
        const char *type;
        size_t len;
        enum err err;
    } types[] = {
        {"a\0b", 3, ERR_MALFORMED},
        {"\x1b[2J", 4, ERR_MALFORMED},
        {"\xF8\x88\x80\x80\x80", 5, ERR_MALFORMED},
        {"", 0, ERR_OK},
        {"Ā very löng näme that goes on and on and on and on, past sixty-four bytes", 76, ERR_OK}};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        struct dp_failure failure;
        struct order_request request;
        struct order order;
        struct buf upp;

        buf_init(&upp, UPP_MAX);
        package(&upp, types[i].type, types[i].len, true, true);
        request = request_of(buf_bytes(&upp));
        TEST_ERR(order_prepare(&request, &order, &failure), types[i].err);
        CU_ASSERT_TRUE(strlen(order.profile_name) <= PROFILE_NAME_MAX);
        CU_ASSERT_TRUE(types[i].err != ERR_OK || order.profile_name[0] != '\0');
        order_clear(&order);
        buf_clear(&upp);
    }
}

static const struct test_case cases[] = {
    {"metadata is built from the profile", metadata_is_built_from_the_profile},
    {"options win", options_win},
    {"published profiles are accepted", published_profiles_are_accepted},
    {"wrong requests are refused", wrong_requests_are_refused},
    {"broken packages are refused", broken_packages_are_refused},
    {"disagreeing ICCID is refused", disagreeing_iccid_is_refused},
    {"profile type of a hostile header", profile_type_of_a_hostile_header},
};

TEST_MAIN("provisioning/dpplus/order", cases)
