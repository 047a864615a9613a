/* The head: two records in one file, written in turn so that one is always
 * whole. A record is text of RECORD_SIZE bytes:
 *
 *   count (20 digits) ' ' SHA-256 (64 hex) ' ' MAC (32 hex) blanks '\n' */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/log.h"
#include "engine/journal_scan.h"

/* One sector each: a torn write hits one record. */
enum { RECORD_SIZE = 512, RECORDS = 2, COUNT_DIGITS = 20, HEAD_MODE = 0600 };
enum {
    HASH_AT = COUNT_DIGITS + 1,
    MAC_AT = HASH_AT + 2 * SHA256_SIZE + 1,
    RECORD_TEXT = MAC_AT + 2 * AES_BLOCK,
};

struct head {
    uint64_t count;
    uint8_t hash[SHA256_SIZE];
    uint8_t mac[AES_BLOCK];
};

void journal_head_message(struct buf *out, const char *serial, uint64_t count,
                          const uint8_t hash[SHA256_SIZE])
{
    buf_put_str(out, "euicc-line journal head");
    buf_put_str(out, serial);
    buf_put_u64(out, count);
    buf_put(out, hash, SHA256_SIZE);
}

static enum err head_mac(struct journal *journal, const struct head *head, uint8_t mac[AES_BLOCK])
{
    struct buf message;
    buf_init(&message, JOURNAL_HEAD_MESSAGE_MAX);
    journal_head_message(&message, journal->serial, head->count, head->hash);
    enum err err = buf_err(&message);
    if (err == ERR_OK) {
        err = keystore_cmac(journal->store, journal->mac_key, buf_bytes(&message), mac);
    }
    buf_clear(&message);
    return err;
}

static void record_encode(const struct head *head, char record[RECORD_SIZE])
{
    char hash[2 * SHA256_SIZE + 1], mac[2 * AES_BLOCK + 1], text[RECORD_TEXT + 1];
    snprintf(text, sizeof(text), "%0*" PRIu64 " %s %s", COUNT_DIGITS, head->count,
             hex_encode(BYTES_OF(head->hash), hash), hex_encode(BYTES_OF(head->mac), mac));
    memset(record, ' ', RECORD_SIZE);
    memcpy(record, text, RECORD_TEXT);
    record[RECORD_SIZE - 1] = '\n';
}

static enum err record_decode(const char *record, struct head *head)
{
    char digits[COUNT_DIGITS + 1], *end;
    size_t len;
    memcpy(digits, record, COUNT_DIGITS);
    digits[COUNT_DIGITS] = '\0';
    errno = 0;
    head->count = strtoull(digits, &end, 10);
    if (*end != '\0' || errno != 0 || record[COUNT_DIGITS] != ' ' || record[MAC_AT - 1] != ' ') {
        return ERR_MALFORMED;
    }
    enum err err =
        hex_decode(record + HASH_AT, sizeof(head->hash) * 2, head->hash, sizeof(head->hash), &len);
    if (err == ERR_OK) {
        err =
            hex_decode(record + MAC_AT, sizeof(head->mac) * 2, head->mac, sizeof(head->mac), &len);
    }
    return err;
}

/* The record that authenticates and counts highest. ERR_SIGNATURE: none does. */
static enum err best_record(struct journal *journal, struct bytes file, struct head *best)
{
    bool found = false;
    for (unsigned i = 0; i < RECORDS && (i + 1) * RECORD_SIZE <= file.len; i++) {
        struct head head;
        uint8_t mac[AES_BLOCK];
        if (record_decode((const char *)file.data + i * RECORD_SIZE, &head) != ERR_OK) {
            continue;
        }
        enum err err = head_mac(journal, &head, mac);
        if (err != ERR_OK) {
            return err;
        }
        if (bytes_equal_secret(BYTES_OF(head.mac), BYTES_OF(mac)) &&
            (!found || head.count > best->count)) {
            *best = head;
            journal->head_slot = (i + 1) % RECORDS;
            found = true;
        }
    }
    return found ? ERR_OK : ERR_SIGNATURE;
}

static enum err head_path(const char *dir, const char *serial, char path[PATH_MAX])
{
    int len = snprintf(path, PATH_MAX, "%s/head-%s", dir, serial);
    return len > 0 && len < PATH_MAX && strchr(serial, '/') == NULL ? ERR_OK : ERR_RANGE;
}

static void bind_key(struct journal *journal, struct keystore *store, struct keystore_key mac_key,
                     const char *serial)
{
    journal->store = store;
    journal->mac_key = mac_key;
    snprintf(journal->serial, sizeof(journal->serial), "%s", serial);
}

enum err journal_create_head(struct journal *journal, const char *dir, struct keystore *store,
                             struct keystore_key mac_key, const char *serial)
{
    char path[PATH_MAX], file[RECORDS * RECORD_SIZE];
    struct head head = {.count = journal->count};
    memcpy(head.hash, journal->hash, sizeof(head.hash));
    enum err err = head_path(dir, serial, path);
    if (err != ERR_OK) {
        return err;
    }
    bind_key(journal, store, mac_key, serial);
    err = head_mac(journal, &head, head.mac);
    journal->store = NULL;
    if (err != ERR_OK) {
        return err;
    }
    record_encode(&head, file);
    record_encode(&head, file + RECORD_SIZE);
    return file_replace(path, bytes_make(file, sizeof(file)), HEAD_MODE);
}

/* The key store's anchor is older than the last entry, or is that entry: an
 * earlier copy of file and head together has not come that far. */
static enum err check_anchor(struct journal *journal, const struct anchor *anchor,
                             const struct journal_watch *watch)
{
    if (anchor->count > journal->count) {
        return journal_break(journal, TOKWIRE_FAULT_ROLLED_BACK,
                             "an older copy: %" PRIu64 " entries, and there were %" PRIu64,
                             journal->count, anchor->count);
    }
    if (anchor->count > 0 && memcmp(anchor->hash, watch->hash, SHA256_SIZE) != 0) {
        return journal_break(journal, TOKWIRE_FAULT_EDITED,
                             "line %" PRIu64 ": not the entry the key store's anchor covers",
                             anchor->count);
    }
    return ERR_OK;
}

static enum err check_head(struct journal *journal, const struct head *head,
                           const struct journal_watch *watch)
{
    if (head->count > journal->count) {
        return journal_break(journal, TOKWIRE_FAULT_TRUNCATED,
                             "%" PRIu64 " entries, and the head covers %" PRIu64, journal->count,
                             head->count);
    }
    if (head->count > 0 && memcmp(head->hash, watch->hash, SHA256_SIZE) != 0) {
        return journal_break(journal, TOKWIRE_FAULT_EDITED,
                             "line %" PRIu64 ": not the entry the head covers", head->count);
    }
    return ERR_OK;
}

static enum err read_head(struct journal *journal, const char *path, struct head *head)
{
    struct buf file;
    buf_init(&file, RECORDS * RECORD_SIZE);
    enum err err = file_read(path, &file);
    if (err == ERR_OK) {
        err = best_record(journal, buf_bytes(&file), head);
    }
    buf_clear(&file);
    return err == ERR_NOT_FOUND || err == ERR_RANGE ? ERR_SIGNATURE : err;
}

/* The chain first: what is wrong with it says more than what is wrong with the
 * head. */
static enum err check(struct journal *journal, const char *path, const struct anchor *anchor,
                      const struct journal_visitor *visitor)
{
    struct head head = {0};
    enum err head_err = read_head(journal, path, &head);
    struct journal_watch watches[] = {{.seq = head.count}, {.seq = anchor->count}};
    enum err err = journal_scan(journal, visitor, watches, 2);
    if (err != ERR_OK) {
        return err;
    }
    if (head_err == ERR_SIGNATURE) {
        return journal_break(journal, TOKWIRE_FAULT_HEAD,
                             "the head is missing or fails authentication");
    }
    if (head_err != ERR_OK) {
        return head_err;
    }
    err = check_head(journal, &head, &watches[0]);
    return err == ERR_OK ? check_anchor(journal, anchor, &watches[1]) : err;
}

enum err journal_attach(struct journal *journal, const char *dir, struct keystore *store,
                        struct keystore_key mac_key, const char *serial,
                        const struct anchor *anchor, const struct journal_visitor *visitor)
{
    char path[PATH_MAX];
    enum err err = head_path(dir, serial, path);
    if (err != ERR_OK) {
        return err;
    }
    bind_key(journal, store, mac_key, serial);
    err = journal_open_file(journal);
    if (err == ERR_OK) {
        err = check(journal, path, anchor, visitor);
    }
    if (err == ERR_OK) {
        journal->head_fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
        err = journal->head_fd >= 0 ? journal_seal(journal) : ERR_SYSTEM;
    }
    if (err != ERR_OK) {
        if (journal->broken) {
            log_error("journal: %s: %s", journal->path, journal->fault);
        }
        if (journal->head_fd >= 0) {
            close(journal->head_fd);
        }
        journal->head_fd = -1;
        journal->store = NULL;
    }
    return err;
}

enum err journal_seal(struct journal *journal)
{
    struct head head = {.count = journal->count};
    char record[RECORD_SIZE];
    if (journal->store == NULL || journal->head_fd < 0) {
        return ERR_UNTIMELY;
    }
    memcpy(head.hash, journal->hash, sizeof(head.hash));
    /* The file first: the head must never lead it. */
    if (journal->synced != journal->count && fdatasync(journal->fd) != 0) {
        return ERR_SYSTEM;
    }
    journal->synced = journal->count;
    enum err err = head_mac(journal, &head, head.mac);
    if (err != ERR_OK) {
        return err;
    }
    record_encode(&head, record);
    if (pwrite(journal->head_fd, record, sizeof(record), journal->head_slot * RECORD_SIZE) !=
        (ssize_t)sizeof(record)) {
        return ERR_SYSTEM;
    }
    journal->head_slot = (journal->head_slot + 1) % RECORDS;
    journal->sealed = head.count;
    memcpy(journal->head_mac, head.mac, sizeof(head.mac));
    return ERR_OK;
}

void journal_detach(struct journal *journal)
{
    if (journal->store != NULL && journal->sealed != journal->count) {
        journal_seal(journal);
    }
    if (journal->head_fd >= 0) {
        close(journal->head_fd);
    }
    journal->head_fd = -1;
    journal->store = NULL;
}
