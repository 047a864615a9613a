/* The wire between middleware and engine: THE table of commands.
 *
 * Both sides read it: the engine refuses what the table does not allow before
 * any handler runs; the client checks every answer against it. The text form,
 * byte by byte, is docs/token-commands.md.
 *
 * A frame is a 4-byte big-endian length and that many bytes: a command APDU
 * (extended form, CLA 80) one way, data || SW1 SW2 the other. The data field is
 * a flat sequence of BER-TLV fields, each tag with one meaning on the whole
 * wire, in the order the row states. */
#ifndef TOKWIRE_TOKWIRE_H
#define TOKWIRE_TOKWIRE_H

#include "apdu/apdu.h"
#include "base/bytes.h"
#include "tokwire/status.h"

enum {
    TOKWIRE_CLA = 0x80,
    TOKWIRE_FRAME_HEADER = 4,
    TOKWIRE_FRAME_MAX = APDU_EXTENDED_MAX,
    /* Plaintext of one BSP ENCRYPT: 60 full segments, so that command and answer
     * fit a frame. Longer data takes several commands, each but the last of
     * exactly this length. */
    TOKWIRE_BSP_CHUNK = 60 * 1007,
    TOKWIRE_MESSAGE_MAX = 60000,
    TOKWIRE_PIN_MIN = 6,
    TOKWIRE_PIN_MAX = 32,
    TOKWIRE_LABEL_MAX = 32,
    TOKWIRE_SERIAL_SIZE = 16,
    TOKWIRE_CHECK_VALUE_SIZE = 5,
    TOKWIRE_BATCH_ID_SIZE = 16,
    TOKWIRE_COMPONENT_SIZE = 32,
    TOKWIRE_RANDOM_MAX = 4096,
    TOKWIRE_BATCHES_MAX = 16, /* batch ids one policy can hold */
    TOKWIRE_CAPABILITY_MAX = 64,
};

enum tokwire_ins {
    TOKWIRE_GET_STATUS = 0xCA,
    TOKWIRE_INITIALISE = 0xE0,
    TOKWIRE_VERIFY_PIN = 0x20,
    TOKWIRE_LOGOUT = 0x21,
    TOKWIRE_CHANGE_PIN = 0x24,
    TOKWIRE_SET_USER_PIN = 0x2C,
    TOKWIRE_GET_RANDOM = 0x84,
    TOKWIRE_GET_OBJECTS = 0xCB,
    TOKWIRE_GENERATE_KEY = 0x46,
    TOKWIRE_IMPORT_COMPONENT = 0xD8,
    TOKWIRE_IMPORT_KEY = 0xD9,
    TOKWIRE_CREATE_CSR = 0x48,
    TOKWIRE_PUT_CERTIFICATE = 0xDA,
    TOKWIRE_SET_POLICY = 0xD0,
    TOKWIRE_RETIRE_ROOT = 0xE4,
    TOKWIRE_END_TRUST = 0xE6,
    TOKWIRE_KEYSTORE_INFO = 0xC2,
    TOKWIRE_READ_JOURNAL = 0xB2,
    TOKWIRE_SIGN = 0x2A,
    TOKWIRE_GENERATE_ONE_TIME_KEY = 0x47,
    TOKWIRE_DERIVE_SESSION_KEYS = 0x86,
    TOKWIRE_DERIVE_PPK = 0x88,
    TOKWIRE_BSP_ENCRYPT = 0x50,
    TOKWIRE_BSP_MAC = 0x51,
    TOKWIRE_REPLACE_SESSION_KEYS = 0x52,
    TOKWIRE_DESTROY = 0x53,
};

/* Fields: tag and meaning. Lengths are in the rows' shapes. */
enum tokwire_field {
    TOKWIRE_F_LABEL = 0x80, /* UTF-8, 1..32 */
    TOKWIRE_F_ROLE = 0x81,  /* enum tokwire_role */
    TOKWIRE_F_FLAGS = 0x82, /* enum tokwire_flag, 4 bytes */
    TOKWIRE_F_PIN = 0x83,
    TOKWIRE_F_NEW_PIN = 0x84,
    TOKWIRE_F_SERIAL = 0x85,      /* 16 printable characters */
    TOKWIRE_F_HANDLE = 0x86,      /* 4 bytes */
    TOKWIRE_F_EID = 0x87,         /* 16 */
    TOKWIRE_F_ICCID = 0x88,       /* 10, nibble swapped */
    TOKWIRE_F_VERSION = 0x89,     /* root key version, 1 byte, 1..255 */
    TOKWIRE_F_CHECK_VALUE = 0x8A, /* first 5 bytes of AES-CMAC(key, 16 zero bytes) */
    TOKWIRE_F_COMPONENT = 0x8B,   /* 32 */
    TOKWIRE_F_PRIVATE_KEY = 0x8C, /* scalar, 32 */
    TOKWIRE_F_CERTIFICATE = 0x8D, /* DER */
    TOKWIRE_F_DATA = 0x8E,        /* message, plaintext, segments, journal lines, random */
    TOKWIRE_F_SIGNATURE = 0x8F,   /* 64, r || s */
    TOKWIRE_F_PUBLIC_KEY = 0x90,  /* 65, 04 || X || Y */
    TOKWIRE_F_CURVE = 0x91,       /* enum ec_curve, 1 byte */
    TOKWIRE_F_EUM_CERTIFICATE = 0x92,
    TOKWIRE_F_EUICC_SIGNED2 = 0x93,
    TOKWIRE_F_HOST_ID = 0x94,            /* 1..16 */
    TOKWIRE_F_KEY_HANDLE = 0x95,         /* the PPK set to wrap, 4 bytes */
    TOKWIRE_F_MAC = 0x96,                /* 8 (BSP) or 16 (journal head) */
    TOKWIRE_F_BATCH_ID = 0x97,           /* 16 */
    TOKWIRE_F_QUOTA = 0x98,              /* 4 bytes; FFFFFFFF none */
    TOKWIRE_F_NOT_AFTER = 0x99,          /* 8 bytes, seconds since 1970; 0 none */
    TOKWIRE_F_COUNT = 0x9A,              /* 8 bytes */
    TOKWIRE_F_HASH = 0x9B,               /* 32 */
    TOKWIRE_F_USER_TRIES = 0x9C,         /* 1 byte */
    TOKWIRE_F_SO_TRIES = 0x9D,           /* 1 byte */
    TOKWIRE_F_FIRMWARE = 0x9E,           /* text */
    TOKWIRE_F_CLASS = 0x9F1F,            /* enum tokwire_class, 1 byte */
    TOKWIRE_F_KEY = 0x9F20,              /* enum tokwire_key, 1 byte */
    TOKWIRE_F_SUBJECT = 0x9F21,          /* common name for a CSR, UTF-8 1..64 */
    TOKWIRE_F_ORGANISATION = 0x9F22,     /* organisation for a CSR, UTF-8 1..64 */
    TOKWIRE_F_OID = 0x9F23,              /* dotted text, for a CSR's registeredID */
    TOKWIRE_F_ROOT_CHECK_VALUE = 0x9F24, /* 5 */
    TOKWIRE_F_TRANSACTION_ID = 0x9F25,   /* 1..16 */
    TOKWIRE_F_RETRIES = 0x9F26,          /* 4 bytes, beyond the first release; FFFFFFFF no limit */
    TOKWIRE_F_BATCHES = 0x9F27,          /* batch ids allowed, 16 each; empty: any */
    TOKWIRE_F_FAULT = 0x9F28,            /* enum tokwire_fault, 1 byte */
    TOKWIRE_F_TIME_SEEN = 0x9F29,        /* 8 bytes, latest time the engine has seen */
    TOKWIRE_F_MODULE = 0x9F2A,           /* text: the key store's library */
    TOKWIRE_F_TOKEN = 0x9F2B,            /* text: the key store's token */
    TOKWIRE_F_CAPABILITY = 0x9F2C,       /* class, verdict, name: enum tokwire_capability */
    TOKWIRE_F_ORIGIN = 0x9F2D,           /* enum tokwire_origin, 1 byte */
    TOKWIRE_F_OBJECT = 0xA0,             /* constructed: one object */
};

enum tokwire_role { TOKWIRE_ROLE_LINE = 1, TOKWIRE_ROLE_DP = 2 };

/* Keys by name; P1 of the commands that take one. */
enum tokwire_key {
    TOKWIRE_KEY_ROOT = 1,
    TOKWIRE_KEY_DPAUTH = 2,
    TOKWIRE_KEY_DPPB = 3,
    TOKWIRE_KEY_BATCH = 4,
    TOKWIRE_KEY_CI = 5, /* PUT CERTIFICATE only: a trusted CI */
};

/* Where a key's value was made. */
enum tokwire_origin {
    TOKWIRE_ORIGIN_GENERATED = 1, /* in the key store */
    TOKWIRE_ORIGIN_IMPORTED = 2,  /* outside: components, or a development token's import */
};

enum tokwire_class {
    TOKWIRE_CLASS_ROOT = 1,        /* VERSION, CHECK_VALUE, ORIGIN */
    TOKWIRE_CLASS_PRIVATE = 2,     /* KEY, CURVE, PUBLIC_KEY, ORIGIN */
    TOKWIRE_CLASS_CERTIFICATE = 3, /* KEY (KEY_CI: trusted), CERTIFICATE */
    TOKWIRE_CLASS_COUNTER = 4,     /* LABEL, COUNT */
    TOKWIRE_CLASS_RETIRED = 5,     /* a root key destroyed: VERSION, CHECK_VALUE, ORIGIN */
};

/* FLAGS of GET STATUS and INITIALISE (which takes DEVELOPMENT alone). */
enum tokwire_flag {
    TOKWIRE_FLAG_INITIALISED = 0x01,
    TOKWIRE_FLAG_USER_PIN_SET = 0x02,
    TOKWIRE_FLAG_DEVELOPMENT = 0x04, /* private keys may be imported; for ever */
    TOKWIRE_FLAG_USER_LOCKED = 0x08,
    TOKWIRE_FLAG_SO_LOCKED = 0x10,
    TOKWIRE_FLAG_USER_LOGGED_IN = 0x20, /* on this connection */
    TOKWIRE_FLAG_SO_LOGGED_IN = 0x40,
    TOKWIRE_FLAG_EXPIRED = 0x80,   /* past the officer's not-after date */
    TOKWIRE_FLAG_TAMPERED = 0x100, /* FAULT says what; reading alone is allowed */
};

/* What is wrong with the journal, the state or the keys. */
enum tokwire_fault {
    TOKWIRE_FAULT_NONE = 0,
    TOKWIRE_FAULT_TRUNCATED = 1,   /* entries are missing at the end of the journal */
    TOKWIRE_FAULT_EDITED = 2,      /* an entry is not what was written */
    TOKWIRE_FAULT_REORDERED = 3,   /* all entries, in another order */
    TOKWIRE_FAULT_REMOVED = 4,     /* entries are missing in between */
    TOKWIRE_FAULT_ROLLED_BACK = 5, /* sound, but an older copy */
    TOKWIRE_FAULT_HEAD = 6,        /* the journal's head is missing or forged */
    TOKWIRE_FAULT_STATE = 7,       /* the state file fails authentication */
    TOKWIRE_FAULT_KEYS = 8,        /* the key store does not hold what it held */
};

/* CAPABILITY: one byte each of class and verdict, then the name. */
enum tokwire_capability {
    TOKWIRE_CAPABILITY_MECHANISM = 1, /* the token's own list */
    TOKWIRE_CAPABILITY_CMAC_KEY = 2,  /* attribute of root keys */
    TOKWIRE_CAPABILITY_EC_KEY = 3,    /* attribute of signing keys */
    TOKWIRE_CAPABILITY_USE = 4,       /* what the engine does or cannot do with it */
};
enum tokwire_verdict {
    TOKWIRE_VERDICT_NO = 0,
    TOKWIRE_VERDICT_YES = 1,
    TOKWIRE_VERDICT_BUILT = 2,  /* made by the engine from something else */
    TOKWIRE_VERDICT_UNTOLD = 3, /* the token does not say, and the configuration accepts it */
};

enum tokwire_user { TOKWIRE_USER = 1, TOKWIRE_SO = 2 }; /* P2 of the PIN commands */
enum tokwire_sign_mode { TOKWIRE_SIGN_MESSAGE = 0, TOKWIRE_SIGN_DIGEST = 1 }; /* P2 of SIGN */
/* P1 of READ JOURNAL */
enum tokwire_journal_mode {
    TOKWIRE_JOURNAL_LINES = 0,
    TOKWIRE_JOURNAL_HEAD = 1,
    TOKWIRE_JOURNAL_CHECK = 2,
};

/* States a connection can be in; rows hold a mask. */
enum tokwire_state {
    TOKWIRE_STATE_BLANK = 0x01, /* token not initialised */
    TOKWIRE_STATE_PUBLIC = 0x02,
    TOKWIRE_STATE_USER = 0x04,
    TOKWIRE_STATE_SO = 0x08,
    /* In a row: also on a token that found itself tampered with. */
    TOKWIRE_STATE_TAMPERED = 0x10,
};

enum { TOKWIRE_FIELDS_MAX = 16 };

/* One field of a shape. */
struct tokwire_shape {
    uint16_t tag; /* 0 ends the shape */
    uint16_t min, max;
    bool optional;
    bool repeated; /* zero or more, only as the last of a shape */
};

struct tokwire_command {
    uint8_t ins;
    const char *name;       /* as in docs/token-commands.md */
    uint8_t states;         /* mask of enum tokwire_state */
    uint8_t roles;          /* mask of 1 << role; 0: any, also none */
    uint8_t p1_max, p2_max; /* highest values allowed; handlers check the rest */
    struct tokwire_shape request[TOKWIRE_FIELDS_MAX];
    struct tokwire_shape response[TOKWIRE_FIELDS_MAX];
};

extern const struct tokwire_command tokwire_commands[];
extern const size_t tokwire_command_count;
/* The row of an instruction, NULL when there is none. */
const struct tokwire_command *tokwire_command_find(uint8_t ins);

/* Fields of one checked data field, in the shape's order: field i of the shape
 * is value[i]; present[i] says whether an optional one was there. For a
 * repeated field value[i] spans all its elements whole. */
struct tokwire_fields {
    const struct tokwire_shape *shape;
    struct bytes value[TOKWIRE_FIELDS_MAX];
    bool present[TOKWIRE_FIELDS_MAX];
};
/* Checks data against a shape: every field known, in order, once, its length
 * within bounds, nothing behind. ERR_MALFORMED else. */
enum err tokwire_fields_decode(const struct tokwire_shape *shape, struct bytes data,
                               struct tokwire_fields *fields);
/* Value of a tag; empty view when absent. */
struct bytes tokwire_field(const struct tokwire_fields *fields, uint16_t tag);
bool tokwire_field_present(const struct tokwire_fields *fields, uint16_t tag);
/* Fields of fixed width as a number (big endian, 1..8 bytes; 0 when absent). */
uint64_t tokwire_field_uint(const struct tokwire_fields *fields, uint16_t tag);
/* Shape of the content of one TOKWIRE_F_OBJECT. */
extern const struct tokwire_shape tokwire_object_shape[];

/* Appends a field with an unsigned value of `width` bytes. */
void tokwire_put_uint(struct buf *out, uint16_t tag, uint64_t value, size_t width);

/* Frame header around a payload. */
void tokwire_frame_put(struct buf *out, struct bytes payload);
/* The first whole frame in input: payload is a view, *used the bytes it takes.
 * ERR_TRUNCATED: more bytes are needed; ERR_RANGE: the announced length is over
 * TOKWIRE_FRAME_MAX or under 2, hang up. */
enum err tokwire_frame_take(struct bytes input, struct bytes *payload, size_t *used);

#endif
