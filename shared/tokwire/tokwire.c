#include "tokwire/tokwire.h"

#include "crypto/ec.h"
#include "crypto/kdf.h"
#include "sgp22/bsp.h"
#include "sgp22/cert.h"

/* Names for the table below; the states and roles a row allows. */
enum {
    ANY = TOKWIRE_STATE_BLANK | TOKWIRE_STATE_PUBLIC | TOKWIRE_STATE_USER | TOKWIRE_STATE_SO,
    INITIALISED = TOKWIRE_STATE_PUBLIC | TOKWIRE_STATE_USER | TOKWIRE_STATE_SO,
    LOGGED_IN = TOKWIRE_STATE_USER | TOKWIRE_STATE_SO,
    USER = TOKWIRE_STATE_USER,
    SO = TOKWIRE_STATE_SO,
    /* Reading stays possible on a token tampered with, and nothing else. */
    READING = TOKWIRE_STATE_TAMPERED,
    LINE = 1 << TOKWIRE_ROLE_LINE,
    DP = 1 << TOKWIRE_ROLE_DP,
    NO_ROLE_NEEDED = 0,
    DATA_MAX = 65000,
    TEXT_MAX = 64,
};

#define REQUIRED(tag, min, max)                                                                    \
    {                                                                                              \
        (tag), (min), (max), false, false                                                          \
    }
#define OPTIONAL(tag, min, max)                                                                    \
    {                                                                                              \
        (tag), (min), (max), true, false                                                           \
    }
#define REPEATED(tag, min, max)                                                                    \
    {                                                                                              \
        (tag), (min), (max), true, true                                                            \
    }

#define PIN_FIELD(tag) REQUIRED((tag), 1, TOKWIRE_PIN_MAX)
#define BATCHES_FIELD OPTIONAL(TOKWIRE_F_BATCHES, 0, TOKWIRE_BATCHES_MAX *TOKWIRE_BATCH_ID_SIZE)
#define HANDLE_FIELD REQUIRED(TOKWIRE_F_HANDLE, 4, 4)

const struct tokwire_shape tokwire_object_shape[] = {
    HANDLE_FIELD,
    REQUIRED(TOKWIRE_F_CLASS, 1, 1),
    REQUIRED(TOKWIRE_F_LABEL, 1, TOKWIRE_LABEL_MAX),
    OPTIONAL(TOKWIRE_F_KEY, 1, 1),
    OPTIONAL(TOKWIRE_F_VERSION, 1, 1),
    OPTIONAL(TOKWIRE_F_CHECK_VALUE, TOKWIRE_CHECK_VALUE_SIZE, TOKWIRE_CHECK_VALUE_SIZE),
    OPTIONAL(TOKWIRE_F_CURVE, 1, 1),
    OPTIONAL(TOKWIRE_F_PUBLIC_KEY, EC_POINT_SIZE, EC_POINT_SIZE),
    OPTIONAL(TOKWIRE_F_CERTIFICATE, 1, CERT_DER_MAX),
    OPTIONAL(TOKWIRE_F_COUNT, 8, 8),
    OPTIONAL(TOKWIRE_F_ORIGIN, 1, 1),
    {0, 0, 0, false, false},
};

const struct tokwire_command tokwire_commands[] = {
    {TOKWIRE_GET_STATUS,
     "GET STATUS",
     ANY | READING,
     NO_ROLE_NEEDED,
     0,
     0,
     {{0}},
     {REQUIRED(TOKWIRE_F_FIRMWARE, 1, TEXT_MAX), REQUIRED(TOKWIRE_F_FLAGS, 4, 4),
      OPTIONAL(TOKWIRE_F_LABEL, 1, TOKWIRE_LABEL_MAX),
      OPTIONAL(TOKWIRE_F_SERIAL, TOKWIRE_SERIAL_SIZE, TOKWIRE_SERIAL_SIZE),
      OPTIONAL(TOKWIRE_F_ROLE, 1, 1), OPTIONAL(TOKWIRE_F_USER_TRIES, 1, 1),
      OPTIONAL(TOKWIRE_F_SO_TRIES, 1, 1), OPTIONAL(TOKWIRE_F_QUOTA, 4, 4),
      OPTIONAL(TOKWIRE_F_NOT_AFTER, 8, 8), OPTIONAL(TOKWIRE_F_COUNT, 8, 8),
      OPTIONAL(TOKWIRE_F_RETRIES, 4, 4), BATCHES_FIELD, OPTIONAL(TOKWIRE_F_FAULT, 1, 1),
      OPTIONAL(TOKWIRE_F_TIME_SEEN, 8, 8)}},
    {TOKWIRE_INITIALISE,
     "INITIALISE",
     TOKWIRE_STATE_BLANK | TOKWIRE_STATE_PUBLIC,
     NO_ROLE_NEEDED,
     0,
     0,
     {REQUIRED(TOKWIRE_F_LABEL, 1, TOKWIRE_LABEL_MAX), OPTIONAL(TOKWIRE_F_ROLE, 1, 1),
      OPTIONAL(TOKWIRE_F_FLAGS, 4, 4), PIN_FIELD(TOKWIRE_F_PIN),
      OPTIONAL(TOKWIRE_F_NEW_PIN, 1, TOKWIRE_PIN_MAX)},
     {REQUIRED(TOKWIRE_F_SERIAL, TOKWIRE_SERIAL_SIZE, TOKWIRE_SERIAL_SIZE)}},
    {TOKWIRE_VERIFY_PIN,
     "VERIFY PIN",
     TOKWIRE_STATE_PUBLIC | READING,
     NO_ROLE_NEEDED,
     0,
     TOKWIRE_SO,
     {PIN_FIELD(TOKWIRE_F_PIN)},
     {{0}}},
    {TOKWIRE_LOGOUT, "LOGOUT", LOGGED_IN | READING, NO_ROLE_NEEDED, 0, 0, {{0}}, {{0}}},
    {TOKWIRE_CHANGE_PIN,
     "CHANGE PIN",
     INITIALISED,
     NO_ROLE_NEEDED,
     0,
     TOKWIRE_SO,
     {PIN_FIELD(TOKWIRE_F_PIN), PIN_FIELD(TOKWIRE_F_NEW_PIN)},
     {{0}}},
    {TOKWIRE_SET_USER_PIN,
     "SET USER PIN",
     SO,
     NO_ROLE_NEEDED,
     0,
     0,
     {PIN_FIELD(TOKWIRE_F_NEW_PIN)},
     {{0}}},
    {TOKWIRE_GET_RANDOM,
     "GET RANDOM",
     ANY | READING,
     NO_ROLE_NEEDED,
     0,
     0,
     {REQUIRED(TOKWIRE_F_COUNT, 8, 8)},
     {REQUIRED(TOKWIRE_F_DATA, 1, TOKWIRE_RANDOM_MAX)}},
    {TOKWIRE_GET_OBJECTS,
     "GET OBJECTS",
     INITIALISED | READING,
     NO_ROLE_NEEDED,
     0,
     0,
     {{0}},
     {REPEATED(TOKWIRE_F_OBJECT, 1, DATA_MAX)}},
    {TOKWIRE_GENERATE_KEY,
     "GENERATE KEY",
     SO,
     NO_ROLE_NEEDED,
     TOKWIRE_KEY_BATCH,
     0,
     {OPTIONAL(TOKWIRE_F_VERSION, 1, 1), OPTIONAL(TOKWIRE_F_CURVE, 1, 1)},
     {OPTIONAL(TOKWIRE_F_VERSION, 1, 1),
      OPTIONAL(TOKWIRE_F_CHECK_VALUE, TOKWIRE_CHECK_VALUE_SIZE, TOKWIRE_CHECK_VALUE_SIZE),
      OPTIONAL(TOKWIRE_F_PUBLIC_KEY, EC_POINT_SIZE, EC_POINT_SIZE)}},
    {TOKWIRE_IMPORT_COMPONENT,
     "IMPORT COMPONENT",
     SO,
     NO_ROLE_NEEDED,
     8,
     8,
     {OPTIONAL(TOKWIRE_F_VERSION, 1, 1),
      REQUIRED(TOKWIRE_F_COMPONENT, TOKWIRE_COMPONENT_SIZE, TOKWIRE_COMPONENT_SIZE)},
     /* CHECK VALUE is the component's; the answer to the last one adds the new
      * root key's version and check value. */
     {REQUIRED(TOKWIRE_F_CHECK_VALUE, TOKWIRE_CHECK_VALUE_SIZE, TOKWIRE_CHECK_VALUE_SIZE),
      OPTIONAL(TOKWIRE_F_VERSION, 1, 1),
      OPTIONAL(TOKWIRE_F_ROOT_CHECK_VALUE, TOKWIRE_CHECK_VALUE_SIZE, TOKWIRE_CHECK_VALUE_SIZE)}},
    {TOKWIRE_IMPORT_KEY,
     "IMPORT KEY",
     SO,
     NO_ROLE_NEEDED,
     TOKWIRE_KEY_DPPB,
     0,
     {OPTIONAL(TOKWIRE_F_CURVE, 1, 1),
      REQUIRED(TOKWIRE_F_PRIVATE_KEY, EC_SCALAR_SIZE, EC_SCALAR_SIZE)},
     {REQUIRED(TOKWIRE_F_PUBLIC_KEY, EC_POINT_SIZE, EC_POINT_SIZE)}},
    {TOKWIRE_CREATE_CSR,
     "CREATE CSR",
     LOGGED_IN,
     NO_ROLE_NEEDED,
     TOKWIRE_KEY_BATCH,
     0,
     {REQUIRED(TOKWIRE_F_SUBJECT, 1, TEXT_MAX), OPTIONAL(TOKWIRE_F_ORGANISATION, 1, TEXT_MAX),
      OPTIONAL(TOKWIRE_F_OID, 1, TEXT_MAX)},
     {REQUIRED(TOKWIRE_F_DATA, 1, CERT_DER_MAX)}},
    {TOKWIRE_PUT_CERTIFICATE,
     "PUT CERTIFICATE",
     SO,
     NO_ROLE_NEEDED,
     TOKWIRE_KEY_CI,
     0,
     {REQUIRED(TOKWIRE_F_CERTIFICATE, 1, CERT_DER_MAX)},
     {HANDLE_FIELD}},
    {TOKWIRE_SET_POLICY,
     "SET POLICY",
     SO,
     NO_ROLE_NEEDED,
     0,
     0,
     {OPTIONAL(TOKWIRE_F_QUOTA, 4, 4), OPTIONAL(TOKWIRE_F_NOT_AFTER, 8, 8),
      OPTIONAL(TOKWIRE_F_RETRIES, 4, 4), BATCHES_FIELD},
     {{0}}},
    {TOKWIRE_RETIRE_ROOT,
     "RETIRE ROOT",
     SO,
     NO_ROLE_NEEDED,
     0,
     0,
     {REQUIRED(TOKWIRE_F_VERSION, 1, 1),
      REQUIRED(TOKWIRE_F_ROOT_CHECK_VALUE, TOKWIRE_CHECK_VALUE_SIZE, TOKWIRE_CHECK_VALUE_SIZE)},
     {{0}}},
    {TOKWIRE_END_TRUST,
     "END TRUST",
     SO,
     NO_ROLE_NEEDED,
     0,
     0,
     {REQUIRED(TOKWIRE_F_HASH, SHA256_SIZE, SHA256_SIZE)},
     {{0}}},
    {TOKWIRE_KEYSTORE_INFO,
     "KEYSTORE INFO",
     LOGGED_IN | READING,
     NO_ROLE_NEEDED,
     0,
     0,
     {{0}},
     {REQUIRED(TOKWIRE_F_MODULE, 1, TEXT_MAX), REQUIRED(TOKWIRE_F_TOKEN, 1, TEXT_MAX),
      REPEATED(TOKWIRE_F_CAPABILITY, 3, TOKWIRE_CAPABILITY_MAX)}},
    {TOKWIRE_READ_JOURNAL,
     "READ JOURNAL",
     LOGGED_IN | READING,
     NO_ROLE_NEEDED,
     TOKWIRE_JOURNAL_CHECK,
     0,
     {OPTIONAL(TOKWIRE_F_COUNT, 8, 8)},
     {OPTIONAL(TOKWIRE_F_COUNT, 8, 8), OPTIONAL(TOKWIRE_F_HASH, SHA256_SIZE, SHA256_SIZE),
      OPTIONAL(TOKWIRE_F_MAC, AES_BLOCK, AES_BLOCK), OPTIONAL(TOKWIRE_F_FAULT, 1, 1),
      OPTIONAL(TOKWIRE_F_DATA, 0, DATA_MAX)}},
    {TOKWIRE_SIGN,
     "SIGN",
     USER,
     NO_ROLE_NEEDED,
     TOKWIRE_KEY_BATCH,
     TOKWIRE_SIGN_DIGEST,
     {REQUIRED(TOKWIRE_F_DATA, 0, TOKWIRE_MESSAGE_MAX)},
     {REQUIRED(TOKWIRE_F_SIGNATURE, EC_SIGNATURE_SIZE, EC_SIGNATURE_SIZE)}},
    {TOKWIRE_GENERATE_ONE_TIME_KEY,
     "GENERATE ONE-TIME KEY",
     USER,
     LINE,
     0,
     0,
     {REQUIRED(TOKWIRE_F_CURVE, 1, 1)},
     {HANDLE_FIELD, REQUIRED(TOKWIRE_F_PUBLIC_KEY, EC_POINT_SIZE, EC_POINT_SIZE)}},
    {TOKWIRE_DERIVE_SESSION_KEYS,
     "DERIVE SESSION KEYS",
     USER,
     LINE,
     0,
     0,
     {HANDLE_FIELD, REQUIRED(TOKWIRE_F_CERTIFICATE, 1, CERT_DER_MAX),
      REQUIRED(TOKWIRE_F_EUM_CERTIFICATE, 1, CERT_DER_MAX),
      REQUIRED(TOKWIRE_F_EUICC_SIGNED2, 1, 512),
      REQUIRED(TOKWIRE_F_SIGNATURE, EC_SIGNATURE_SIZE, EC_SIGNATURE_SIZE),
      REQUIRED(TOKWIRE_F_HOST_ID, 1, BSP_HOST_ID_MAX)},
     {HANDLE_FIELD, REQUIRED(TOKWIRE_F_EID, EID_SIZE, EID_SIZE),
      REQUIRED(TOKWIRE_F_TRANSACTION_ID, 1, 16)}},
    {TOKWIRE_DERIVE_PPK,
     "DERIVE PPK",
     USER,
     LINE | DP,
     0,
     0,
     {HANDLE_FIELD, REQUIRED(TOKWIRE_F_EID, EID_SIZE, EID_SIZE),
      REQUIRED(TOKWIRE_F_ICCID, ICCID_SIZE, ICCID_SIZE),
      OPTIONAL(TOKWIRE_F_BATCH_ID, TOKWIRE_BATCH_ID_SIZE, TOKWIRE_BATCH_ID_SIZE)},
     {HANDLE_FIELD}},
    {TOKWIRE_BSP_ENCRYPT,
     "BSP ENCRYPT",
     USER,
     LINE | DP,
     0,
     0,
     {HANDLE_FIELD, REQUIRED(TOKWIRE_F_DATA, 0, TOKWIRE_BSP_CHUNK)},
     {REQUIRED(TOKWIRE_F_DATA, 1, DATA_MAX)}},
    {TOKWIRE_BSP_MAC,
     "BSP MAC",
     USER,
     LINE,
     0,
     0,
     {HANDLE_FIELD, REQUIRED(TOKWIRE_F_DATA, 0, BSP_MACED_MAX)},
     {REQUIRED(TOKWIRE_F_MAC, BSP_MAC_SIZE, BSP_MAC_SIZE)}},
    {TOKWIRE_REPLACE_SESSION_KEYS,
     "REPLACE SESSION KEYS",
     USER,
     LINE,
     0,
     0,
     {HANDLE_FIELD, REQUIRED(TOKWIRE_F_KEY_HANDLE, 4, 4)},
     {REQUIRED(TOKWIRE_F_DATA, 1, BSP_SEGMENT_MAX)}},
    {TOKWIRE_DESTROY, "DESTROY", USER, NO_ROLE_NEEDED, 0, 0, {HANDLE_FIELD}, {{0}}},
};

const size_t tokwire_command_count = sizeof(tokwire_commands) / sizeof(tokwire_commands[0]);

const struct tokwire_command *tokwire_command_find(uint8_t ins)
{
    for (size_t i = 0; i < tokwire_command_count; i++) {
        if (tokwire_commands[i].ins == ins) {
            return &tokwire_commands[i];
        }
    }
    return NULL;
}

void tokwire_frame_put(struct buf *out, struct bytes payload)
{
    buf_put_u32(out, (uint32_t)payload.len);
    buf_put_bytes(out, payload);
}

enum err tokwire_frame_take(struct bytes input, struct bytes *payload, size_t *used)
{
    *payload = BYTES_NONE;
    *used = 0;
    if (input.len < TOKWIRE_FRAME_HEADER) {
        return ERR_TRUNCATED;
    }
    size_t len = get_u32(input.data);
    if (len < 2 || len > TOKWIRE_FRAME_MAX) {
        return ERR_RANGE;
    }
    if (input.len - TOKWIRE_FRAME_HEADER < len) {
        return ERR_TRUNCATED;
    }
    *payload = bytes_make(input.data + TOKWIRE_FRAME_HEADER, len);
    *used = TOKWIRE_FRAME_HEADER + len;
    return ERR_OK;
}
