/* SoftHSM2 as a generic token: a store of its own in a temporary folder. */
#ifndef P11_TEST_SOFTHSM_H
#define P11_TEST_SOFTHSM_H

#include <stdbool.h>

/* Path of the module; NULL when SoftHSM2 is not installed. */
const char *softhsm_module(void);
/* Points SOFTHSM2_CONF at a fresh store. Once, before the module is loaded. */
bool softhsm_setup(void);
/* A token with user PIN 123456. */
bool softhsm_token(const char *label);
/* Path of a file in the temporary folder; static buffer. */
const char *softhsm_path(const char *name);
bool softhsm_write(const char *name, const char *text);
/* pkcs11-tool with the user PIN on that token. */
bool softhsm_tool(const char *label, const char *arguments);

#endif
