/* PINs come from files or from the terminal, never from a command line. */
#ifndef ADMIN_PIN_INPUT_H
#define ADMIN_PIN_INPUT_H

#include <stdbool.h>

#include "base/secret.h"

/* From file when it is not NULL, else asked for on the terminal, without echo;
 * `again` asks twice and compares (a new PIN). Says itself what is wrong.
 * ERR_NOT_FOUND: neither a file nor a terminal; ERR_MISMATCH; ERR_RANGE;
 * ERR_SYSTEM. */
enum err pin_input(const char *file, const char *name, bool again, struct secret *pin);

#endif
