/* Segmentation of a bound profile package (SGP.22 2.5.5) and its loading. */
#include <string.h>

#include "card.h"
#include "euicc/es10b.h"
#include "support/test.h"

static const char result_hex[] = "BF3706BF2703800101";

static struct bytes segment(uint8_t tag, size_t len)
{
    return card_tlv(tag, card_fill(tag, len));
}

/* BF36{BF23, A0{87}, A1{88,88}, [A2{87}], A3{86,86,86}} */
static struct bytes package(bool replace)
{
    struct bytes out = card_tlv(0xBF23, card_fill(0x23, 100));
    out = card_join(out, card_tlv(0xA0, segment(0x87, 24)));
    out = card_join(out, card_tlv(0xA1, card_join(segment(0x88, 1016), segment(0x88, 20))));
    if (replace) {
        out = card_join(out, card_tlv(0xA2, segment(0x87, 72)));
    }
    struct bytes elements = card_join(segment(0x86, 1016), segment(0x86, 1016));
    return card_tlv(0xBF36, card_join(out, card_tlv(0xA3, card_join(elements, segment(0x86, 24)))));
}

/* First byte, first two lengths and count of the scripts as they come. */
struct seen {
    size_t count, total;
    uint8_t first[16];
    size_t len[16];
};

static enum err note(void *context, struct bytes script)
{
    struct seen *seen = context;
    if (seen->count == 16) {
        return ERR_RANGE;
    }
    seen->first[seen->count] = script.data[0];
    seen->len[seen->count++] = script.len;
    seen->total += script.len;
    return ERR_OK;
}

static void scripts_are_those_of_2_5_5(void)
{
    static const uint8_t with[] = {0xBF, 0xA0, 0xA1, 0x88, 0x88, 0xA2, 0xA3, 0x86, 0x86, 0x86};
    static const uint8_t without[] = {0xBF, 0xA0, 0xA1, 0x88, 0x88, 0xA3, 0x86, 0x86, 0x86};
    struct seen seen = {0};
    struct bytes bpp = package(true);

    TEST_OK(bpp_scripts(bpp, note, &seen));
    TEST_BYTES(bytes_make(seen.first, seen.count), BYTES_OF(with));
    CU_ASSERT_EQUAL(seen.total, bpp.len);
    CU_ASSERT_EQUAL(seen.len[0], 5 + 3 + 100); /* BF36 82.. and the whole BF23 */
    CU_ASSERT_EQUAL(seen.len[1], 2 + 26);      /* the whole A0 */
    CU_ASSERT_EQUAL(seen.len[2], 4);           /* A1, tag and length */
    CU_ASSERT_EQUAL(seen.len[3], 1020);
    CU_ASSERT_EQUAL(seen.len[5], 2 + 74); /* the whole A2 */
    CU_ASSERT_EQUAL(seen.len[6], 4);      /* A3, tag and length */
    seen = (struct seen){0};
    TEST_OK(bpp_scripts(package(false), note, &seen));
    TEST_BYTES(bytes_make(seen.first, seen.count), BYTES_OF(without));
}

/* What is no package leaves no byte. */
static void malformed_packages_are_refused_whole(void)
{
    struct bytes head = card_tlv(0xBF23, card_fill(1, 10));
    struct bytes a0 = card_tlv(0xA0, segment(0x87, 24));
    struct bytes a1 = card_tlv(0xA1, segment(0x88, 24));
    struct bytes a3 = card_tlv(0xA3, segment(0x86, 24));
    const struct bytes bad[] = {
        card_join(card_join(a0, a1), a3),                                 /* no BF23 */
        card_join(card_join(head, a1), a3),                               /* no A0 */
        card_join(card_join(head, a0), a3),                               /* no A1 */
        card_join(card_join(head, a0), a1),                               /* no A3 */
        card_join(card_join(card_join(head, a1), a0), a3),                /* order */
        card_join(card_join(card_join(head, a0), a1), card_join(a3, a3)), /* behind */
        card_join(card_join(card_join(head, a0), a1), card_tlv(0xA3, BYTES_NONE)),
        card_join(card_join(card_join(head, a0), a1), card_tlv(0xA3, segment(0x87, 24))),
        card_join(card_join(card_join(head, a0), a1), card_tlv(0xA3, segment(0x86, 1017))),
    };
    struct bytes good = package(true);
    struct seen seen = {0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        CU_ASSERT_NOT_EQUAL(bpp_scripts(card_tlv(0xBF36, bad[i]), note, &seen), ERR_OK);
        CU_ASSERT_EQUAL(seen.count, 0);
    }
    for (size_t len = 0; len < good.len; len += 7) {
        CU_ASSERT_NOT_EQUAL(bpp_scripts(bytes_make(good.data, len), note, &seen), ERR_OK);
    }
    CU_ASSERT_NOT_EQUAL(bpp_scripts(card_join(good, test_hex("00")), note, &seen), ERR_OK);
    CU_ASSERT_EQUAL(seen.count, 0);
}

struct steps_seen {
    size_t count, last, total;
};

static void step(void *context, size_t done, size_t total)
{
    struct steps_seen *seen = context;
    CU_ASSERT_TRUE(done > seen->last);
    seen->count++;
    seen->last = done;
    seen->total = total;
}

/* 24 STORE DATA for package(true): blocks of 1, 1, 1, 4, 1, 1, 1, 4, 4, 1 scripts. */
enum { COMMANDS_BEFORE_LAST = 18 };

static void load_with(const struct card_step *last, size_t last_count, enum err expected,
                      size_t *progressed)
{
    struct card_step steps[COMMANDS_BEFORE_LAST + 8];
    struct steps_seen seen = {0};
    const struct bpp_progress progress = {step, &seen};
    struct card card;
    struct buf result;

    for (size_t i = 0; i < COMMANDS_BEFORE_LAST; i++) {
        steps[i] = (struct card_step){NULL, "9000", ERR_OK};
    }
    memcpy(steps + COMMANDS_BEFORE_LAST, last, last_count * sizeof(*last));
    buf_init(&result, ES10_RESPONSE_MAX);
    card_steps(&card, steps, COMMANDS_BEFORE_LAST + last_count);
    TEST_ERR(es10b_load_bound_profile_package(&card.isdr, package(true), &progress, &result),
             expected);
    CU_ASSERT_TRUE(card_done(&card));
    if (expected == ERR_OK) {
        TEST_BYTES(buf_bytes(&result), test_hex(result_hex));
    } else {
        CU_ASSERT_EQUAL(result.len, 0);
    }
    *progressed = seen.count;
    card_clear(&card);
    buf_clear(&result);
}

static void result_comes_at_the_end(void)
{
    static const struct card_step plain[] = {{NULL, "BF3706BF2703800101 9000", ERR_OK}};
    static const struct card_step fetched[] = {{NULL, "6109", ERR_OK},
                                               {"00C0000009", "BF3706BF2703800101 9000", ERR_OK}};
    static const struct card_step hidden[] = {
        {NULL, "6109", ERR_OK}, {NULL, "BF3706BF2703800101 6100", ERR_OK}, {NULL, "6A88", ERR_OK}};
    size_t progressed;

    load_with(plain, 1, ERR_OK, &progressed);
    CU_ASSERT_EQUAL(progressed, 10);
    load_with(fetched, 2, ERR_OK, &progressed);
    load_with(hidden, 3, ERR_OK, &progressed);
}

static void no_result_is_an_error(void)
{
    static const struct card_step none[] = {{NULL, "9000", ERR_OK}};
    static const struct card_step word[] = {{NULL, "6985", ERR_OK}};
    static const struct card_step link[] = {{NULL, NULL, ERR_CLOSED}};
    static const struct card_step cut[] = {{NULL, "BF3706BF2703 9000", ERR_OK}};
    static const struct card_step other[] = {{NULL, "BF3800 9000", ERR_OK}};
    static const struct card_step huge[] = {{NULL, "BF3784FFFFFFFF 9000", ERR_OK}};
    size_t progressed;

    load_with(none, 1, ERR_REFUSED, &progressed);
    load_with(word, 1, ERR_REFUSED, &progressed);
    load_with(link, 1, ERR_CLOSED, &progressed);
    load_with(cut, 1, ERR_TRUNCATED, &progressed);
    load_with(other, 1, ERR_TAG, &progressed);
    load_with(huge, 1, ERR_TRUNCATED, &progressed);
}

/* 2.5.5: the eUICC answers at the first error, and nothing is sent after. */
static void first_result_stops_the_load(void)
{
    static const struct card_step steps[] = {{NULL, "9000", ERR_OK},
                                             {NULL, "BF3706BF2703800101 6A88", ERR_OK}};
    struct card card;
    struct buf result;

    buf_init(&result, ES10_RESPONSE_MAX);
    card_steps(&card, steps, 2);
    TEST_OK(es10b_load_bound_profile_package(&card.isdr, package(true), NULL, &result));
    TEST_BYTES(buf_bytes(&result), test_hex(result_hex));
    CU_ASSERT_EQUAL(card.transmitted, 2);
    card_clear(&card);
    card_steps(&card, steps, 2);
    TEST_ERR(es10b_load_bound_profile_package(&card.isdr, test_hex("BF3600"), NULL, &result),
             ERR_MALFORMED);
    CU_ASSERT_EQUAL(card.transmitted, 0);
    CU_ASSERT_EQUAL(result.len, 0);
    card_clear(&card);
    buf_clear(&result);
}

static const struct test_case cases[] = {
    {"scripts are those of 2.5.5", scripts_are_those_of_2_5_5},
    {"malformed packages are refused whole", malformed_packages_are_refused_whole},
    {"result at the end", result_comes_at_the_end},
    {"no result is an error", no_result_is_an_error},
    {"first result stops the load", first_result_stops_the_load},
};
TEST_MAIN("euicc/load", cases)
