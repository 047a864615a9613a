#include "dpplus/order.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { FQDN_MAX = 253, FQDN_LABEL_MAX = 63 };

static const char *const class_names[] = {"test", "provisioning", "operational"};

const char *profile_class_name(enum profile_class profile_class)
{
    return class_names[profile_class];
}

int profile_class_parse(const char *name)
{
    for (int i = 0; i < (int)(sizeof(class_names) / sizeof(class_names[0])); i++) {
        if (strcmp(name, class_names[i]) == 0) {
            return i;
        }
    }
    return -1;
}

/* Length of the first character when it is well-formed UTF-8 (RFC 3629) and
 * printable, 0 otherwise. */
static size_t utf8_len(const uint8_t *at, size_t left)
{
    uint32_t code;
    size_t len = at[0] < 0x80   ? 1
                 : at[0] < 0xC2 ? 0
                 : at[0] < 0xE0 ? 2
                 : at[0] < 0xF0 ? 3
                 : at[0] < 0xF5 ? 4
                                : 0;

    if (len == 0 || len > left) {
        return 0;
    }
    if (len == 1) {
        return at[0] >= 0x20 && at[0] != 0x7F ? 1 : 0;
    }
    code = at[0] & (0xFFu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xC0) != 0x80) {
            return 0;
        }
        code = code << 6 | (at[i] & 0x3F);
    }
    if ((len == 3 && code < 0x800) || (len == 4 && code < 0x10000) || code > 0x10FFFF ||
        (code >= 0xD800 && code < 0xE000)) {
        return 0;
    }
    return len;
}

/* Copies whole characters as far as they fit; false when text is not printable
 * UTF-8. */
static bool text_copy(struct bytes text, char *out, size_t max, bool *whole)
{
    size_t used = 0;

    *whole = true;
    for (size_t at = 0, len; at < text.len; at += len) {
        len = utf8_len(text.data + at, text.len - at);
        if (len == 0) {
            return false;
        }
        *whole = *whole && used + len <= max;
        if (*whole) {
            memcpy(out + used, text.data + at, len);
            used += len;
        }
    }
    out[used] = '\0';
    return true;
}

/* A name the caller gave: it must fit as it is. */
static enum err name_take(const char *what, const char *given, char *out, size_t max,
                          struct dp_failure *failure)
{
    bool whole;

    if (!text_copy(bytes_make(given, strlen(given)), out, max, &whole)) {
        return dp_fail(failure, DP_USAGE, ERR_MALFORMED, "the %s is not printable UTF-8", what);
    }
    if (!whole || given[0] == '\0') {
        return dp_fail(failure, DP_USAGE, ERR_RANGE, "the %s must be 1 to %zu bytes", what, max);
    }
    return ERR_OK;
}

/* Labels of letters, digits and inner hyphens, as RFC 1123 2.1 has them. */
static bool fqdn_valid(const char *text)
{
    size_t label = 0, len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        if (text[i] == '.') {
            if (label == 0 || text[i - 1] == '-') {
                return false;
            }
            label = 0;
        } else if (!isalnum((unsigned char)text[i]) && (text[i] != '-' || label == 0)) {
            return false;
        } else {
            label++;
        }
        if (label > FQDN_LABEL_MAX) {
            return false;
        }
    }
    return len > 0 && len <= FQDN_MAX && label > 0 && text[len - 1] != '-';
}

/* The word "test" in whatever case. */
static bool says_test(const char *text)
{
    return strcasestr(text, "test") != NULL;
}

static enum err names_take(const struct order_request *request, struct order *order,
                           struct dp_failure *failure)
{
    bool whole;
    enum err err = ERR_OK;

    if (request->profile_name != NULL) {
        err = name_take("profile name", request->profile_name, order->profile_name,
                        PROFILE_NAME_MAX, failure);
    } else if (order->profile_type[0] != '\0') {
        text_copy(bytes_make(order->profile_type, strlen(order->profile_type)), order->profile_name,
                  PROFILE_NAME_MAX, &whole);
    } else {
        snprintf(order->profile_name, sizeof(order->profile_name), "Profile");
    }
    if (err == ERR_OK) {
        err = name_take("service provider",
                        request->service_provider != NULL ? request->service_provider : "Operator",
                        order->service_provider, SERVICE_PROVIDER_NAME_MAX, failure);
    }
    if (err == ERR_OK && request->address != NULL && !fqdn_valid(request->address)) {
        err = dp_fail(failure, DP_USAGE, ERR_MALFORMED, "address \"%.80s\" is no FQDN",
                      request->address);
    }
    order->address = request->address;
    return err;
}

static enum err metadata_build(struct order *order, struct dp_failure *failure)
{
    struct store_metadata metadata = {
        .iccid = order->iccid,
        .service_provider_name =
            bytes_make(order->service_provider, strlen(order->service_provider)),
        .profile_name = bytes_make(order->profile_name, strlen(order->profile_name)),
        .profile_class = order->profile_class,
        .notification_address = BYTES_NONE,
    };
    enum err err;

    if (order->address != NULL) {
        metadata.notification_address = bytes_make(order->address, strlen(order->address));
    }
    err = store_metadata_encode(&metadata, &order->metadata);
    return err == ERR_OK ? ERR_OK
                         : dp_fail(failure, DP_BOOK, err, "the metadata cannot be encoded: %s",
                                   err_name(err));
}

/* The package: header first, End last, lengths exact, one ICCID throughout. */
static enum err upp_take(const struct order_request *request, struct order *order,
                         struct dp_failure *failure)
{
    const char *where = NULL;
    struct upp_info info;
    bool whole;
    enum err err = upp_check(request->upp, &info, &where);

    if (err != ERR_OK) {
        return dp_fail(failure, DP_BOOK, err, "%s is no valid profile package: %s",
                       request->upp_name, where != NULL ? where : err_name(err));
    }
    if (!text_copy(info.profile_type, order->profile_type, PROFILE_TYPE_MAX, &whole)) {
        return dp_fail(failure, DP_BOOK, ERR_MALFORMED,
                       "%s: the profile type in its header is not printable UTF-8",
                       request->upp_name);
    }
    order->iccid = info.iccid;
    order->upp = request->upp;
    err = crypto_sha256(request->upp, order->upp_digest);
    return err == ERR_OK ? ERR_OK : dp_fail(failure, DP_BOOK, err, "SHA-256 failed");
}

enum err order_prepare(const struct order_request *request, struct order *order,
                       struct dp_failure *failure)
{
    enum err err;

    memset(order, 0, sizeof(*order));
    buf_init(&order->metadata, METADATA_MAX);
    err = eid_parse(request->eid, &order->eid);
    if (err != ERR_OK) {
        return dp_fail(failure, DP_USAGE, err, "\"%.40s\" is no EID: %s", request->eid,
                       err == ERR_CERT_EID ? "its check digits are wrong"
                                           : "an EID has 32 decimal digits");
    }
    err = upp_take(request, order, failure);
    if (err == ERR_OK) {
        err = names_take(request, order, failure);
    }
    if (err != ERR_OK) {
        return err;
    }
    order->profile_class = request->profile_class != PROFILE_CLASS_UNSTATED
                               ? (enum profile_class)request->profile_class
                           : says_test(order->profile_type) ? PROFILE_CLASS_TEST
                                                            : PROFILE_CLASS_OPERATIONAL;
    return metadata_build(order, failure);
}

void order_clear(struct order *order)
{
    buf_clear(&order->metadata);
}
