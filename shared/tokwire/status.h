/* Status words of the token engine. */
#ifndef TOKWIRE_STATUS_H
#define TOKWIRE_STATUS_H

#include <stdint.h>

#include "base/err.h"

enum tokwire_sw {
    TOKWIRE_SW_OK = 0x9000,
    TOKWIRE_SW_PIN_WRONG = 0x63C0, /* low nibble: tries left, F for 15 or more */
    TOKWIRE_SW_PIN_LOCKED = 0x6983,
    TOKWIRE_SW_PIN_LENGTH = 0x6984, /* new PIN shorter or longer than policy allows */
    TOKWIRE_SW_LENGTH = 0x6700,     /* APDU lengths do not agree */
    TOKWIRE_SW_CLA = 0x6E00,
    TOKWIRE_SW_INS = 0x6D00,
    TOKWIRE_SW_P1P2 = 0x6A86,
    TOKWIRE_SW_DATA = 0x6A80,      /* data field malformed */
    TOKWIRE_SW_NOT_FOUND = 0x6A88, /* no such key, handle or object */
    TOKWIRE_SW_FULL = 0x6A84,      /* too many session objects */
    TOKWIRE_SW_EXISTS = 0x6A89,
    TOKWIRE_SW_NOT_LOGGED_IN = 0x6982, /* this state does not allow the command */
    TOKWIRE_SW_STATE = 0x6985,         /* the object's state forbids it */
    TOKWIRE_SW_ROLE = 0x6986,          /* the token's role forbids it */
    TOKWIRE_SW_KEYSTORE = 0x6581,      /* key store or state directory failed */
    TOKWIRE_SW_INTERNAL = 0x6F00,
    /* evidence and certificates */
    TOKWIRE_SW_CERT_CHAIN = 0x6601,
    TOKWIRE_SW_CERT_ROLE = 0x6602,
    TOKWIRE_SW_CERT_DATE = 0x6603,
    TOKWIRE_SW_CERT_EID = 0x6604,
    TOKWIRE_SW_CERT_KEY = 0x6605,     /* certificate is not of this key */
    TOKWIRE_SW_SIGNATURE = 0x6606,    /* euiccSignature2 does not verify */
    TOKWIRE_SW_TRANSACTION = 0x6607,  /* no such transaction in this login */
    TOKWIRE_SW_KEY_USED = 0x6608,     /* one-time key already served */
    TOKWIRE_SW_EID_MISMATCH = 0x6609, /* session keys and PPK set differ in EID */
    TOKWIRE_SW_SIGN_REFUSED = 0x660A, /* not one of the structures the key may sign */
    TOKWIRE_SW_UNSUPPORTED = 0x660B,  /* curve, confirmation code */
    /* policy */
    TOKWIRE_SW_QUOTA = 0x6611,
    TOKWIRE_SW_EXPIRED = 0x6612,
    TOKWIRE_SW_BATCH = 0x6613,        /* not a batch the officer allows */
    TOKWIRE_SW_ROOT_RETIRED = 0x6614, /* that root key version is no more */
    TOKWIRE_SW_RETRIES = 0x6615,      /* this profile has been released often enough */
    /* integrity of the engine's own state */
    TOKWIRE_SW_TAMPERED = 0x6621,
};

/* One sentence for a status word, static storage; PIN tries are not in it. */
const char *tokwire_sw_text(uint16_t sw);
/* Symbolic name without the prefix, lower case: "cert_chain". */
const char *tokwire_sw_name(uint16_t sw);
/* The project's error code a client reports for it. */
enum err tokwire_sw_err(uint16_t sw);

#endif
