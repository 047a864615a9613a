#include "engine/state.h"

#include <string.h>

void state_clear(struct state *state)
{
    for (size_t i = 0; i < STATE_KEYS; i++) {
        cert_free(&state->keys[i].certificate);
    }
    for (size_t i = 0; i < state->ci_count; i++) {
        cert_free(&state->cis[i]);
    }
    secret_zero(state, sizeof(*state));
    state->quota = POLICY_QUOTA_NONE;
    state->retries = POLICY_RETRIES_NONE;
}

struct state_key *state_key_of(struct state *state, enum tokwire_key key)
{
    switch (key) {
    case TOKWIRE_KEY_DPAUTH:
    case TOKWIRE_KEY_DPPB:
    case TOKWIRE_KEY_BATCH:
        return &state->keys[key - TOKWIRE_KEY_DPAUTH];
    default:
        return NULL;
    }
}

const struct state_root *state_root_of(const struct state *state, uint8_t version)
{
    if (version == 0) {
        return state->root_count > 0 ? &state->roots[state->root_count - 1] : NULL;
    }
    for (size_t i = 0; i < state->root_count; i++) {
        if (state->roots[i].version == version) {
            return &state->roots[i];
        }
    }
    return NULL;
}

bool state_allows_batch(const struct state *state, const uint8_t *id)
{
    for (size_t i = 0; i < state->batch_count && id != NULL; i++) {
        if (memcmp(state->batches[i], id, TOKWIRE_BATCH_ID_SIZE) == 0) {
            return true;
        }
    }
    return state->batch_count == 0;
}

enum err state_root_add(struct state *state, const struct state_root *root)
{
    size_t at = state->root_count;
    if (state_root_of(state, root->version) != NULL) {
        return ERR_DUPLICATE;
    }
    if (at == STATE_ROOTS_MAX) {
        return ERR_RANGE;
    }
    while (at > 0 && state->roots[at - 1].version > root->version) {
        state->roots[at] = state->roots[at - 1];
        at--;
    }
    state->roots[at] = *root;
    state->root_count++;
    return ERR_OK;
}
