/* The way up to the evidence and back, for attacks on the evidence alone. */
#ifndef ATTACK_EVIDENCE_H
#define ATTACK_EVIDENCE_H

#include "chip.h"
#include "stand.h"

/* A connection with a prepared transaction and a one-time key. */
void evidence_prepare(struct stand *stand, struct chip *chip, struct wire *wire,
                      const struct test_pki_identity *euicc, const struct test_pki_identity *eum);
void evidence_finish(struct chip *chip, struct wire *wire);

/* Of a list that ends with 0. */
bool sw_is_one_of(uint16_t sw, const uint16_t *allowed);

#endif
