#include "engine/release_policy.h"

uint16_t release_policy(const struct release_request *in)
{
    if (in->role != TOKWIRE_ROLE_LINE) {
        return TOKWIRE_SW_ROLE;
    }
    if (in->session_exhausted) {
        return TOKWIRE_SW_STATE;
    }
    if (!bytes_equal(eid_bytes(&in->session_eid), eid_bytes(&in->ppk_eid))) {
        return TOKWIRE_SW_EID_MISMATCH;
    }
    if (in->trust_ended) {
        return TOKWIRE_SW_CERT_CHAIN;
    }
    if (in->not_after != 0 && in->now > in->not_after) {
        return TOKWIRE_SW_EXPIRED;
    }
    if (in->root_retired) {
        return TOKWIRE_SW_ROOT_RETIRED;
    }
    if (in->batch_disallowed) {
        return TOKWIRE_SW_BATCH;
    }
    if (in->times_released == 0) {
        bool within = in->quota == RELEASE_NO_LIMIT || in->used < in->quota;
        return within ? TOKWIRE_SW_OK : TOKWIRE_SW_QUOTA;
    }
    bool may_retry = in->retries == RELEASE_NO_LIMIT || in->times_released <= in->retries;
    return may_retry ? TOKWIRE_SW_OK : TOKWIRE_SW_RETRIES;
}
