/* What the chip keeps without power: profiles, notifications, counters.
 *
 * STATE/state.json        everything but the profiles' bytes
 * STATE/profiles/N.upp    the decrypted profile package of ICCID N (plain digits)
 * STATE/lock              held by the running simulator
 *
 * A profile exists when state.json says so; its file is written before, and
 * files nobody names are removed at the next start. Without a folder all of it
 * is in memory and gone at the end. */
#ifndef SIMULATOR_STATE_H
#define SIMULATOR_STATE_H

#include "sgp22/id.h"
#include "sgp22/result.h"

enum {
    STATE_PROFILES_MAX = 256,
    STATE_NOTIFICATIONS_MAX = 256, /* the oldest is dropped for a new one */
    STATE_AID_SIZE = 16,
    STATE_NICKNAME_MAX = 64,
    STATE_NOTIFICATION_SIZE_MAX = 10000,
    STATE_PATH_MAX = 1024,
};

struct profile {
    struct iccid iccid;
    uint8_t aid[STATE_AID_SIZE];
    bool enabled;
    char nickname[STATE_NICKNAME_MAX + 1];
    struct buf metadata; /* StoreMetadataRequest as received */
    size_t upp_len;
    struct buf upp; /* without a folder only */
};

struct notification {
    uint64_t seq_number;
    enum notification_event event;
    struct buf whole; /* BF37, or 30 for the other events */
};

struct state {
    char dir[STATE_PATH_MAX]; /* empty: in memory */
    int lock;
    uint64_t next_seq_number;
    unsigned next_isdp;
    struct profile profile[STATE_PROFILES_MAX];
    size_t profile_count;
    struct notification notification[STATE_NOTIFICATIONS_MAX];
    size_t notification_count;
};

/* Opens the folder (made where missing), takes its lock and cleans up after a
 * killed run. dir NULL: in memory. ERR_BUSY when another simulator has it,
 * ERR_MALFORMED when its content is damaged. The caller frees. */
enum err state_open(const char *dir, struct state **state);
/* For looking only: no lock, nothing changed; the folder must exist. */
enum err state_peek(const char *dir, struct state **state);
void state_free(struct state **state);
/* Writes state.json. Nothing is durable before. */
enum err state_commit(const struct state *state);

/* Stores the bytes of a profile that does not exist yet. */
enum err state_put_upp(struct state *state, const struct iccid *iccid, struct bytes upp);
/* The profile's bytes, appended. */
enum err state_get_upp(const struct state *state, const struct iccid *iccid, struct buf *upp);

struct profile *state_profile_find(struct state *state, const struct iccid *iccid);
/* Adds a profile whose bytes were stored: disabled, under a fresh AID.
 * ERR_RANGE when the table is full, ERR_DUPLICATE. */
enum err state_profile_add(struct state *state, const struct iccid *iccid, struct bytes metadata,
                           size_t upp_len, struct profile **profile);
/* Takes it out of the table; state_drop_upp() after the commit. */
void state_profile_remove(struct state *state, struct profile *profile);
void state_drop_upp(struct state *state, const struct iccid *iccid);
/* Bytes of all profiles. */
size_t state_used(const struct state *state);

/* Appends a notification under next_seq_number, which it counts up. */
enum err state_notification_add(struct state *state, enum notification_event event,
                                struct bytes whole);
/* ERR_NOT_FOUND when there is none of that number. */
enum err state_notification_remove(struct state *state, uint64_t seq_number);

/* The file itself (state_file.c). */
enum err state_encode(const struct state *state, struct buf *json);
enum err state_decode(struct bytes json, struct state *state);

#endif
