/* What holds for every secret key behind the PKCS#11 interface, whatever was tried. */
#ifndef ATTACK_P11_CHECKS_H
#define ATTACK_P11_CHECKS_H

#include "p11.h"

/* The value itself is sensitive, and says so in Cryptoki's way, with nothing
 * written, whatever stands beside it in the template. */
void p11_check_sensitive(const struct p11 *p11, enum p11_kind kind);
/* No key of a line token is more than its kind allows. */
void p11_check_flags(const struct p11 *p11, enum p11_kind kind);

#endif
