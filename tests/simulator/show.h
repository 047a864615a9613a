/* euicc-sim show: what a state folder holds. */
#ifndef SIMULATOR_SHOW_H
#define SIMULATOR_SHOW_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

/* Profiles with ICCID, state, bytes and SHA-256 of the decrypted package, and
 * the pending notifications. json: one object on one line. */
enum err show(const char *state_dir, bool json, FILE *stream);

#endif
