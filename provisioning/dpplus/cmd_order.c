/* dpplus order */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "dpplus/cmd.h"
#include "dpplus/orderbook.h"

/* Reads the options into request; false when they are wrong. */
static bool options_read(int argc, char **argv, struct order_request *request)
{
    static const struct option options[] = {
        {"eid", required_argument, NULL, 'e'},
        {"upp", required_argument, NULL, 'u'},
        {"profile-name", required_argument, NULL, 'n'},
        {"service-provider", required_argument, NULL, 's'},
        {"address", required_argument, NULL, 'a'},
        {"class", required_argument, NULL, 'c'},
        {0},
    };
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'e':
            request->eid = optarg;
            break;
        case 'u':
            request->upp_name = optarg;
            break;
        case 'n':
            request->profile_name = optarg;
            break;
        case 's':
            request->service_provider = optarg;
            break;
        case 'a':
            request->address = optarg;
            break;
        case 'c':
            request->profile_class = profile_class_parse(optarg);
            if (request->profile_class < 0) {
                return false;
            }
            break;
        default:
            return false;
        }
    }
    return request->eid != NULL && request->upp_name != NULL && optind == argc;
}

static void order_print(const struct order *order)
{
    char eid[EID_TEXT_SIZE], iccid[ICCID_TEXT_SIZE], digest[2 * SHA256_SIZE + 1];

    printf("ordered: EID %s, ICCID %s, \"", eid_text(&order->eid, eid),
           iccid_text(&order->iccid, iccid));
    cmd_print_text(order->profile_name);
    printf("\" (%s), %zu bytes, SHA-256 %s\n", profile_class_name(order->profile_class),
           order->upp.len, hex_encode(BYTES_OF(order->upp_digest), digest));
}

int cmd_order(const struct cmd *cmd, const char *db, int argc, char **argv)
{
    struct order_request request = {.profile_class = PROFILE_CLASS_UNSTATED};
    struct orderbook *book = NULL;
    struct dp_failure failure;
    struct order order;
    struct buf upp;
    enum err err;

    if (!options_read(argc, argv, &request)) {
        return cmd_usage(cmd);
    }
    buf_init(&upp, UPP_MAX);
    err = file_read(request.upp_name, &upp);
    if (err != ERR_OK) {
        dp_fail(&failure, DP_USAGE, err, "%.200s: %s", request.upp_name,
                err == ERR_RANGE ? "larger than 1 MiB" : strerror(errno));
        buf_clear(&upp);
        return cmd_failed(&failure);
    }
    request.upp = buf_bytes(&upp);
    err = order_prepare(&request, &order, &failure);
    if (err == ERR_OK) {
        err = orderbook_open(db, ORDERBOOK_CREATE, &book, &failure);
    }
    if (err == ERR_OK) {
        err = orderbook_add(book, &order, &failure);
    }
    if (err == ERR_OK) {
        order_print(&order);
    }
    orderbook_close(&book);
    order_clear(&order);
    buf_clear(&upp);
    return err == ERR_OK ? EXIT_OK : cmd_failed(&failure);
}
