/* What an export needs of a DP+ token. The one implementation in the product
 * speaks PKCS#11; tests put their own behind it. */
#ifndef DPPLUS_PROTECT_H
#define DPPLUS_PROTECT_H

#include "dpplus/batchfile.h"
#include "dpplus/config.h"
#include "sgp22/cert.h"

struct protector;

struct protector_ops {
    /* '86' segments of a profile package under the keys of this EID and ICCID,
     * appended to ppp. */
    enum err (*protect)(struct protector *protector, const struct eid *eid,
                        const struct iccid *iccid, struct bytes batch_id, struct bytes upp,
                        struct buf *ppp, struct dp_failure *failure);
    /* ECDSA with SHA-256 by the batch key. */
    enum err (*sign)(struct protector *protector, struct bytes message,
                     uint8_t signature[EC_SIGNATURE_SIZE], struct dp_failure *failure);
    void (*close)(struct protector *protector); /* frees it */
};

struct protector {
    const struct protector_ops *ops;
    struct cert *batch_certificate; /* the protector's own */
    unsigned root_key_version;
    uint8_t root_key_check_value[BATCH_CHECK_VALUE_SIZE];
};

/* Logs in to the token of the configuration: root key, batch certificate. */
enum err protector_open_p11(const struct dp_config *config, struct protector **protector,
                            struct dp_failure *failure);
void protector_close(struct protector **protector);

#endif
