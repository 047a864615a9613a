#include "module/mechanism.h"

#include <stdint.h>

#include "cryptoki/sgp22_mechanisms.h"
#include "module/session.h"
#include "module/slot.h"

enum { LINE = 1 << TOKWIRE_ROLE_LINE, ANY_ROLE = 0, EC_BITS = 256, NO_BITS = 0 };
#define EC_FLAGS (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)
/* A message to verify never leaves this process. */
#define VERIFY_MAX SIZE_MAX

static const struct module_mechanism mechanisms[] = {
    {
        .type = CKM_ECDSA_SHA256,
        .info = {EC_BITS, EC_BITS, CKF_SIGN | CKF_VERIFY | EC_FLAGS},
        .key_type = CKK_EC,
        .output_len = EC_SIGNATURE_SIZE,
        .data_max = TOKWIRE_MESSAGE_MAX,
        .multi_part = true,
        .sign = module_sign_message,
        .verify = module_verify_message,
    },
    {
        .type = CKM_ECDSA,
        .info = {EC_BITS, EC_BITS, CKF_SIGN | CKF_VERIFY | EC_FLAGS},
        .key_type = CKK_EC,
        .output_len = EC_SIGNATURE_SIZE,
        .data_min = EC_DIGEST_SIZE,
        .data_max = EC_DIGEST_SIZE,
        .sign = module_sign_digest,
        .verify = module_verify_digest,
    },
    {
        .type = CKM_EC_KEY_PAIR_GEN,
        .info = {EC_BITS, EC_BITS, CKF_GENERATE_KEY_PAIR | EC_FLAGS},
        .roles = LINE,
        .key_type = CKK_EC,
    },
    {
        .type = CKM_SGP22_ECKA,
        .info = {EC_BITS, EC_BITS, CKF_DERIVE | EC_FLAGS},
        .roles = LINE,
        .key_type = CKK_EC,
        .parameter_len = sizeof(struct ck_sgp22_ecka_params),
        .derive = module_derive_session_keys,
    },
    {
        .type = CKM_SGP22_PPK,
        .info = {32, 32, CKF_DERIVE},
        .key_type = CKK_AES,
        .parameter_len = sizeof(struct ck_sgp22_ppk_params),
        .derive = module_derive_ppk,
    },
    {
        .type = CKM_SGP22_BSP,
        .info = {BSP_KEYS_SIZE, BSP_KEYS_SIZE, CKF_ENCRYPT | CKF_SIGN | CKF_WRAP},
        .key_type = CKK_SGP22_BSP,
        .output_len = BSP_MAC_SIZE,
        .data_max = BSP_MACED_MAX,
        .multi_part = true,
        .sign = module_sign_bsp,
    },
    {
        .type = CKM_SHA256,
        .info = {NO_BITS, NO_BITS, CKF_DIGEST},
        .output_len = SHA256_SIZE,
        .multi_part = true,
    },
};

enum { MECHANISM_COUNT = sizeof(mechanisms) / sizeof(mechanisms[0]) };

static bool has_role(const struct module_mechanism *mechanism, unsigned role)
{
    return mechanism->roles == ANY_ROLE || (mechanism->roles & 1U << role) != 0;
}

const struct module_mechanism *module_mechanism_find(CK_MECHANISM_TYPE type, unsigned role)
{
    for (size_t i = 0; i < MECHANISM_COUNT; i++) {
        if (mechanisms[i].type == type && has_role(&mechanisms[i], role)) {
            return &mechanisms[i];
        }
    }
    return NULL;
}

CK_RV module_mechanism_list(unsigned role, CK_MECHANISM_TYPE *list, CK_ULONG *count)
{
    CK_ULONG room = *count, found = 0;
    for (size_t i = 0; i < MECHANISM_COUNT; i++) {
        if (has_role(&mechanisms[i], role)) {
            if (list != NULL && found < room) {
                list[found] = mechanisms[i].type;
            }
            found++;
        }
    }
    *count = found;
    return list != NULL && room < found ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV module_mechanism_check(const struct module_session *session, const CK_MECHANISM *mechanism,
                             CK_FLAGS function, const struct module_mechanism **row)
{
    *row = module_mechanism_find(mechanism->mechanism, session->slot->status.role);
    if (*row == NULL || ((*row)->info.flags & function) == 0) {
        *row = NULL;
        return CKR_MECHANISM_INVALID;
    }
    bool parameter_ok = mechanism->ulParameterLen == (*row)->parameter_len &&
                        (mechanism->ulParameterLen == 0 || mechanism->pParameter != NULL);
    return parameter_ok ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}
