#include "tokwire/status.h"

#include <stddef.h>

struct status_row {
    uint16_t sw;
    enum err err;
    const char *name;
    const char *text;
};

static const struct status_row rows[] = {
    {TOKWIRE_SW_OK, ERR_OK, "ok", "done"},
    {TOKWIRE_SW_PIN_WRONG, ERR_PIN, "pin_wrong", "wrong PIN"},
    {TOKWIRE_SW_PIN_LOCKED, ERR_PIN_LOCKED, "pin_locked",
     "the PIN is locked: the security officer unblocks it"},
    {TOKWIRE_SW_PIN_LENGTH, ERR_RANGE, "pin_length", "a PIN has 6 to 32 bytes"},
    {TOKWIRE_SW_LENGTH, ERR_MALFORMED, "length", "wrong APDU length"},
    {TOKWIRE_SW_CLA, ERR_UNSUPPORTED, "cla", "class byte not supported"},
    {TOKWIRE_SW_INS, ERR_UNSUPPORTED, "ins", "no such command"},
    {TOKWIRE_SW_P1P2, ERR_ARGUMENT, "p1p2", "wrong parameters P1 P2"},
    {TOKWIRE_SW_DATA, ERR_MALFORMED, "data", "data field malformed"},
    {TOKWIRE_SW_NOT_FOUND, ERR_NOT_FOUND, "not_found", "no such key or object"},
    {TOKWIRE_SW_FULL, ERR_BUSY, "full", "too many session objects"},
    {TOKWIRE_SW_EXISTS, ERR_DUPLICATE, "exists", "it is already there"},
    {TOKWIRE_SW_NOT_LOGGED_IN, ERR_DENIED, "not_logged_in", "not allowed in this login state"},
    {TOKWIRE_SW_STATE, ERR_UNTIMELY, "state", "not allowed in this state of the object"},
    {TOKWIRE_SW_ROLE, ERR_DENIED, "role", "not allowed on a token of this role"},
    {TOKWIRE_SW_KEYSTORE, ERR_KEYSTORE, "keystore", "the key store or the state directory failed"},
    {TOKWIRE_SW_INTERNAL, ERR_SYSTEM, "internal", "internal error of the engine"},
    {TOKWIRE_SW_CERT_CHAIN, ERR_CERT_CHAIN, "cert_chain",
     "the certificate does not chain to a trusted CI"},
    {TOKWIRE_SW_CERT_ROLE, ERR_CERT_ROLE, "cert_role", "the certificate is of another role"},
    {TOKWIRE_SW_CERT_DATE, ERR_CERT_DATE, "cert_date",
     "the certificate is expired or not yet valid"},
    {TOKWIRE_SW_CERT_EID, ERR_CERT_EID, "cert_eid",
     "the EID is not one the EUM certificate permits"},
    {TOKWIRE_SW_CERT_KEY, ERR_MISMATCH, "cert_key", "the certificate is not of this key"},
    {TOKWIRE_SW_SIGNATURE, ERR_SIGNATURE, "signature", "the eUICC's signature does not verify"},
    {TOKWIRE_SW_TRANSACTION, ERR_UNTIMELY, "transaction", "no such transaction in this login"},
    {TOKWIRE_SW_KEY_USED, ERR_UNTIMELY, "key_used", "the one-time key has already served"},
    {TOKWIRE_SW_EID_MISMATCH, ERR_MISMATCH, "eid_mismatch",
     "session keys and protection keys are of different EIDs"},
    {TOKWIRE_SW_SIGN_REFUSED, ERR_DENIED, "sign_refused", "not a structure this key may sign"},
    {TOKWIRE_SW_UNSUPPORTED, ERR_UNSUPPORTED, "unsupported", "valid, but not supported"},
    {TOKWIRE_SW_QUOTA, ERR_DENIED, "quota", "the officer's quota is used up"},
    {TOKWIRE_SW_EXPIRED, ERR_DENIED, "expired", "past the officer's not-after date"},
    {TOKWIRE_SW_BATCH, ERR_DENIED, "batch", "not a batch the officer allows"},
    {TOKWIRE_SW_ROOT_RETIRED, ERR_DENIED, "root_retired",
     "the officer has retired this root key version"},
    {TOKWIRE_SW_RETRIES, ERR_DENIED, "retries",
     "this profile has been released as often as the officer allows"},
    {TOKWIRE_SW_TAMPERED, ERR_SIGNATURE, "tampered",
     "the engine's state or journal fails authentication"},
};

static const struct status_row unknown = {0, ERR_MALFORMED, "unknown", "unknown status word"};

static const struct status_row *row_of(uint16_t sw)
{
    if ((sw & 0xFFF0) == TOKWIRE_SW_PIN_WRONG) {
        sw = TOKWIRE_SW_PIN_WRONG;
    }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].sw == sw) {
            return &rows[i];
        }
    }
    return &unknown;
}

const char *tokwire_sw_text(uint16_t sw)
{
    return row_of(sw)->text;
}

const char *tokwire_sw_name(uint16_t sw)
{
    return row_of(sw)->name;
}

enum err tokwire_sw_err(uint16_t sw)
{
    return row_of(sw)->err;
}
