/* ListNotification, RetrieveNotificationsList, NotificationSent
 * (SGP.22 5.7.9, 5.7.10, 5.7.11). */
#include "sgp22/tags.h"
#include "simulator/isdr.h"

enum notifications_tag {
    TAG_LIST = 0xA0,
    TAG_LIST_ERROR = 0x81,      /* notificationsListResultError */
    TAG_LIST_FILTER = 0x81,     /* ListNotificationRequest: NotificationEvent */
    TAG_SEARCH_CRITERIA = 0xA0, /* RetrieveNotificationsListRequest: explicit, a CHOICE */
    TAG_SEARCH_SEQ_NUMBER = 0x80,
    TAG_SEARCH_EVENT = 0x81,
    TAG_SENT_RESULT = 0x80,
};

enum { SENT_OK = 0, SENT_NOTHING_TO_DELETE = 1, NO_RESULT_AVAILABLE = 1, EVENTS_ALL = 0xF0 };

/* What is asked for: one number, or events as the bits of NotificationEvent. */
struct criteria {
    bool by_number;
    uint64_t seq_number;
    uint8_t events;
};

static bool parse_events(struct bytes bit_string, uint8_t *events)
{
    if (bit_string.len != 2 || bit_string.data[0] > 7) {
        return false;
    }
    *events = bit_string.data[1] & EVENTS_ALL;
    return true;
}

static bool matches(const struct criteria *criteria, const struct notification *notification)
{
    if (criteria->by_number) {
        return notification->seq_number == criteria->seq_number;
    }
    return (criteria->events & (0x80 >> notification->event)) != 0;
}

/* BF2F of a notification: in BF37{BF27{..}} or first in 30{..}. */
static struct bytes metadata_of(const struct notification *notification)
{
    struct tlv_reader reader;
    struct tlv outer, data, metadata;

    tlv_reader_init(&reader, buf_bytes(&notification->whole));
    if (tlv_reader_next(&reader, &outer) != ERR_OK) {
        return BYTES_NONE;
    }
    struct bytes value = outer.value;
    if (tlv_find(value, TAG_PROFILE_INSTALLATION_RESULT_DATA, &data) == ERR_OK) {
        value = data.value;
    }
    return tlv_find(value, TAG_NOTIFICATION_METADATA, &metadata) == ERR_OK ? metadata.whole
                                                                           : BYTES_NONE;
}

/* Appends the list and returns how many are in it. */
static size_t put_matching(const struct isdr *isdr, uint32_t tag, const struct criteria *criteria,
                           bool metadata_only, struct buf *response)
{
    size_t count = 0;
    size_t outer = tlv_open(response, tag);
    size_t inner = tlv_open(response, TAG_LIST);
    for (size_t i = 0; i < isdr->state->notification_count; i++) {
        const struct notification *it = &isdr->state->notification[i];
        if (matches(criteria, it)) {
            buf_put_bytes(response, metadata_only ? metadata_of(it) : buf_bytes(&it->whole));
            count++;
        }
    }
    tlv_close(response, inner);
    tlv_close(response, outer);
    return count;
}

uint16_t notifications_list(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct criteria criteria = {.events = EVENTS_ALL};
    struct tlv_reader reader;
    struct tlv filter;

    tlv_reader_init(&reader, value);
    if (tlv_reader_optional(&reader, TAG_LIST_FILTER, &filter) != ERR_OK ||
        !tlv_reader_end(&reader) ||
        (filter.tag != 0 && !parse_events(filter.value, &criteria.events))) {
        return SW_WRONG_DATA;
    }
    put_matching(isdr, TAG_LIST_NOTIFICATION, &criteria, true, response);
    return SW_OK;
}

static bool parse_criteria(struct bytes value, struct criteria *criteria)
{
    struct tlv_reader reader;
    struct tlv search, choice;

    tlv_reader_init(&reader, value);
    if (tlv_reader_optional(&reader, TAG_SEARCH_CRITERIA, &search) != ERR_OK ||
        !tlv_reader_end(&reader)) {
        return false;
    }
    if (search.tag == 0) {
        return true;
    }
    tlv_reader_init(&reader, search.value);
    if (tlv_reader_next(&reader, &choice) != ERR_OK || !tlv_reader_end(&reader)) {
        return false;
    }
    if (choice.tag == TAG_SEARCH_EVENT) {
        return parse_events(choice.value, &criteria->events);
    }
    criteria->by_number = choice.tag == TAG_SEARCH_SEQ_NUMBER;
    return criteria->by_number && tlv_get_uint(choice.value, &criteria->seq_number) == ERR_OK;
}

uint16_t notifications_retrieve(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct criteria criteria = {.events = EVENTS_ALL};
    if (!parse_criteria(value, &criteria)) {
        return SW_WRONG_DATA;
    }
    if (put_matching(isdr, TAG_RETRIEVE_NOTIFICATIONS_LIST, &criteria, false, response) == 0) {
        buf_reset(response);
        size_t mark = tlv_open(response, TAG_RETRIEVE_NOTIFICATIONS_LIST);
        tlv_put_uint(response, TAG_LIST_ERROR, NO_RESULT_AVAILABLE);
        tlv_close(response, mark);
    }
    return SW_OK;
}

uint16_t notifications_sent(struct isdr *isdr, struct bytes value, struct buf *response)
{
    struct tlv_reader reader;
    struct tlv number;
    uint64_t seq_number = 0;

    tlv_reader_init(&reader, value);
    if (tlv_reader_expect(&reader, TAG_SEQ_NUMBER, &number) != ERR_OK || !tlv_reader_end(&reader) ||
        tlv_get_uint(number.value, &seq_number) != ERR_OK) {
        return SW_WRONG_DATA;
    }
    bool removed = state_notification_remove(isdr->state, seq_number) == ERR_OK;
    if (removed && state_commit(isdr->state) != ERR_OK) {
        return SW_NO_DIAGNOSIS;
    }
    size_t mark = tlv_open(response, TAG_NOTIFICATION_SENT);
    tlv_put_uint(response, TAG_SENT_RESULT, removed ? SENT_OK : SENT_NOTHING_TO_DELETE);
    tlv_close(response, mark);
    return SW_OK;
}
