/* The eUICC as the modem meets it: command APDUs in, response APDUs out
 * (ISO 7816-4 over T=0, SGP.22 5.7.2). Logical channels, SELECT, STORE DATA
 * reassembly, GET RESPONSE. */
#ifndef SIMULATOR_CARD_H
#define SIMULATOR_CARD_H

#include "apdu/apdu.h"
#include "simulator/isdr.h"

enum { CARD_CHANNELS_MAX = 20, CARD_MEMORY_DEFAULT = 2 * 1024 * 1024 };

/* The instructions it knows, also for the modem in front of it. */
enum card_ins {
    INS_MANAGE_CHANNEL = 0x70,
    INS_SELECT = 0xA4,
    INS_GET_RESPONSE = 0xC0,
    INS_STORE_DATA = 0xE2,
};

/* P1 of STORE DATA (SGP.22 5.7.2) */
enum { P1_LAST_BLOCK = 0x91, P1_MORE_BLOCKS = 0x11 };

struct card_config {
    struct identity *identity; /* taken over by card_new(), also when it fails */
    const char *state_dir;     /* NULL: nothing survives the card */
    size_t memory;             /* bytes for profiles; 0: the default */
    unsigned channels;         /* logical channels besides the basic one, 1..19; 0: 19 */
    struct faults faults;
    FILE *trace;                 /* APDU headers and status words; NULL for none */
    time_t now;                  /* 0: the system's clock */
    void (*die)(void *argument); /* kill faults; NULL: SIGKILL to itself */
    void *die_argument;
};

struct card_channel {
    bool open;
    bool isdr_selected;
    bool collecting;     /* blocks of a STORE DATA chain are in */
    unsigned next_block; /* P2 of the next block */
    struct buf command;  /* blocks so far */
    struct buf pending;  /* waits for GET RESPONSE */
};

struct card {
    struct isdr isdr;
    struct faults faults;
    struct card_channel channel[CARD_CHANNELS_MAX];
    unsigned channels;
    unsigned apdu_count;      /* since the start; faults count by it */
    unsigned load_apdu_count; /* of LoadBoundProfilePackage */
    FILE *trace;
};

/* What came of an APDU. */
enum card_event {
    CARD_ANSWER, /* response holds data and status word */
    CARD_SILENT, /* nothing, and nothing will come */
    CARD_CME,    /* the modem could not reach the card */
    CARD_REBOOT, /* the modem restarts */
};

/* ERR_BUSY, ERR_MALFORMED: the state folder. The caller frees. */
enum err card_new(const struct card_config *config, struct card **card);
void card_free(struct card **card);
/* Power off and on: channels and session are lost, the state stays. */
void card_reset(struct card *card);
/* One command APDU; response is reset first. */
enum card_event card_transmit(struct card *card, struct bytes apdu, struct buf *response);

/* Class bits of a logical channel: 80|channel to 3, C0|(channel-4) from 4 on. */
uint8_t card_class(uint8_t cla, unsigned channel);
/* Channel of a class byte; false for secure messaging or chaining. */
bool card_class_channel(uint8_t cla, unsigned *channel);

#endif
