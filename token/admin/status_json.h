/* The status as JSON, and what of a certificate both forms show. */
#ifndef ADMIN_STATUS_JSON_H
#define ADMIN_STATUS_JSON_H

#include "base/clock.h"
#include "client/client.h"
#include "sgp22/cert.h"

struct certificate_summary {
    bool readable;
    bool expired; /* or not valid yet */
    char subject[128];
    char serial[64];
    char oid[CERT_OID_TEXT_SIZE]; /* "" when it registers none */
    char not_after[CLOCK_TEXT_SIZE];
};
void certificate_summary(const struct client_object *object, struct certificate_summary *summary);

/* One JSON object; objects: of client_get_objects(). cJSON_free() the text. */
enum err status_json(const struct client_status *status, struct bytes objects, char **text);

#endif
