#include "engine/transaction.h"

#include <string.h>

void transaction_table_clear(struct transaction_table *table)
{
    secret_zero(table, sizeof(*table));
}

struct bytes transaction_id(const struct transaction *transaction)
{
    return bytes_make(transaction->id, transaction->id_len);
}

struct transaction *transaction_find(struct transaction_table *table, struct bytes id)
{
    for (size_t i = 0; i < TRANSACTIONS_MAX; i++) {
        struct transaction *entry = &table->entries[i];
        if (entry->state != TRANSACTION_NONE && bytes_equal(transaction_id(entry), id)) {
            return entry;
        }
    }
    return NULL;
}

struct transaction *transaction_begin(struct transaction_table *table, struct bytes id)
{
    struct transaction *entry = transaction_find(table, id);
    for (size_t i = 0; i < TRANSACTIONS_MAX && entry == NULL; i++) {
        if (table->entries[i].state == TRANSACTION_NONE) {
            entry = &table->entries[i];
        }
    }
    if (entry == NULL) {
        entry = &table->entries[0];
        for (size_t i = 1; i < TRANSACTIONS_MAX; i++) {
            if (table->entries[i].age < entry->age) {
                entry = &table->entries[i];
            }
        }
    }
    *entry = (struct transaction){.state = TRANSACTION_AUTHENTICATED, .age = ++table->clock};
    entry->id_len = id.len < sizeof(entry->id) ? id.len : sizeof(entry->id);
    memcpy(entry->id, id.data, entry->id_len);
    return entry;
}
