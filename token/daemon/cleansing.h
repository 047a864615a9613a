/* OpenSSL's memory, zeroed when it is given back.
 *
 * OpenSSL cleanses what it knows to be secret, and forgets some: the scalar of a
 * multiplication on P-256 stays in memory it has freed (3.0). SoftHSM2 computes with
 * the same OpenSSL. So nothing it frees is left as it was. */
#ifndef DAEMON_CLEANSING_H
#define DAEMON_CLEANSING_H

#include "base/err.h"

/* Before OpenSSL has allocated anything in this process: first of all. ERR_UNTIMELY
 * when it is too late. */
enum err cleansing_install(void);

#endif
