/* Protection by a DP+ token behind PKCS#11. One login and one session for the
 * whole export; three calls for each profile. */
#include "dpplus/protect.h"

#include <stdlib.h>

#include "p11/p11.h"

static const char batch_label[] = "batch";

struct protector_p11 {
    struct protector base;
    struct p11_token *token;
    struct p11_session *session;
    unsigned long root;
};

static struct protector_p11 *of(struct protector *protector)
{
    return (struct protector_p11 *)protector;
}

static enum err token_fail(struct protector_p11 *protector, enum err err,
                           struct dp_failure *failure)
{
    return dp_fail(failure, DP_TOKEN, err, "token %s: %s", p11_token_label(protector->token),
                   p11_session_failure(protector->session)->detail);
}

static enum err protect(struct protector *base, const struct eid *eid, const struct iccid *iccid,
                        struct bytes batch_id, struct bytes upp, struct buf *ppp,
                        struct dp_failure *failure)
{
    struct protector_p11 *protector = of(base);
    unsigned long ppk;
    enum err err = p11_ppk(protector->session, protector->root, eid, iccid, batch_id, &ppk);

    if (err == ERR_OK) {
        err = p11_bsp_encrypt(protector->session, ppk, upp, ppp);
        if (err != ERR_OK) {
            token_fail(protector, err, failure);
        }
        p11_destroy(protector->session, ppk);
        return err;
    }
    return token_fail(protector, err, failure);
}

static enum err sign(struct protector *base, struct bytes message,
                     uint8_t signature[EC_SIGNATURE_SIZE], struct dp_failure *failure)
{
    struct protector_p11 *protector = of(base);
    enum err err = p11_sign(protector->session, batch_label, message, signature);

    return err == ERR_OK ? ERR_OK : token_fail(protector, err, failure);
}

static void close_p11(struct protector *base)
{
    struct protector_p11 *protector = of(base);

    cert_free(&base->batch_certificate);
    p11_session_close(&protector->session);
    p11_close(&protector->token);
    free(protector);
}

static const struct protector_ops ops = {.protect = protect, .sign = sign, .close = close_p11};

static enum err keys_find(struct protector_p11 *protector, unsigned version,
                          struct dp_failure *failure)
{
    struct protector *base = &protector->base;
    enum err err = p11_root_key(protector->session, version, &protector->root,
                                &base->root_key_version, base->root_key_check_value);

    if (err == ERR_OK) {
        err = p11_certificate(protector->session, batch_label, &base->batch_certificate);
    }
    return err == ERR_OK ? ERR_OK : token_fail(protector, err, failure);
}

enum err protector_open_p11(const struct dp_config *config, struct protector **protector,
                            struct dp_failure *failure)
{
    const struct p11_config p11 = {
        .module = config->module, .token_uri = config->token, .pin_file = config->pin_file};
    struct p11_failure why = {0};
    struct protector_p11 *new_protector = calloc(1, sizeof(*new_protector));
    enum err err;

    *protector = NULL;
    if (new_protector == NULL) {
        return dp_fail(failure, DP_TOKEN, ERR_MEMORY, "out of memory");
    }
    new_protector->base.ops = &ops;
    err = p11_open(&p11, &new_protector->token, &why);
    if (err == ERR_OK) {
        err = p11_session_open(new_protector->token, &new_protector->session, &why);
    }
    if (err != ERR_OK) {
        dp_fail(failure, err == ERR_ARGUMENT ? DP_USAGE : DP_TOKEN, err, "%s", why.detail);
    } else {
        err = keys_find(new_protector, config->root_key_version, failure);
    }
    *protector = &new_protector->base;
    if (err != ERR_OK) {
        protector_close(protector);
    }
    return err;
}

void protector_close(struct protector **protector)
{
    if (*protector != NULL) {
        (*protector)->ops->close(*protector);
    }
    *protector = NULL;
}
