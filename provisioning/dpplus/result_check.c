#include "dpplus/result_check.h"

#include <string.h>

#include <openssl/objects.h>

#include "sgp22/result.h"

static enum err wrong(struct result_verdict *verdict, enum err err, const char *why)
{
    verdict->why = why;
    return err;
}

/* The result's OBJECT IDENTIFIER content against the DP+'s dotted text. */
static bool oid_equal(struct bytes content, const char *dotted)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(dotted, 1);
    bool equal =
        oid != NULL && bytes_equal(content, bytes_make(OBJ_get0_data(oid), OBJ_length(oid)));

    ASN1_OBJECT_free(oid);
    return equal;
}

/* Signed content against what the line and the order say. */
static enum err content_check(const struct result_line *line, const struct order_identity *identity,
                              const struct profile_installation_result *result,
                              struct result_verdict *verdict)
{
    struct iccid iccid;

    if (iccid_parse(line->iccid, &iccid) != ERR_OK) {
        return wrong(verdict, ERR_MALFORMED, "the ICCID is none");
    }
    if (result->success != (strcmp(line->result, "downloaded") == 0)) {
        return wrong(verdict, ERR_MISMATCH, "the chip's result says otherwise");
    }
    if (result->notification.event != NOTIFICATION_INSTALL) {
        return wrong(verdict, ERR_MISMATCH, "the chip's notification is not of an installation");
    }
    if (result->notification.has_iccid &&
        !bytes_equal(iccid_bytes(&iccid), iccid_bytes(&result->notification.iccid))) {
        return wrong(verdict, ERR_MISMATCH, "the chip's result is of another ICCID");
    }
    /* ICCID is optional only where the installation failed before it was known. */
    if (result->success && !result->notification.has_iccid) {
        return wrong(verdict, ERR_MISMATCH, "the chip's result names no ICCID");
    }
    if (result->smdp_oid.len > 0 && !oid_equal(result->smdp_oid, identity->dp_oid)) {
        return wrong(verdict, ERR_MISMATCH, "the chip's result is of another DP+");
    }
    return ERR_OK;
}

static enum err chip_check(const struct result_line *line, const struct cert *euicc,
                           const struct cert *eum, const struct result_trust *trust,
                           const struct profile_installation_result *result,
                           struct result_verdict *verdict)
{
    char text[EID_TEXT_SIZE];
    struct eid eid;
    enum err err = cert_verify_euicc(euicc, eum, (const struct cert *const *)trust->cis,
                                     trust->ci_count, trust->now, &eid, NULL);

    if (err != ERR_OK) {
        return wrong(verdict, err,
                     err == ERR_CERT_CHAIN  ? "the chip's certificates chain to no trusted CI"
                     : err == ERR_CERT_DATE ? "a certificate of the chip is out of date"
                     : err == ERR_CERT_ROLE ? "a certificate of the chip has another role"
                                            : "the EID is not one its manufacturer may issue");
    }
    if (strcmp(eid_text(&eid, text), line->eid) != 0) {
        return wrong(verdict, ERR_MISMATCH, "the chip's certificate is of another EID");
    }
    err = profile_installation_result_verify(result, euicc);
    return err == ERR_OK ? ERR_OK
                         : wrong(verdict, ERR_SIGNATURE,
                                 "the chip's signature on the result does not verify");
}

static enum err evidence_check(const struct result_line *line,
                               const struct order_identity *identity,
                               const struct result_trust *trust, struct result_verdict *verdict)
{
    struct profile_installation_result result;
    struct cert *euicc = NULL, *eum = NULL;
    enum err err = profile_installation_result_decode(buf_bytes(&line->pir), &result);

    if (err != ERR_OK) {
        return wrong(verdict, ERR_MALFORMED, "the ProfileInstallationResult does not parse");
    }
    if (cert_parse(buf_bytes(&line->euicc_certificate), &euicc) != ERR_OK ||
        cert_parse(buf_bytes(&line->eum_certificate), &eum) != ERR_OK) {
        err = wrong(verdict, ERR_MALFORMED, "the chip's certificates are missing or do not parse");
        goto out;
    }
    err = chip_check(line, euicc, eum, trust, &result, verdict);
    if (err == ERR_OK) {
        err = content_check(line, identity, &result, verdict);
    }
    /* A signed error without ICCID proves a failure, but not of which profile. */
    verdict->proven = err == ERR_OK && result.notification.has_iccid;
out:
    cert_free(&euicc);
    cert_free(&eum);
    return err;
}

enum err result_check(const struct result_line *line, const struct order_identity *identity,
                      const struct result_trust *trust, struct result_verdict *verdict)
{
    bool downloaded = strcmp(line->result, "downloaded") == 0;
    enum err err = ERR_OK;

    memset(verdict, 0, sizeof(*verdict));
    verdict->why = "";
    if (strcmp(line->eid, identity->eid) != 0) {
        return wrong(verdict, ERR_MISMATCH, "the ICCID was ordered for another EID");
    }
    if (!identity->in_batch) {
        return wrong(verdict, ERR_MISMATCH, "that batch did not carry this ICCID");
    }
    if (line->pir.len > 0) {
        err = evidence_check(line, identity, trust, verdict);
    }
    if (err == ERR_OK) {
        verdict->state = !downloaded ? "error" : verdict->proven ? "installed" : "downloaded";
    }
    return err;
}
