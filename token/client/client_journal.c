/* READ JOURNAL: lines, head, and what is wrong with them. */
#include "client/funnel.h"

enum err client_read_journal_lines(struct client *client, uint64_t from, struct buf *lines)
{
    struct client_call call;
    client_call_init(&call);
    tokwire_put_uint(&call.request, TOKWIRE_F_COUNT, from, 8);
    enum err err = client_send(client, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_LINES, 0, &call);
    if (err == ERR_OK) {
        buf_put_bytes(lines, tokwire_field(&call.fields, TOKWIRE_F_DATA));
        err = buf_err(lines);
    }
    client_call_clear(&call);
    return err;
}

enum err client_read_journal_head(struct client *client, struct client_journal_head *head)
{
    *head = (struct client_journal_head){0};
    struct client_call call;
    client_call_init(&call);
    enum err err = client_send(client, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_HEAD, 0, &call);
    if (err == ERR_OK && !(tokwire_field_present(&call.fields, TOKWIRE_F_COUNT) &&
                           tokwire_field_present(&call.fields, TOKWIRE_F_HASH) &&
                           tokwire_field_present(&call.fields, TOKWIRE_F_MAC))) {
        err = client_distrust(client);
    }
    if (err == ERR_OK) {
        head->count = tokwire_field_uint(&call.fields, TOKWIRE_F_COUNT);
        client_take(&call, TOKWIRE_F_HASH, head->hash, sizeof(head->hash));
        client_take(&call, TOKWIRE_F_MAC, head->mac, sizeof(head->mac));
    }
    client_call_clear(&call);
    return err;
}

enum err client_read_journal_check(struct client *client, struct client_journal_check *check)
{
    *check = (struct client_journal_check){0};
    struct client_call call;
    client_call_init(&call);
    enum err err = client_send(client, TOKWIRE_READ_JOURNAL, TOKWIRE_JOURNAL_CHECK, 0, &call);
    /* A check without its verdict must not pass for a sound one. */
    if (err == ERR_OK && !(tokwire_field_present(&call.fields, TOKWIRE_F_COUNT) &&
                           tokwire_field_present(&call.fields, TOKWIRE_F_FAULT))) {
        err = client_distrust(client);
    }
    if (err == ERR_OK) {
        check->count = tokwire_field_uint(&call.fields, TOKWIRE_F_COUNT);
        check->fault = (uint8_t)tokwire_field_uint(&call.fields, TOKWIRE_F_FAULT);
        client_take_text(&call.fields, TOKWIRE_F_DATA, check->detail, sizeof(check->detail));
    }
    client_call_clear(&call);
    return err;
}
