/* The one way out of and into this library. For its own files only. */
#ifndef CLIENT_FUNNEL_H
#define CLIENT_FUNNEL_H

#include "client/client.h"

/* One command: the data field as its function builds it, then the checked
 * fields of the answer, which view into it. */
struct client_call {
    struct buf request;
    struct buf response;
    struct tokwire_fields fields;
};

void client_call_init(struct client_call *call);
/* Zeroes both buffers: a request can hold a PIN. */
void client_call_clear(struct client_call *call);
/* Checks the request against the row of ins, exchanges, decodes. */
enum err client_send(struct client *client, enum tokwire_ins ins, uint8_t p1, uint8_t p2,
                     struct client_call *call);
/* client_send() with nothing to read in the answer; clears the call. */
enum err client_finish(struct client *client, enum tokwire_ins ins, uint8_t p1, uint8_t p2,
                       struct client_call *call);
/* An answer fits its row but not its request: the connection is given up.
 * Returns ERR_MALFORMED. */
enum err client_distrust(struct client *client);
/* Copies a field whose row fixes its width; zeroes out when it is absent. */
void client_take(const struct client_call *call, uint16_t tag, uint8_t *out, size_t size);
/* Copies a value as text of at most size - 1 bytes; what a terminal would obey
 * becomes '?'. */
void client_text(struct bytes value, char *text, size_t size);
/* The same for a field. */
void client_take_text(const struct tokwire_fields *fields, uint16_t tag, char *text, size_t size);

#endif
