/* Known answers from outside: JSON files of the published data beside the
 * checkout, and what the openssl command line computes. */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include <cjson/cJSON.h>

#include "base/bytes.h"

/* A JSON file of the published data; NULL (said with test_note()) when the data
 * is not there. A file that is there and does not parse fails the test.
 * cJSON_Delete() by the caller. */
cJSON *test_json(const char *relative);
/* Hexadecimal text member; a missing one fails the test and is empty. */
struct bytes test_json_hex(const cJSON *object, const char *name);
/* Text member; a missing one fails the test and is "". */
const char *test_json_text(const cJSON *object, const char *name);

/* Bytes of the hexadecimal digits that a shell command prints; colons, blanks
 * and line ends between them are skipped. A command that fails fails the test.
 * For public test values: a command line is no place for a secret. */
struct bytes test_command_hex(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
