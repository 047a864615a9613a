#include "simulator/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "sgp22/metadata.h"

enum { STATE_JSON_MAX = 16 * 1024 * 1024, ISDP_FIRST = 0x10, STATE_NAME_SIZE = 64 };

/* ISD-P AIDs lie at 10 00 and up in the range of SGP.02 for profiles. */
static const uint8_t isdp_aid[STATE_AID_SIZE] = {0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10, 0xFF,
                                                 0xFF, 0xFF, 0xFF, 0x89, 0x00, 0x00, 0x10, 0x00};

struct state_path {
    char text[STATE_PATH_MAX + STATE_NAME_SIZE];
};

static struct state_path path_of(const struct state *state, const char *name)
{
    struct state_path path;
    snprintf(path.text, sizeof(path.text), "%s/%s", state->dir, name);
    return path;
}

static struct state_path upp_path(const struct state *state, const struct iccid *iccid)
{
    char digits[ICCID_TEXT_SIZE], name[STATE_NAME_SIZE];
    snprintf(name, sizeof(name), "profiles/%s.upp", iccid_text(iccid, digits));
    return path_of(state, name);
}

static void profile_clear(struct profile *profile)
{
    buf_clear(&profile->metadata);
    buf_clear(&profile->upp);
    memset(profile, 0, sizeof(*profile));
}

void state_free(struct state **state)
{
    struct state *it = *state;

    if (!it) {
        return;
    }
    for (size_t i = 0; i < it->profile_count; i++) {
        profile_clear(&it->profile[i]);
    }
    for (size_t i = 0; i < it->notification_count; i++) {
        buf_clear(&it->notification[i].whole);
    }
    if (it->lock >= 0) {
        close(it->lock);
    }
    free(it);
    *state = NULL;
}

static enum err make_dir(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? ERR_OK : ERR_SYSTEM;
}

static enum err take_lock(struct state *state)
{
    state->lock = open(path_of(state, "lock").text, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (state->lock < 0) {
        return ERR_SYSTEM;
    }
    if (flock(state->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? ERR_BUSY : ERR_SYSTEM;
    }
    return ERR_OK;
}

static enum err read_json(struct state *state)
{
    struct buf json;
    buf_init(&json, STATE_JSON_MAX);
    enum err err = file_read(path_of(state, "state.json").text, &json);
    if (err == ERR_OK) {
        err = state_decode(buf_bytes(&json), state);
    } else if (err == ERR_NOT_FOUND) {
        err = ERR_OK; /* a new chip */
    }
    buf_clear(&json);
    return err;
}

/* Every profile's bytes are there, as many as there should be. */
static enum err check_files(const struct state *state)
{
    for (size_t i = 0; i < state->profile_count; i++) {
        struct stat info;
        if (stat(upp_path(state, &state->profile[i].iccid).text, &info) != 0 ||
            (size_t)info.st_size != state->profile[i].upp_len) {
            return ERR_MALFORMED;
        }
    }
    return ERR_OK;
}

static bool is_named(const struct state *state, const char *file)
{
    for (size_t i = 0; i < state->profile_count; i++) {
        char digits[ICCID_TEXT_SIZE], name[STATE_NAME_SIZE];
        snprintf(name, sizeof(name), "%s.upp", iccid_text(&state->profile[i].iccid, digits));
        if (strcmp(name, file) == 0) {
            return true;
        }
    }
    return false;
}

/* A kill between the profile's file and state.json leaves a file of no profile. */
static void remove_strays(const struct state *state)
{
    struct state_path folder = path_of(state, "profiles");
    DIR *dir = opendir(folder.text);
    if (!dir) {
        return;
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_type == DT_REG && !is_named(state, entry->d_name)) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        }
    }
    closedir(dir);
}

static enum err open_dir(const char *dir, struct state *state)
{
    if (strlen(dir) >= sizeof(state->dir)) {
        return ERR_RANGE;
    }
    snprintf(state->dir, sizeof(state->dir), "%s", dir);
    enum err err = make_dir(state->dir);
    if (err == ERR_OK) {
        err = make_dir(path_of(state, "profiles").text);
    }
    if (err == ERR_OK) {
        err = take_lock(state);
    }
    if (err == ERR_OK) {
        err = read_json(state);
    }
    if (err == ERR_OK) {
        err = check_files(state);
    }
    if (err == ERR_OK) {
        remove_strays(state);
    }
    return err;
}

static struct state *state_new(void)
{
    struct state *state = calloc(1, sizeof(*state));
    if (state) {
        state->lock = -1;
        state->next_isdp = ISDP_FIRST;
    }
    return state;
}

enum err state_open(const char *dir, struct state **state)
{
    *state = state_new();
    if (!*state) {
        return ERR_MEMORY;
    }
    enum err err = dir ? open_dir(dir, *state) : ERR_OK;
    if (err != ERR_OK) {
        state_free(state);
    }
    return err;
}

enum err state_peek(const char *dir, struct state **state)
{
    struct stat info;
    *state = NULL;
    if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode)) {
        return ERR_NOT_FOUND;
    }
    if (strlen(dir) >= STATE_PATH_MAX) {
        return ERR_RANGE;
    }
    *state = state_new();
    if (!*state) {
        return ERR_MEMORY;
    }
    snprintf((*state)->dir, sizeof((*state)->dir), "%s", dir);
    enum err err = read_json(*state);
    if (err != ERR_OK) {
        state_free(state);
    }
    return err;
}

enum err state_commit(const struct state *state)
{
    struct buf json;
    if (!state->dir[0]) {
        return ERR_OK;
    }
    buf_init(&json, STATE_JSON_MAX);
    enum err err = state_encode(state, &json);
    if (err == ERR_OK) {
        err = file_replace(path_of(state, "state.json").text, buf_bytes(&json), 0600);
    }
    buf_clear(&json);
    return err;
}

/* In memory the bytes wait under the ICCID in the first free row. */
enum err state_put_upp(struct state *state, const struct iccid *iccid, struct bytes upp)
{
    if (state->dir[0]) {
        return file_replace(upp_path(state, iccid).text, upp, 0600);
    }
    if (state->profile_count == STATE_PROFILES_MAX) {
        return ERR_RANGE;
    }
    struct buf *free_row = &state->profile[state->profile_count].upp;
    buf_clear(free_row);
    buf_init(free_row, UPP_MAX);
    buf_put_bytes(free_row, upp);
    return buf_err(free_row);
}

enum err state_get_upp(const struct state *state, const struct iccid *iccid, struct buf *upp)
{
    if (state->dir[0]) {
        return file_read(upp_path(state, iccid).text, upp);
    }
    for (size_t i = 0; i < state->profile_count; i++) {
        if (memcmp(&state->profile[i].iccid, iccid, sizeof(*iccid)) == 0) {
            buf_put_bytes(upp, buf_bytes(&state->profile[i].upp));
            return buf_err(upp);
        }
    }
    return ERR_NOT_FOUND;
}

void state_drop_upp(struct state *state, const struct iccid *iccid)
{
    if (state->dir[0]) {
        unlink(upp_path(state, iccid).text);
    }
}

struct profile *state_profile_find(struct state *state, const struct iccid *iccid)
{
    for (size_t i = 0; i < state->profile_count; i++) {
        if (memcmp(&state->profile[i].iccid, iccid, sizeof(*iccid)) == 0) {
            return &state->profile[i];
        }
    }
    return NULL;
}

enum err state_profile_add(struct state *state, const struct iccid *iccid, struct bytes metadata,
                           size_t upp_len, struct profile **profile)
{
    *profile = NULL;
    if (state->profile_count == STATE_PROFILES_MAX) {
        return ERR_RANGE;
    }
    if (state_profile_find(state, iccid)) {
        return ERR_DUPLICATE;
    }
    struct profile *row = &state->profile[state->profile_count];
    buf_init(&row->metadata, METADATA_MAX);
    buf_put_bytes(&row->metadata, metadata);
    if (buf_err(&row->metadata) != ERR_OK) {
        buf_clear(&row->metadata);
        return ERR_MEMORY;
    }
    row->iccid = *iccid;
    memcpy(row->aid, isdp_aid, sizeof(row->aid));
    row->aid[13] = (uint8_t)(state->next_isdp >> 8);
    row->aid[14] = (uint8_t)state->next_isdp;
    row->enabled = false;
    row->upp_len = upp_len;
    state->next_isdp++;
    state->profile_count++;
    *profile = row;
    return ERR_OK;
}

void state_profile_remove(struct state *state, struct profile *profile)
{
    size_t at = (size_t)(profile - state->profile);
    profile_clear(profile);
    for (size_t i = at; i + 1 < state->profile_count; i++) {
        state->profile[i] = state->profile[i + 1];
    }
    state->profile_count--;
    memset(&state->profile[state->profile_count], 0, sizeof(state->profile[0]));
}

size_t state_used(const struct state *state)
{
    size_t used = 0;
    for (size_t i = 0; i < state->profile_count; i++) {
        used += state->profile[i].upp_len;
    }
    return used;
}

static void notification_drop(struct state *state, size_t at)
{
    buf_clear(&state->notification[at].whole);
    for (size_t i = at; i + 1 < state->notification_count; i++) {
        state->notification[i] = state->notification[i + 1];
    }
    state->notification_count--;
    memset(&state->notification[state->notification_count], 0, sizeof(state->notification[0]));
}

enum err state_notification_add(struct state *state, enum notification_event event,
                                struct bytes whole)
{
    struct buf copy;
    buf_init(&copy, STATE_NOTIFICATION_SIZE_MAX);
    buf_put_bytes(&copy, whole);
    if (buf_err(&copy) != ERR_OK) {
        enum err err = buf_err(&copy);
        buf_clear(&copy);
        return err;
    }
    if (state->notification_count == STATE_NOTIFICATIONS_MAX) {
        notification_drop(state, 0);
    }
    struct notification *row = &state->notification[state->notification_count++];
    row->seq_number = state->next_seq_number++;
    row->event = event;
    row->whole = copy;
    return ERR_OK;
}

enum err state_notification_remove(struct state *state, uint64_t seq_number)
{
    for (size_t i = 0; i < state->notification_count; i++) {
        if (state->notification[i].seq_number == seq_number) {
            notification_drop(state, i);
            return ERR_OK;
        }
    }
    return ERR_NOT_FOUND;
}
