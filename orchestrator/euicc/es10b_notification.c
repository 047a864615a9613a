/* ListNotification, RetrieveNotificationsList, NotificationSent
 * (SGP.22 5.7.9 - 5.7.11). */
#include <string.h>

#include "euicc/es10.h"
#include "euicc/es10b.h"

enum {
    /* searchCriteria of RetrieveNotificationsList: A0{80 seqNumber} */
    TAG_SEARCH_CRITERIA = 0xA0,
    RETRIEVE_NO_RESULT = 1,
    SENT_NOTHING_TO_DELETE = 1,
};

static const struct es10_code list_codes[] = {
    {127, "undefinedError"},
    {0, NULL},
};

static const struct es10_code retrieve_codes[] = {
    {RETRIEVE_NO_RESULT, "noResultAvailable"},
    {127, "undefinedError"},
    {0, NULL},
};

static const struct es10_code sent_codes[] = {
    {SENT_NOTHING_TO_DELETE, "nothingToDelete"},
    {127, "undefinedError"},
    {0, NULL},
};

static enum err take_list(struct bytes value, struct notification_list *list)
{
    struct notification_metadata metadata;
    struct tlv_reader reader;
    struct tlv item;
    enum err err;

    tlv_reader_init(&reader, value);
    while (!tlv_reader_end(&reader)) {
        err = tlv_reader_expect(&reader, TAG_NOTIFICATION_METADATA, &item);
        if (err == ERR_OK) {
            err = notification_metadata_decode(item.whole, &metadata);
        }
        if (err == ERR_OK && list->count == NOTIFICATION_LIST_MAX) {
            err = ERR_RANGE;
        }
        if (err != ERR_OK) {
            return err;
        }
        list->item[list->count].seq_number = metadata.seq_number;
        list->item[list->count].event = metadata.event;
        list->item[list->count].has_iccid = metadata.has_iccid;
        list->item[list->count].iccid = metadata.iccid;
        list->count++;
    }
    return ERR_OK;
}

enum err es10b_list_notification(struct isdr *isdr, struct notification_list *list)
{
    static const char function[] = "ListNotification";
    struct bytes value, ok;
    struct buf raw;
    enum err err;

    memset(list, 0, sizeof(*list));
    buf_init(&raw, ES10_RESPONSE_MAX);
    err = es10_call_empty(isdr, function, TAG_LIST_NOTIFICATION, &raw, &value);
    if (err == ERR_OK) {
        err = es10_choice(isdr, function, value, list_codes, &ok);
    }
    if (err != ERR_OK) {
        goto out;
    }
    err = take_list(ok, list);
    if (err != ERR_OK) {
        memset(list, 0, sizeof(*list));
        err = es10_malformed(isdr, function, err);
    }
out:
    buf_clear(&raw);
    return err;
}

/* seqNumber of a PendingNotification: BF37{BF27{.. BF2F ..}} or 30{BF2F ..}. */
static enum err pending_seq_number(const struct tlv *pending, uint64_t *seq_number)
{
    struct bytes inside = pending->value;
    struct tlv data, metadata, seq;
    enum err err = ERR_OK;

    if (pending->tag == TAG_PROFILE_INSTALLATION_RESULT) {
        err = tlv_find(inside, TAG_PROFILE_INSTALLATION_RESULT_DATA, &data);
        inside = err == ERR_OK ? data.value : BYTES_NONE;
    } else if (pending->tag != TAG_SEQUENCE) {
        err = ERR_TAG;
    }
    if (err == ERR_OK) {
        err = tlv_find(inside, TAG_NOTIFICATION_METADATA, &metadata);
    }
    if (err == ERR_OK) {
        err = tlv_find(metadata.value, TAG_SEQ_NUMBER, &seq);
    }
    if (err == ERR_OK) {
        err = tlv_get_uint(seq.value, seq_number);
    }
    return err == ERR_NOT_FOUND ? ERR_MALFORMED : err;
}

/* The one asked for, also from an eUICC that answers with its whole list.
 * ERR_NOT_FOUND when it is not among them. */
static enum err take_pending(struct bytes list, uint64_t wanted, struct buf *out)
{
    struct tlv_reader reader;
    struct tlv pending;
    uint64_t seq_number;
    enum err err;

    tlv_reader_init(&reader, list);
    while (!tlv_reader_end(&reader)) {
        err = tlv_reader_next(&reader, &pending);
        if (err == ERR_OK) {
            err = pending_seq_number(&pending, &seq_number);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (seq_number == wanted) {
            buf_put_bytes(out, pending.whole);
            return buf_err(out);
        }
    }
    return ERR_NOT_FOUND;
}

static void put_retrieve_request(uint64_t seq_number, struct buf *out)
{
    size_t mark = tlv_open(out, TAG_RETRIEVE_NOTIFICATIONS_LIST);
    size_t criteria = tlv_open(out, TAG_SEARCH_CRITERIA);

    tlv_put_uint(out, TAG_SEQ_NUMBER, seq_number);
    tlv_close(out, criteria);
    tlv_close(out, mark);
}

enum err es10b_retrieve_notification(struct isdr *isdr, uint64_t seq_number, struct buf *out)
{
    static const char function[] = "RetrieveNotificationsList";
    struct bytes value, ok;
    struct buf request, raw;
    enum err err;

    buf_reset(out);
    buf_init(&request, ES10_REQUEST_MAX);
    buf_init(&raw, ES10_RESPONSE_MAX);
    put_retrieve_request(seq_number, &request);
    err = es10_call(isdr, function, &request, TAG_RETRIEVE_NOTIFICATIONS_LIST, &raw, &value);
    if (err == ERR_OK) {
        err = es10_choice(isdr, function, value, retrieve_codes, &ok);
    }
    if (err == ERR_REFUSED && isdr->result_code == RETRIEVE_NO_RESULT) {
        err = ERR_NOT_FOUND;
    }
    if (err != ERR_OK) {
        goto out;
    }
    err = take_pending(ok, seq_number, out);
    if (err == ERR_NOT_FOUND) {
        isdr_fail(isdr, err, -1, NULL, "%s: no notification %llu", function,
                  (unsigned long long)seq_number);
    } else if (err != ERR_OK) {
        err = es10_malformed(isdr, function, err);
    }
out:
    buf_clear(&request);
    buf_clear(&raw);
    return err;
}

enum err es10b_notification_sent(struct isdr *isdr, uint64_t seq_number)
{
    static const char function[] = "NotificationSent";
    struct bytes value;
    struct buf request, raw;
    size_t mark;
    enum err err;

    buf_init(&request, ES10_REQUEST_MAX);
    buf_init(&raw, ES10_RESPONSE_MAX);
    mark = tlv_open(&request, TAG_NOTIFICATION_SENT);
    tlv_put_uint(&request, TAG_SEQ_NUMBER, seq_number);
    tlv_close(&request, mark);
    err = es10_call(isdr, function, &request, TAG_NOTIFICATION_SENT, &raw, &value);
    if (err == ERR_OK) {
        err = es10_result(isdr, function, value, sent_codes);
    }
    if (err == ERR_REFUSED && isdr->result_code == SENT_NOTHING_TO_DELETE) {
        err = ERR_NOT_FOUND;
    }
    buf_clear(&request);
    buf_clear(&raw);
    return err;
}
