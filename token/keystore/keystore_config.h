/* Which key store, and what is peculiar about it: a JSON file for
 * usbkeyd --keystore-config. docs/token-commands.md describes every key. */
#ifndef KEYSTORE_KEYSTORE_CONFIG_H
#define KEYSTORE_KEYSTORE_CONFIG_H

#include <limits.h>

#include "keystore/keystore.h"

#define KEYSTORE_MODULE_SOFTHSM2 "/usr/lib/softhsm/libsofthsm2.so"

enum {
    KEYSTORE_INIT_ARGS_SIZE = 512,
    KEYSTORE_PREFIX_SIZE = 9,
    KEYSTORE_ANCHOR_EVERY = 16,
    KEYSTORE_ANCHOR_EVERY_MAX = 1000,
};

/* What a token does not do, and the configuration therefore does not demand.
 * Nothing is ever left out without being named here. */
enum keystore_quirk {
    KEYSTORE_NO_ALLOWED_MECHANISMS = 0x01, /* knows no CKA_ALLOWED_MECHANISMS */
    KEYSTORE_NO_COPYABLE = 0x02,           /* knows no CKA_COPYABLE */
    KEYSTORE_NO_DATA_OBJECTS = 0x04,       /* stores no CKO_DATA: anchors become keys' CKA_ID */
    KEYSTORE_EMPTY_SO_PIN = 0x08,          /* a new token's SO PIN is empty */
};

/* What its library does beside reading and writing files, for the sandbox. */
enum keystore_need {
    KEYSTORE_NEEDS_USB = 0x01,     /* usbfs devices */
    KEYSTORE_NEEDS_TCP = 0x02,     /* a connector daemon over TCP */
    KEYSTORE_NEEDS_THREADS = 0x04, /* threads of its own */
};

struct keystore_config {
    char module[PATH_MAX];
    char init_args[KEYSTORE_INIT_ARGS_SIZE]; /* for C_Initialize's pReserved; may be empty */
    /* Label of the one token to use. Empty: the module makes as many tokens as
     * it is asked for, and each INITIALISE makes one. */
    char token[KEYSTORE_LABEL_SIZE];
    char prefix[KEYSTORE_PREFIX_SIZE]; /* of every label in that one token */
    char pin_file[PATH_MAX];           /* its PIN, read at INITIALISE; empty: we set one */
    bool build_cmac;                   /* from single blocks of CKM_AES_ECB */
    unsigned quirks, needs;
    unsigned anchor_every; /* releases between two anchors */
    /* Not in the file: a first INITIALISE was killed, so that a PIN the token has
     * may be one that was set then and is in nobody's hands. */
    bool may_reset;
};

/* SoftHSM2 where module is NULL. ERR_RANGE: the path is too long. */
enum err keystore_config_default(const char *module, struct keystore_config *config);
/* Logs what is wrong. ERR_MALFORMED, ERR_SYSTEM (errno), ERR_NOT_FOUND. */
enum err keystore_config_read(const char *path, struct keystore_config *config);

#endif
