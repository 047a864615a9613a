/* A results file's header and one line of it, and what the line proves. */
#include "dpplus/result_check.h"
#include "input.h"
#include "support/pki.h"

static const struct test_pki *pki(void)
{
    static struct test_pki made;
    if (made.ci.cert == NULL) {
        test_pki_make(NULL, &made);
    }
    return &made;
}

/* The order that the line speaks of, as if it were there. */
static void check(const struct result_line *line)
{
    struct cert *const cis[] = {pki()->ci.cert};
    const struct result_trust trust = {cis, 1, TEST_PKI_NOW};
    struct order_identity identity = {.in_batch = true, .dp_oid = TEST_PKI_DP_OID};
    struct result_verdict verdict;
    strncpy(identity.eid, line->eid, sizeof(identity.eid) - 1);
    enum err err = result_check(line, &identity, &trust, &verdict);
    fuzz_check(verdict.why != NULL && (err == ERR_OK) == (verdict.state != NULL));
    fuzz_check(!verdict.proven || (err == ERR_OK && line->pir.len > 0));
    /* The one chip of this PKI. */
    fuzz_check(!verdict.proven || strcmp(line->eid, TEST_PKI_EID) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t len = end != NULL ? (size_t)(end - data) : size;
    uint8_t *header = fuzz_copy(bytes_make(data, len));
    const char *where = NULL;
    struct result_line line;
    result_header_decode(bytes_make(header, len));
    free(header);
    struct bytes text = end != NULL ? bytes_make(end + 1, size - len - 1) : bytes_make(data, size);
    if (result_line_decode(text, &line, &where) == ERR_OK) {
        fuzz_check(line.pir.len <= RESULT_PIR_MAX && strlen(line.eid) <= RESULT_TEXT_MAX);
        check(&line);
    }
    fuzz_check(where != NULL);
    result_line_clear(&line);
    return 0;
}
