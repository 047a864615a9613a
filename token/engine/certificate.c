/* PUT CERTIFICATE: the token's own, and the CIs it trusts. */
#include <string.h>

#include <openssl/x509v3.h>

#include "base/log.h"
#include "engine/internal.h"

/* What GET OBJECTS can list in one frame. */
enum { CERTIFICATES_TOTAL_MAX = 48 * 1024 };

static bool allows(const struct cert *cert, uint32_t usage)
{
    return (X509_get_extension_flags(cert->x509) & EXFLAG_KUSAGE) != 0 &&
           (X509_get_key_usage(cert->x509) & usage) == usage;
}

static bool is_ca(const struct cert *cert)
{
    return (X509_get_extension_flags(cert->x509) & EXFLAG_CA) != 0;
}

/* A CI: role, CA, signed by itself, within its dates (SGP.22 4.5.2.1.0.1). */
static enum err check_ci(const struct cert *cert, time_t now)
{
    if (cert->role != CERT_ROLE_CI || !is_ca(cert) || !allows(cert, KU_KEY_CERT_SIGN)) {
        return ERR_CERT_ROLE;
    }
    enum err err = cert_verify_signature(cert, cert);
    return err == ERR_OK ? cert_verify_dates(cert, now) : err;
}

/* The batch certificate has no role among SGP.22's, lest it be taken for one. */
static enum err check_batch(const struct cert *cert, time_t now)
{
    if (cert->role != CERT_ROLE_NONE || is_ca(cert) || !allows(cert, KU_DIGITAL_SIGNATURE)) {
        return ERR_CERT_ROLE;
    }
    return cert_verify_dates(cert, now);
}

/* DPauth and DPpb of one DP carry one OID (SGP.22 4.5.2.1.0.4, .5). */
static enum err check_common_oid(const struct state *state, enum tokwire_key key,
                                 const struct cert *cert)
{
    size_t other = key == TOKWIRE_KEY_DPAUTH ? TOKWIRE_KEY_DPPB : TOKWIRE_KEY_DPAUTH;
    const struct cert *beside = state->keys[other - TOKWIRE_KEY_DPAUTH].certificate;
    char own[CERT_OID_TEXT_SIZE], others[CERT_OID_TEXT_SIZE];
    if (beside == NULL) {
        return ERR_OK;
    }
    enum err err = cert_registered_oid(cert, own);
    if (err == ERR_OK) {
        err = cert_registered_oid(beside, others);
    }
    return err == ERR_OK && strcmp(own, others) == 0 ? ERR_OK : ERR_CERT_ROLE;
}

static uint16_t check_own(struct engine *engine, enum tokwire_key key, const struct state_key *slot,
                          const struct cert *cert)
{
    const struct state *state = &engine->state;
    uint8_t point[EC_POINT_SIZE];
    enum ec_curve curve;
    if (!slot->present) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    if (ec_point(cert->key, point, &curve) != ERR_OK || curve != slot->curve ||
        !bytes_equal(BYTES_OF(point), BYTES_OF(slot->point))) {
        return TOKWIRE_SW_CERT_KEY;
    }
    if (key == TOKWIRE_KEY_BATCH) {
        return sw_of_err(check_batch(cert, engine_time(engine)));
    }
    /* Without a trusted CI nothing chains: trust comes first. */
    enum cert_role role = key == TOKWIRE_KEY_DPAUTH ? CERT_ROLE_DPAUTH : CERT_ROLE_DPPB;
    enum err err = cert_verify_dp(cert, role, (const struct cert *const *)state->cis,
                                  state->ci_count, engine_time(engine));
    if (err == ERR_OK) {
        err = check_common_oid(state, key, cert);
    }
    return sw_of_err(err);
}

static enum err journal_certificate(struct engine *engine, const char *event, unsigned key,
                                    const struct cert *cert)
{
    struct journal_entry entry;
    char serial[CERT_SERIAL_TEXT_SIZE];
    uint8_t digest[SHA256_SIZE];
    enum err err = crypto_sha256(buf_bytes(&cert->der), digest);
    if (err != ERR_OK) {
        return err;
    }
    journal_entry_init(&entry, event);
    journal_entry_text(&entry, "key", key_name(key));
    journal_entry_text(&entry, "certificate", cert_serial_text(cert, serial, sizeof(serial)));
    journal_entry_hex(&entry, "subject_key_id", BYTES_OF(cert->subject_key_id));
    journal_entry_hex(&entry, "sha256", BYTES_OF(digest));
    return engine_journal(engine, &entry, true);
}

static bool fits(const struct state *state, const struct cert *cert)
{
    size_t total = cert->der.len;
    for (size_t i = 0; i < STATE_KEYS; i++) {
        total += state->keys[i].certificate != NULL ? state->keys[i].certificate->der.len : 0;
    }
    for (size_t i = 0; i < state->ci_count; i++) {
        total += state->cis[i]->der.len;
    }
    return total <= CERTIFICATES_TOTAL_MAX;
}

/* Takes *cert over when it succeeds. */
static uint16_t put_ci(struct engine *engine, struct cert **cert, uint32_t *handle)
{
    struct state next = engine->state;
    for (size_t i = 0; i < next.ci_count; i++) {
        if (bytes_equal(buf_bytes(&next.cis[i]->der), buf_bytes(&(*cert)->der))) {
            return TOKWIRE_SW_EXISTS;
        }
    }
    if (next.ci_count == STATE_CIS_MAX) {
        return TOKWIRE_SW_FULL;
    }
    enum err err = check_ci(*cert, engine_time(engine));
    if (err == ERR_OK) {
        err = journal_certificate(engine, "trust", TOKWIRE_KEY_CI, *cert);
    }
    *handle = token_handle(TOKWIRE_CLASS_CERTIFICATE, TOKWIRE_KEY_CI + (unsigned)next.ci_count);
    next.cis[next.ci_count++] = *cert;
    if (err == ERR_OK) {
        err = vault_commit(engine, &next);
    }
    if (err == ERR_OK) {
        *cert = NULL;
    }
    return sw_of_err(err);
}

static uint16_t put_own(struct engine *engine, enum tokwire_key key, struct cert **cert,
                        uint32_t *handle)
{
    struct state next = engine->state;
    struct state_key *slot = state_key_of(&next, key);
    struct cert *old = slot->certificate;
    uint16_t sw = check_own(engine, key, slot, *cert);
    if (sw != TOKWIRE_SW_OK) {
        return sw;
    }
    enum err err = journal_certificate(engine, "certificate", key, *cert);
    slot->certificate = *cert;
    if (err == ERR_OK) {
        err = vault_commit(engine, &next);
    }
    if (err == ERR_OK) {
        cert_free(&old);
        *cert = NULL;
        *handle = token_handle(TOKWIRE_CLASS_CERTIFICATE, key);
    }
    return sw_of_err(err);
}

uint16_t cmd_put_certificate(struct command *command)
{
    struct engine *engine = command->engine;
    struct cert *cert = NULL;
    uint32_t handle = 0;
    if (command->p1 < TOKWIRE_KEY_DPAUTH) {
        return TOKWIRE_SW_P1P2;
    }
    if (command->p1 == TOKWIRE_KEY_BATCH && engine->state.role != TOKWIRE_ROLE_DP) {
        return TOKWIRE_SW_ROLE;
    }
    enum err err = cert_parse(tokwire_field(&command->fields, TOKWIRE_F_CERTIFICATE), &cert);
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    uint16_t sw = TOKWIRE_SW_FULL;
    if (fits(&engine->state, cert)) {
        sw = command->p1 == TOKWIRE_KEY_CI
                 ? put_ci(engine, &cert, &handle)
                 : put_own(engine, (enum tokwire_key)command->p1, &cert, &handle);
    }
    cert_free(&cert);
    if (sw == TOKWIRE_SW_OK) {
        tokwire_put_uint(command->out, TOKWIRE_F_HANDLE, handle, 4);
    }
    return sw;
}

/* The index of the trusted CI whose certificate has this SHA-256; ci_count: none. */
static enum err find_ci(const struct state *state, struct bytes wanted, size_t *at)
{
    uint8_t digest[SHA256_SIZE];
    enum err err = ERR_OK;
    for (*at = 0; *at < state->ci_count; ++*at) {
        err = crypto_sha256(buf_bytes(&state->cis[*at]->der), digest);
        if (err != ERR_OK || bytes_equal(BYTES_OF(digest), wanted)) {
            break;
        }
    }
    return err;
}

/* Named by its hash, so that no other goes by mistake. What chips of it have proved
 * before counts no more either. */
uint16_t cmd_end_trust(struct command *command)
{
    struct engine *engine = command->engine;
    struct state next = engine->state;
    size_t at = 0;
    enum err err = find_ci(&next, tokwire_field(&command->fields, TOKWIRE_F_HASH), &at);
    if (err != ERR_OK) {
        return sw_of_err(err);
    }
    if (at == next.ci_count) {
        return TOKWIRE_SW_NOT_FOUND;
    }
    struct cert *old = next.cis[at];
    next.ci_count--;
    memmove(&next.cis[at], &next.cis[at + 1], (next.ci_count - at) * sizeof(next.cis[0]));
    next.cis[next.ci_count] = NULL;
    err = journal_certificate(engine, "trust ended", TOKWIRE_KEY_CI, old);
    if (err == ERR_OK) {
        err = vault_commit(engine, &next);
    }
    if (err == ERR_OK) {
        engine->trust_epoch++;
        cert_free(&old);
    }
    return sw_of_err(err);
}
