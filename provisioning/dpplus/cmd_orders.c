/* dpplus orders */
#include <getopt.h>
#include <stdio.h>

#include "dpplus/cmd.h"
#include "dpplus/json.h"
#include "dpplus/orderbook.h"

static enum err row_print(void *context, const struct order_row *row)
{
    (void)context;
    printf("%-32s  %-20s  %-10s  %s  ", row->eid, row->iccid, row->state, row->changed);
    cmd_print_text(row->profile_name);
    if (row->batch[0] != '\0') {
        printf("  batch %.8s", row->batch);
    }
    if (row->detail[0] != '\0') {
        printf("  (");
        cmd_print_text(row->detail);
        putchar(')');
    }
    putchar('\n');
    return ERR_OK;
}

/* An empty value is left out as null. */
static void text_add(cJSON *object, const char *name, const char *text)
{
    if (text[0] != '\0') {
        cJSON_AddStringToObject(object, name, text);
    } else {
        cJSON_AddNullToObject(object, name);
    }
}

static enum err row_collect(void *context, const struct order_row *row)
{
    cJSON *object = cJSON_CreateObject();

    if (object == NULL || !cJSON_AddItemToArray(context, object)) {
        cJSON_Delete(object);
        return ERR_MEMORY;
    }
    text_add(object, "eid", row->eid);
    text_add(object, "iccid", row->iccid);
    text_add(object, "state", row->state);
    text_add(object, "profile_name", row->profile_name);
    text_add(object, "service_provider", row->service_provider);
    text_add(object, "profile_class", profile_class_name(row->profile_class));
    text_add(object, "profile_type", row->profile_type);
    text_add(object, "address", row->address);
    text_add(object, "upp_sha256", row->upp_sha256);
    cJSON_AddNumberToObject(object, "upp_bytes", (double)row->upp_size);
    text_add(object, "batch", row->batch);
    text_add(object, "error", row->detail);
    text_add(object, "created", row->created);
    text_add(object, "changed", row->changed);
    return ERR_OK;
}

int cmd_orders(const struct cmd *cmd, const char *db, int argc, char **argv)
{
    static const struct option options[] = {{"json", no_argument, NULL, 'j'}, {0}};
    struct orderbook *book = NULL;
    struct dp_failure failure;
    cJSON *list = NULL;
    bool json = false;
    int option;
    enum err err;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (option != 'j') {
            return cmd_usage(cmd);
        }
        json = true;
    }
    if (optind != argc) {
        return cmd_usage(cmd);
    }
    err = orderbook_open(db, ORDERBOOK_EXISTING, &book, &failure);
    if (err == ERR_OK && json) {
        list = cJSON_CreateArray();
        err = orderbook_list(book, row_collect, list, &failure);
        if (err == ERR_MEMORY) {
            dp_fail(&failure, DP_BOOK, err, "out of memory");
        } else if (err == ERR_OK) {
            json_print(list);
        }
    } else if (err == ERR_OK) {
        err = orderbook_list(book, row_print, NULL, &failure);
    }
    cJSON_Delete(list);
    orderbook_close(&book);
    return err == ERR_OK ? EXIT_OK : cmd_failed(&failure);
}
