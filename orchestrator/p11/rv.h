/* CK_RV: its name and what it means to a caller of this project. */
#ifndef P11_RV_H
#define P11_RV_H

#include "base/err.h"

/* "CKR_PIN_INCORRECT"; "CKR_0x80000001" style numbers are not made up here: an
 * unknown value gives "CKR of unknown number". Static storage. */
const char *p11_rv_name(unsigned long rv);
/* ERR_KEYSTORE for everything that has no better word. CKR_OK is ERR_OK. */
enum err p11_rv_err(unsigned long rv);
/* What to do about it, or NULL when the name says all there is. Static. */
const char *p11_rv_advice(unsigned long rv);

#endif
