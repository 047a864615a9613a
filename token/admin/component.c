#include "admin/component.h"

#include <errno.h>
#include <string.h>

#include "admin/admin.h"
#include "base/hex.h"
#include "crypto/kdf.h"

static int read_one(const char *path, struct secret *component)
{
    struct secret text = {0};
    size_t len = 0;
    enum err err = secret_read_file(path, &text);
    int code = ADMIN_OK;
    if (err == ERR_SYSTEM || err == ERR_NOT_FOUND) {
        code = admin_usage("component file %s: %s", path, strerror(errno));
    } else if (err == ERR_OK) {
        err = hex_decode((const char *)text.data, text.len, component->data,
                         sizeof(component->data), &len);
    }
    component->len = len;
    if (code == ADMIN_OK && (err != ERR_OK || len != TOKWIRE_COMPONENT_SIZE)) {
        code = admin_usage("component file %s: must be one line of %d hexadecimal digits", path,
                           2 * TOKWIRE_COMPONENT_SIZE);
    }
    secret_clear(&text);
    return code;
}

int component_set_read(const struct option_list *files, struct component_set *set)
{
    *set = (struct component_set){.count = 0};
    if (files->count > COMPONENTS_MAX) {
        return admin_usage("--component-file: at most %d times", COMPONENTS_MAX);
    }
    for (size_t i = 0; i < files->count; i++) {
        int code = read_one(files->values[i], &set->components[i]);
        if (code != ADMIN_OK) {
            return code;
        }
        for (size_t j = 0; j < i; j++) {
            if (bytes_equal_secret(secret_bytes(&set->components[i]),
                                   secret_bytes(&set->components[j]))) {
                return admin_usage("component files %s and %s hold the same component",
                                   files->values[j], files->values[i]);
            }
        }
    }
    set->count = files->count;
    return ADMIN_OK;
}

void component_set_clear(struct component_set *set)
{
    secret_zero(set, sizeof(*set));
}

void component_set_combine(const struct component_set *set, struct secret *root)
{
    secret_clear(root);
    root->len = TOKWIRE_COMPONENT_SIZE;
    for (size_t i = 0; i < set->count; i++) {
        for (size_t at = 0; at < TOKWIRE_COMPONENT_SIZE; at++) {
            root->data[at] ^= set->components[i].data[at];
        }
    }
}

static const char page_head[] =
    "\n"
    "    ROOT KEY COMPONENT                                    euicc-line\n"
    "    ----------------------------------------------------------------\n"
    "\n"
    "    Component number  _____  of  _____      Root key version  ______\n"
    "\n";
static const char page_foot[] =
    "\n"
    "    Custodian (name)   _____________________________________________\n"
    "\n"
    "    Deputy (name)      _____________________________________________\n"
    "\n"
    "    Sealed on          ________________  Signature  ________________\n"
    "\n"
    "    Envelope number    ________________  Stored at  ________________\n"
    "\n"
    "    ----------------------------------------------------------------\n"
    "    For the custodian's eyes alone. Whoever holds all components holds\n"
    "    the root key. Copy the check value to the outside of the envelope.\n"
    "\n";

/* Digits in groups of `group` bytes. */
static void put_digits(struct buf *page, struct bytes value, size_t group)
{
    for (size_t at = 0; at < value.len; at += group) {
        size_t len = value.len - at < group ? value.len - at : group;
        buf_put_str(page, at > 0 ? " " : "");
        hex_put(page, bytes_make(value.data + at, len));
    }
}

enum err component_page(const struct secret *component, const char *generated, struct buf *page)
{
    enum { ROW = 8, GROUP = 2 };
    uint8_t check_value[TOKWIRE_CHECK_VALUE_SIZE];
    enum err err = crypto_check_value(secret_bytes(component), check_value);
    if (err != ERR_OK) {
        return err;
    }
    buf_put_str(page, page_head);
    for (size_t row = 0; row < TOKWIRE_COMPONENT_SIZE / ROW; row++) {
        const char number[] = {(char)('1' + row), '\0'};
        buf_put_str(page, "      row ");
        buf_put_str(page, number);
        buf_put_str(page, "    ");
        put_digits(page, bytes_make(component->data + row * ROW, ROW), GROUP);
        buf_put_str(page, "\n");
    }
    buf_put_str(page, "\n      check value    ");
    put_digits(page, BYTES_OF(check_value), 1);
    buf_put_str(page, "\n      generated      ");
    buf_put_str(page, generated);
    buf_put_str(page, "\n");
    buf_put_str(page, page_foot);
    return buf_err(page);
}
