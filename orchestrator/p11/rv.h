/* CK_RV: its name and what it means to a caller of this project. */
#ifndef P11_RV_H
#define P11_RV_H

#include "base/err.h"

/* "CKR_PIN_INCORRECT"; "CKR_VENDOR_DEFINED" for all of the vendors' values,
 * "unknown CKR" for what 2.40 does not list. Static storage. */
const char *p11_rv_name(unsigned long rv);
/* ERR_KEYSTORE for everything that has no better word. CKR_OK is ERR_OK. */
enum err p11_rv_err(unsigned long rv);
/* What to do about it, or NULL when the name says all there is. Static. */
const char *p11_rv_advice(unsigned long rv);

#endif
