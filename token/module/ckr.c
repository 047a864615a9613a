#include "module/ckr.h"

/* The status word itself is kept for C_GetSessionInfo's ulDeviceError. */
static const struct {
    uint16_t sw;
    CK_RV rv;
} sw_rows[] = {
    {TOKWIRE_SW_PIN_LOCKED, CKR_PIN_LOCKED},
    {TOKWIRE_SW_PIN_LENGTH, CKR_PIN_LEN_RANGE},
    {TOKWIRE_SW_LENGTH, CKR_FUNCTION_FAILED},
    {TOKWIRE_SW_CLA, CKR_FUNCTION_FAILED},
    {TOKWIRE_SW_INS, CKR_FUNCTION_NOT_SUPPORTED},
    {TOKWIRE_SW_P1P2, CKR_FUNCTION_FAILED},
    {TOKWIRE_SW_DATA, CKR_DATA_INVALID},
    {TOKWIRE_SW_NOT_FOUND, CKR_KEY_HANDLE_INVALID},
    {TOKWIRE_SW_FULL, CKR_DEVICE_MEMORY},
    {TOKWIRE_SW_EXISTS, CKR_FUNCTION_REJECTED},
    {TOKWIRE_SW_NOT_LOGGED_IN, CKR_USER_NOT_LOGGED_IN},
    {TOKWIRE_SW_STATE, CKR_KEY_FUNCTION_NOT_PERMITTED},
    {TOKWIRE_SW_ROLE, CKR_KEY_FUNCTION_NOT_PERMITTED},
    {TOKWIRE_SW_KEYSTORE, CKR_DEVICE_ERROR},
    {TOKWIRE_SW_INTERNAL, CKR_DEVICE_ERROR},
    /* The evidence is the mechanism's parameter. */
    {TOKWIRE_SW_CERT_CHAIN, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_CERT_ROLE, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_CERT_DATE, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_CERT_EID, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_CERT_KEY, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_SIGNATURE, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_TRANSACTION, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_UNSUPPORTED, CKR_MECHANISM_PARAM_INVALID},
    {TOKWIRE_SW_KEY_USED, CKR_KEY_FUNCTION_NOT_PERMITTED},
    {TOKWIRE_SW_EID_MISMATCH, CKR_KEY_NOT_WRAPPABLE},
    {TOKWIRE_SW_SIGN_REFUSED, CKR_DATA_INVALID},
    {TOKWIRE_SW_QUOTA, CKR_FUNCTION_REJECTED},
    {TOKWIRE_SW_EXPIRED, CKR_FUNCTION_REJECTED},
    {TOKWIRE_SW_BATCH, CKR_FUNCTION_REJECTED},
    {TOKWIRE_SW_ROOT_RETIRED, CKR_KEY_FUNCTION_NOT_PERMITTED},
    {TOKWIRE_SW_RETRIES, CKR_FUNCTION_REJECTED},
    {TOKWIRE_SW_TAMPERED, CKR_DEVICE_ERROR},
};

static CK_RV sw_ckr(uint16_t sw)
{
    if ((sw & 0xFFF0) == TOKWIRE_SW_PIN_WRONG) {
        return CKR_PIN_INCORRECT;
    }
    for (size_t i = 0; i < sizeof(sw_rows) / sizeof(sw_rows[0]); i++) {
        if (sw_rows[i].sw == sw) {
            return sw_rows[i].rv;
        }
    }
    return CKR_FUNCTION_FAILED;
}

CK_RV module_ckr(const struct client *client, enum err err)
{
    if (err == ERR_OK) {
        return CKR_OK;
    }
    if (client_broken(client)) {
        return err == ERR_CLOSED || err == ERR_TIMEOUT || err == ERR_SYSTEM ? CKR_DEVICE_REMOVED
                                                                            : CKR_DEVICE_ERROR;
    }
    uint16_t sw = client_sw(client);
    if (sw != 0 && sw != TOKWIRE_SW_OK) {
        return sw_ckr(sw);
    }
    return err == ERR_MEMORY ? CKR_HOST_MEMORY : CKR_FUNCTION_FAILED;
}
