/* A transport that answers from a script and keeps what it was sent. */
#ifndef CLIENT_SCRIPTED_H
#define CLIENT_SCRIPTED_H

#include "client/client.h"

struct script {
    struct bytes answer; /* of every exchange: data || SW1 SW2 */
    enum err err;        /* of every exchange, instead of the answer */
    size_t exchanges;
    struct buf command; /* the last one */
    bool closed;
    bool dead;
};

/* A client whose transport plays the script, which must outlive it. */
enum err script_client(struct script *script, struct client **client);
void script_init(struct script *script);
void script_clear(struct script *script);

#endif
