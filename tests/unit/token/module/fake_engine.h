/* An engine that fits in a test: answers the wire as the real one would, and
 * keeps count of what reached it. */
#ifndef MODULE_FAKE_ENGINE_H
#define MODULE_FAKE_ENGINE_H

#include "client/client.h"

enum { FAKE_CHUNKS_MAX = 16 };

struct fake_engine {
    /* What a test sets. */
    bool running; /* nobody listens when not */
    bool blank;
    bool no_user_pin;
    uint8_t role;        /* enum tokwire_role */
    uint32_t more_flags; /* enum tokwire_flag, besides the obvious ones */
    uint8_t user_tries;
    bool talks_nonsense;
    uint16_t refuse_ins; /* this command gets ... */
    uint16_t refuse_sw;  /* ... this status word */
    uint8_t origin;      /* of the keys: enum tokwire_origin; 0: it is not said */
    bool no_root;        /* GET OBJECTS without the root key */
    /* What it was asked. */
    size_t connections;             /* made so far */
    size_t commands[256];           /* by instruction */
    size_t chunks[FAKE_CHUNKS_MAX]; /* lengths of BSP ENCRYPT */
    size_t chunk_count;
    uint8_t digest[EC_DIGEST_SIZE]; /* the last of SIGN, bare */
    uint32_t destroyed;             /* the last handle */
    char label[TOKWIRE_LABEL_MAX + 1];
    uint8_t login; /* enum tokwire_user of the connection */
    uint32_t last_handle;
};

extern struct fake_engine fake;

#define FAKE_USER_PIN "123456"
#define FAKE_SO_PIN "87654321"
#define FAKE_EID "89049032123451234512345678901235"

/* A running line token with user PIN, root key, batch and dpauth keys. */
void fake_reset(void);
/* All connections break, as when the engine is killed. */
void fake_stop(void);
/* module_slot_connect for it; the path does not matter. */
enum err fake_connect(const char *path, struct client **client);

#endif
