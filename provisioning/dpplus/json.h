/* JSON from files and lines: bounded, strict about what follows the value. */
#ifndef DPPLUS_JSON_H
#define DPPLUS_JSON_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

/* An object and nothing behind it but blanks. NULL when it is none. The caller
 * frees with cJSON_Delete(). */
cJSON *json_object(struct bytes text);
/* String member, NULL when absent or null. ERR_MALFORMED when it is another
 * type or longer than max bytes. */
enum err json_text(const cJSON *object, const char *name, size_t max, const char **value);
/* Prints unformatted on standard output with a line end. */
void json_print(const cJSON *value);

#endif
