/* What the faults do to APDUs on their way. */
#ifndef SIMULATOR_CARD_FAULTS_H
#define SIMULATOR_CARD_FAULTS_H

#include "simulator/card.h"

/* Faults that strike before the card runs the command: true when one did, and
 * *event and response are what comes of it. */
bool card_faults_strike(struct card *card, const struct apdu_command *command, struct buf *response,
                        enum card_event *event);
/* length-4g and truncated-response in the data a function answers. */
void card_faults_spoil(struct card *card, const char *function, struct buf *data);

#endif
