/* The signing keys as a hostile PC uses them: what is signed, and what a structure
 * is made of. */
#ifndef ATTACK_ORACLE_H
#define ATTACK_ORACLE_H

#include "chip.h"
#include "stand.h"

enum { ORACLE_MESSAGE_MAX = 4096 };

uint16_t oracle_sign(struct wire *wire, enum tokwire_key key, struct bytes message);
/* A new transaction, so far authenticated or prepared. */
void oracle_begin(const struct test_pki *pki, struct chip *chip, struct wire *wire, bool prepared);

/* Which structure a mutation starts from, and where its free contents are: the
 * bytes that may be anything and still make a structure of that kind. */
struct span {
    size_t start, end;
};

bool span_has(size_t at, const struct span *spans, size_t count);
/* Where value stands in message. */
struct span span_of(const struct buf *message, struct bytes value);

/* All truncations and some extensions: none is signed. */
void oracle_resize(struct wire *wire, enum tokwire_key key, const struct buf *message);

#endif
