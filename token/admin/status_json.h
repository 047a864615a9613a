/* The status as JSON. */
#ifndef ADMIN_STATUS_JSON_H
#define ADMIN_STATUS_JSON_H

#include "client/client.h"

/* One JSON object; objects: of client_get_objects(). cJSON_free() the text. */
enum err status_json(const struct client_status *status, struct bytes objects, char **text);

#endif
