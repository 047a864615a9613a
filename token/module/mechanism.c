#include "module/mechanism.h"

#include "cryptoki/sgp22_mechanisms.h"
#include "module/derivation.h"
#include "module/signature.h"
#include "tokwire/tokwire.h"
#include "sgp22/bsp.h"
#include "crypto/ec.h"

enum {
    LINE = 1 << TOKWIRE_ROLE_LINE,
    ANY_ROLE = 0,
    EC_BITS = 256,
    NO_BITS = 0,
    DIGEST_MAX = 64, /* the longest there is, SHA-512 */
    VERIFY_MAX = 1024 * 1024,
};
#define EC_FLAGS (CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS)
/* A digest made in software, for clients that expect one of a token. */
#define DIGEST_ROW(mechanism, len, md)                                                             \
    {                                                                                              \
        .type = (mechanism), .info = {NO_BITS, NO_BITS, CKF_DIGEST}, .output_len = (len),          \
        .multi_part = true, .digest = (md),                                                        \
    }

static const struct module_mechanism mechanisms[] = {
    {
        .type = CKM_ECDSA_SHA256,
        .info = {EC_BITS, EC_BITS, CKF_SIGN | CKF_VERIFY | EC_FLAGS},
        .key_type = CKK_EC,
        .output_len = EC_SIGNATURE_SIZE,
        .data_max = TOKWIRE_MESSAGE_MAX,
        .verify_max = VERIFY_MAX,
        .multi_part = true,
        .sign = module_sign_message,
        .verify = module_verify_message,
    },
    {
        .type = CKM_ECDSA,
        .info = {EC_BITS, EC_BITS, CKF_SIGN | CKF_VERIFY | EC_FLAGS},
        .key_type = CKK_EC,
        .output_len = EC_SIGNATURE_SIZE,
        .data_min = 1,
        .data_max = DIGEST_MAX,
        .verify_max = DIGEST_MAX,
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
    DIGEST_ROW(CKM_SHA256, 32, EVP_sha256),
    DIGEST_ROW(CKM_SHA384, 48, EVP_sha384),
    DIGEST_ROW(CKM_SHA512, 64, EVP_sha512),
    DIGEST_ROW(CKM_SHA224, 28, EVP_sha224),
    DIGEST_ROW(CKM_SHA_1, 20, EVP_sha1),
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

CK_RV module_mechanism_check(unsigned role, const CK_MECHANISM *mechanism, CK_FLAGS function,
                             const struct module_mechanism **row)
{
    *row = module_mechanism_find(mechanism->mechanism, role);
    if (*row == NULL || ((*row)->info.flags & function) == 0) {
        *row = NULL;
        return CKR_MECHANISM_INVALID;
    }
    bool parameter_ok = mechanism->ulParameterLen == (*row)->parameter_len &&
                        (mechanism->ulParameterLen == 0 || mechanism->pParameter != NULL);
    return parameter_ok ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}
