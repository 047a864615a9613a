/* Results: believed only as far as the chip signed them. */
#include "fixture/fixture.h"
#include "support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hex.h"
#include "dpplus/export.h"
#include "dpplus/results.h"

static const char iccid1[] = "89000123456789012341";
static const char iccid2[] = "8900012345678901299";
static const char header[] = "{\"format\":\"ppr\",\"version\":1,\"station\":\"s1\"}\n";

/* A book whose two orders for the fixture's chip went out in one batch. */
struct field {
    struct orderbook *book;
    char batch[2 * BATCH_ID_SIZE + 1];
};

static void field_open(struct field *field, const char *name)
{
    struct protector *protector = fixture_protector();
    struct export_summary summary;
    struct dp_failure failure = {0};
    char path[64];

    field->book = NULL;
    TEST_OK(orderbook_open(fixture_path(name), ORDERBOOK_CREATE, &field->book, &failure));
    TEST_OK(fixture_order(field->book, fixture_pki()->eid, iccid1, &failure));
    TEST_OK(fixture_order(field->book, fixture_pki()->eid, iccid2, &failure));
    snprintf(path, sizeof(path), "%s.ppb", name);
    TEST_OK(export_run(field->book, protector, NULL, fixture_path(path), &summary, &failure));
    hex_encode(BYTES_OF(summary.id), field->batch);
    protector_close(&protector);
}

/* One line of the file. pir empty: none. */
static void line_put(struct buf *out, const char *eid, const char *iccid, const char *batch,
                     const char *result, struct bytes pir, const struct cert *euicc,
                     const struct cert *eum)
{
    char text[400];

    snprintf(text, sizeof(text),
             "{\"eid\":\"%s\",\"iccid\":\"%s\",\"batch\":\"%s\",\"result\":\"%s\"", eid, iccid,
             batch, result);
    buf_put_str(out, text);
    if (pir.len > 0) {
        buf_put_str(out, ",\"pir\":\"");
        hex_put(out, pir);
        buf_put_str(out, "\",\"euicc_certificate\":\"");
        hex_put(out, buf_bytes(&euicc->der));
        buf_put_str(out, "\",\"eum_certificate\":\"");
        hex_put(out, buf_bytes(&eum->der));
        buf_put_str(out, "\"");
    }
    if (strcmp(result, "failed") == 0) {
        buf_put_str(out, ",\"error\":\"timeout\",\"stage\":\"load\"");
    }
    buf_put_str(out, ",\"time\":\"2026-11-23T10:58:40Z\"}\n");
}

static void count_report(void *context, const struct result_report *report)
{
    const char **why = context;

    if (report->outcome == RESULT_REFUSED && why != NULL) {
        static char last[160];
        snprintf(last, sizeof(last), "%s", report->why);
        *why = last;
    }
}

static enum err import_text(struct field *field, struct bytes text, struct results_summary *summary,
                            const char **why)
{
    struct cert *cis[] = {fixture_pki()->ci};
    struct result_trust trust = {.cis = cis, .ci_count = 1, .now = time(NULL)};
    struct dp_failure failure;

    fixture_write(fixture_path("in.ppr"), text);
    return results_import(field->book, fixture_path("in.ppr"), &trust, count_report, why, summary,
                          &failure);
}

static void state_of(struct field *field, const char *iccid, char state[16])
{
    struct order_identity identity;
    struct dp_failure failure;

    TEST_OK(orderbook_identify(field->book, iccid, field->batch, &identity, &failure));
    snprintf(state, 16, "%s", identity.state);
}

#define ASSERT_STATE(field, iccid, expected)                                                       \
    do {                                                                                           \
        char state_now[16];                                                                        \
        state_of(field, iccid, state_now);                                                         \
        CU_ASSERT_STRING_EQUAL(state_now, expected);                                               \
    } while (0)

static void signed_results_are_proof(void)
{
    const struct fixture_pki *pki = fixture_pki();
    struct results_summary summary;
    struct field field;
    struct buf text;

    field_open(&field, "signed.db");
    buf_init(&text, 1 << 20);
    buf_put_str(&text, header);
    line_put(&text, pki->eid, iccid1, field.batch, "downloaded",
             fixture_pir(iccid1, true, "2.999.10"), pki->euicc, pki->eum);
    line_put(&text, pki->eid, iccid2, field.batch, "failed", fixture_pir(iccid2, false, "2.999.10"),
             pki->euicc, pki->eum);
    TEST_OK(import_text(&field, buf_bytes(&text), &summary, NULL));
    CU_ASSERT_EQUAL(summary.installed, 1);
    CU_ASSERT_EQUAL(summary.failed, 1);
    CU_ASSERT_EQUAL(summary.refused, 0);
    ASSERT_STATE(&field, iccid1, "installed");
    ASSERT_STATE(&field, iccid2, "error");
    /* the same file again changes nothing */
    TEST_OK(import_text(&field, buf_bytes(&text), &summary, NULL));
    CU_ASSERT_EQUAL(summary.known, 2);
    CU_ASSERT_EQUAL(summary.installed + summary.failed + summary.refused, 0);
    ASSERT_STATE(&field, iccid1, "installed");
    buf_clear(&text);
    orderbook_close(&field.book);
}

/* Invariant 4: without the chip's signature it is the line's word. */
static void unsigned_results_are_claims(void)
{
    const struct fixture_pki *pki = fixture_pki();
    static const struct {
        const char *result;
        bool signed_pir;
        const char *state;
    } steps[] = {
        {"failed", false, "error"},         {"downloaded", false, "downloaded"},
        {"failed", false, "downloaded"},    {"downloaded", true, "installed"},
        {"downloaded", false, "installed"}, {"failed", false, "installed"},
    };
    struct field field;

    field_open(&field, "unsigned.db");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct results_summary summary;
        struct bytes pir = steps[i].signed_pir ? fixture_pir(iccid1, true, "2.999.10") : BYTES_NONE;
        struct buf text;

        buf_init(&text, 1 << 20);
        buf_put_str(&text, header);
        line_put(&text, pki->eid, iccid1, field.batch, steps[i].result, pir, pki->euicc, pki->eum);
        TEST_OK(import_text(&field, buf_bytes(&text), &summary, NULL));
        CU_ASSERT_EQUAL(summary.refused, 0);
        ASSERT_STATE(&field, iccid1, steps[i].state);
        buf_clear(&text);
    }
    orderbook_close(&field.book);
}

static void false_results_are_refused(void)
{
    const struct fixture_pki *pki = fixture_pki();
    static const char no_batch[] = "00000000000000000000000000000000";
    struct bytes good = fixture_pir(iccid1, true, "2.999.10");
    struct cert *other_euicc, *other_eum;
    struct field field;

    field_open(&field, "false.db");
    CU_ASSERT_TRUE_FATAL(
        fixture_shell("provisioning/pki/make-pki.sh --out %s", fixture_path("foreign")));
    other_euicc = fixture_cert(fixture_path("foreign/euicc.der"));
    other_eum = fixture_cert(fixture_path("foreign/eum.der"));
    const struct {
        const char *eid, *iccid, *batch, *result;
        struct bytes pir;
        const struct cert *euicc, *eum;
        const char *says;
    } bad[] = {
        {"89049032123451234512345678901235", iccid1, field.batch, "downloaded", good, pki->euicc,
         pki->eum, "another EID"},
        {pki->eid, "89000123456789012358", field.batch, "downloaded", good, pki->euicc, pki->eum,
         "no such ICCID"},
        {pki->eid, iccid1, no_batch, "downloaded", good, pki->euicc, pki->eum, "did not carry"},
        {pki->eid, iccid2, field.batch, "downloaded", good, pki->euicc, pki->eum, "another ICCID"},
        {pki->eid, iccid1, field.batch, "failed", good, pki->euicc, pki->eum, "otherwise"},
        {pki->eid, iccid1, field.batch, "downloaded", fixture_pir(iccid1, false, "2.999.10"),
         pki->euicc, pki->eum, "otherwise"},
        {pki->eid, iccid1, field.batch, "downloaded", fixture_pir(NULL, true, "2.999.10"),
         pki->euicc, pki->eum, "no ICCID"},
        {pki->eid, iccid1, field.batch, "downloaded", fixture_pir(iccid1, true, "2.999.11"),
         pki->euicc, pki->eum, "another DP+"},
        {pki->eid, iccid1, field.batch, "downloaded", good, other_euicc, other_eum,
         "no trusted CI"},
        {pki->eid, iccid1, field.batch, "downloaded", good, pki->eum, pki->eum, "role"},
        {pki->eid, iccid1, field.batch, "downloaded", bytes_make("\x01\x02", 2), pki->euicc,
         pki->eum, "does not parse"},
        {pki->eid, iccid1, field.batch, "perhaps", good, pki->euicc, pki->eum, "malformed"},
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct results_summary summary;
        const char *why = "";
        struct buf text;

        buf_init(&text, 1 << 20);
        buf_put_str(&text, header);
        line_put(&text, bad[i].eid, bad[i].iccid, bad[i].batch, bad[i].result, bad[i].pir,
                 bad[i].euicc, bad[i].eum);
        TEST_OK(import_text(&field, buf_bytes(&text), &summary, &why));
        CU_ASSERT_EQUAL(summary.refused, 1);
        CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].says));
        ASSERT_STATE(&field, iccid1, "exported");
        ASSERT_STATE(&field, iccid2, "exported");
        buf_clear(&text);
    }
    cert_free(&other_euicc);
    cert_free(&other_eum);
    orderbook_close(&field.book);
}

/* Every byte of the signed result counts. */
static void every_changed_byte_of_a_result_is_refused(void)
{
    const struct fixture_pki *pki = fixture_pki();
    struct bytes good = fixture_pir(iccid1, true, "2.999.10");
    uint8_t pir[512];
    size_t accepted = 0;
    struct field field;

    field_open(&field, "flip.db");
    memcpy(pir, good.data, good.len);
    for (size_t i = 0; i < good.len; i++) {
        struct results_summary summary;
        struct buf text;

        pir[i] ^= 0x01;
        buf_init(&text, 1 << 20);
        buf_put_str(&text, header);
        line_put(&text, pki->eid, iccid1, field.batch, "downloaded", bytes_make(pir, good.len),
                 pki->euicc, pki->eum);
        TEST_OK(import_text(&field, buf_bytes(&text), &summary, NULL));
        accepted += summary.refused == 0;
        buf_clear(&text);
        pir[i] = good.data[i];
    }
    CU_ASSERT_EQUAL(accepted, 0);
    ASSERT_STATE(&field, iccid1, "exported");
    orderbook_close(&field.book);
}

static void one_bad_line_spoils_no_other(void)
{
    const struct fixture_pki *pki = fixture_pki();
    struct results_summary summary;
    struct field field;
    struct buf text;

    field_open(&field, "mixed.db");
    buf_init(&text, 1 << 20);
    buf_put_str(&text, header);
    buf_put_str(&text, "{\"eid\":7}\n\nnot json\n");
    line_put(&text, pki->eid, iccid1, field.batch, "downloaded",
             fixture_pir(iccid1, true, "2.999.10"), pki->euicc, pki->eum);
    TEST_OK(import_text(&field, buf_bytes(&text), &summary, NULL));
    CU_ASSERT_EQUAL(summary.refused, 2);
    CU_ASSERT_EQUAL(summary.installed, 1);
    buf_clear(&text);
    orderbook_close(&field.book);
}

static void what_is_no_results_file(void)
{
    static const char *const texts[] = {
        "",
        "\n",
        "{}\n",
        "[1]\n",
        "{\"format\":\"ppb\",\"version\":1}\n",
        "{\"format\":\"ppr\",\"version\":2}\n",
        "{\"format\":\"ppr\"}\n",
        "SQLite format 3",
    };
    struct results_summary summary;
    struct dp_failure failure;
    struct field field;
    struct buf huge;

    field_open(&field, "none.db");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        TEST_ERR(import_text(&field, bytes_make(texts[i], strlen(texts[i])), &summary, NULL),
                 ERR_MALFORMED);
    }
    buf_init(&huge, 1 << 20);
    buf_put_str(&huge, header);
    memset(buf_extend(&huge, RESULT_LINE_MAX), 'x', RESULT_LINE_MAX);
    TEST_ERR(import_text(&field, buf_bytes(&huge), &summary, NULL), ERR_MALFORMED);
    buf_clear(&huge);
    TEST_ERR(results_import(field.book, fixture_path("absent.ppr"), NULL, count_report, NULL,
                            &summary, &failure),
             ERR_NOT_FOUND);
    orderbook_close(&field.book);
}

static void trust_is_remembered(void)
{
    struct cert *cis[] = {fixture_pki()->ci}, *found[4] = {NULL};
    struct dp_failure failure;
    struct field field;
    size_t count;

    field_open(&field, "trust.db");
    TEST_OK(orderbook_trust(field.book, found, 4, &count, &failure));
    CU_ASSERT_EQUAL(count, 0);
    TEST_OK(orderbook_set_trust(field.book, cis, 1, &failure));
    TEST_OK(orderbook_set_trust(field.book, cis, 1, &failure));
    TEST_OK(orderbook_trust(field.book, found, 4, &count, &failure));
    CU_ASSERT_EQUAL_FATAL(count, 1);
    TEST_BYTES(buf_bytes(&found[0]->der), buf_bytes(&cis[0]->der));
    cert_free(&found[0]);
    orderbook_close(&field.book);
}

/* Hostile lines: whatever they are, decoding ends, and ends clean. */
static void changed_and_cut_lines_do_no_harm(void)
{
    const struct fixture_pki *pki = fixture_pki();
    struct result_line line;
    const char *where;
    struct buf text;

    buf_init(&text, 1 << 20);
    line_put(&text, pki->eid, iccid1, "00", "downloaded", fixture_pir(iccid1, true, "2.999.10"),
             pki->euicc, pki->eum);
    text.len--; /* the line end */
    for (size_t i = 0; i < text.len; i++) {
        static const uint8_t others[] = {0x00, '"', '{', '\\', 0xFF};
        uint8_t kept = text.data[i];

        for (size_t k = 0; k < sizeof(others); k++) {
            text.data[i] = others[k];
            result_line_decode(buf_bytes(&text), &line, &where);
            CU_ASSERT_PTR_NOT_NULL(where);
            result_line_clear(&line);
        }
        text.data[i] = kept;
        TEST_ERR(result_line_decode(bytes_make(text.data, i), &line, &where), ERR_MALFORMED);
        result_line_clear(&line);
    }
    TEST_OK(result_line_decode(buf_bytes(&text), &line, &where));
    result_line_clear(&line);
    buf_reset(&text);
    for (size_t i = 0; i < RESULT_LINE_MAX; i++) {
        buf_put_u8(&text, '[');
    }
    TEST_ERR(result_line_decode(buf_bytes(&text), &line, &where), ERR_MALFORMED);
    result_line_clear(&line);
    TEST_ERR(result_header_decode(buf_bytes(&text)), ERR_MALFORMED);
    buf_clear(&text);
}

/* docs/batch-format.md: the chip's signature checked by hand. */
static void the_documents_commands_verify_a_line(void)
{
    const struct fixture_pki *pki = fixture_pki();
    char folder[256], line[300];
    struct buf text;

    snprintf(folder, sizeof(folder), "%s", fixture_path("by-hand"));
    CU_ASSERT_TRUE_FATAL(fixture_shell("mkdir %s", folder));
    snprintf(line, sizeof(line), "%s", fixture_path("by-hand/line.json"));
    buf_init(&text, 1 << 20);
    line_put(&text, pki->eid, iccid1, "00", "downloaded", fixture_pir(iccid1, true, "2.999.10"),
             pki->euicc, pki->eum);
    fixture_write(line, buf_bytes(&text));
    CU_ASSERT_TRUE(fixture_document("docs/batch-format.md", 2, folder, "Verified OK"));
    buf_clear(&text);
}

static const struct test_case cases[] = {
    {"signed results are proof", signed_results_are_proof},
    {"invariant 4: unsigned results are claims", unsigned_results_are_claims},
    {"false results are refused", false_results_are_refused},
    {"every changed byte of a result is refused", every_changed_byte_of_a_result_is_refused},
    {"one bad line spoils no other", one_bad_line_spoils_no_other},
    {"what is no results file", what_is_no_results_file},
    {"trust is remembered", trust_is_remembered},
    {"invariant 7: changed and cut lines do no harm", changed_and_cut_lines_do_no_harm},
    {"the document's commands verify a line", the_documents_commands_verify_a_line},
};

TEST_MAIN("provisioning/dpplus/results", cases)
