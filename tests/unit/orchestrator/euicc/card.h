/* A scripted eUICC behind struct euicc_transport. */
#ifndef EUICC_TEST_CARD_H
#define EUICC_TEST_CARD_H

#include "euicc/isdr.h"

/* One exchange: the command expected (hex, NULL for any) and what comes back. */
struct card_step {
    const char *command;
    const char *answer; /* data and status word, hex */
    enum err err;       /* instead of an answer */
};

struct card {
    struct euicc_transport transport;
    const struct card_step *steps;
    size_t count, at;
    bool repeat_last; /* the last step serves for ever */
    int delay_ms;     /* each answer takes this long */
    enum err open_err;
    size_t transmitted;
    size_t mismatches;
    size_t closed;
    /* whole ES10 requests, blocks put together, instead of steps */
    struct bytes request;  /* expected; empty: any */
    struct bytes response; /* data, then 9000 */
    struct buf seen;
    struct isdr isdr;
};

/* An open ISD-R over single exchanges. */
void card_steps(struct card *card, const struct card_step *steps, size_t count);
/* An open ISD-R that answers one ES10 request. */
void card_answers(struct card *card, struct bytes request, struct bytes response);
/* All steps were used and all commands were those expected. */
bool card_done(const struct card *card);
void card_clear(struct card *card);

/* The data object tag{content}, in memory freed at exit. */
struct bytes card_tlv(uint32_t tag, struct bytes content);
struct bytes card_join(struct bytes a, struct bytes b);
/* n bytes of one value. */
struct bytes card_fill(uint8_t value, size_t n);

#endif
