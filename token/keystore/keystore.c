#include "keystore/keystore.h"

void keystore_free(struct keystore **store)
{
    if (store == NULL || *store == NULL) {
        return;
    }
    (*store)->ops->free(*store);
    *store = NULL;
}

enum err keystore_create_token(struct keystore *store, const char *label, const struct secret *pin,
                               char serial[KEYSTORE_SERIAL_SIZE])
{
    serial[0] = '\0';
    return store->ops->create_token(store, label, pin, serial);
}

enum err keystore_select_token(struct keystore *store, const char *serial)
{
    return store->ops->select_token(store, serial);
}

enum err keystore_login(struct keystore *store, const struct secret *pin)
{
    enum err err = store->ops->login(store, pin);
    if (err != ERR_OK) {
        return err;
    }
    err = store->ops->self_test(store);
    if (err != ERR_OK) {
        store->ops->logout(store);
    }
    return err;
}

void keystore_logout(struct keystore *store)
{
    store->ops->logout(store);
}

/* A label names one key: the stores themselves would allow two. */
static enum err must_be_new(struct keystore *store, enum keystore_kind kind, const char *label)
{
    struct keystore_key found;
    enum err err = store->ops->find(store, kind, label, &found);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    return err == ERR_OK ? ERR_DUPLICATE : err;
}

/* A key that is not what was asked for must not stay. */
static enum err assert_created(struct keystore *store, enum keystore_kind kind, const char *label,
                               struct keystore_key *key)
{
    enum err err = store->ops->check(store, kind, *key);
    if (err != ERR_OK) {
        store->ops->destroy(store, label);
        *key = (struct keystore_key){0};
    }
    return err;
}

enum err keystore_create_cmac_key(struct keystore *store, const char *label, uint8_t id,
                                  const struct secret *value, struct keystore_key *key)
{
    *key = (struct keystore_key){0};
    enum err err = must_be_new(store, KEYSTORE_CMAC, label);
    if (err == ERR_OK) {
        err = store->ops->create_cmac_key(store, label, id, value, key);
    }
    return err == ERR_OK ? assert_created(store, KEYSTORE_CMAC, label, key) : err;
}

enum err keystore_create_ec_key(struct keystore *store, const char *label, uint8_t id,
                                enum ec_curve curve, const struct secret *scalar,
                                struct keystore_key *key)
{
    *key = (struct keystore_key){0};
    enum err err = must_be_new(store, KEYSTORE_EC, label);
    if (err == ERR_OK) {
        err = store->ops->create_ec_key(store, label, id, curve, scalar, key);
    }
    return err == ERR_OK ? assert_created(store, KEYSTORE_EC, label, key) : err;
}

enum err keystore_find(struct keystore *store, enum keystore_kind kind, const char *label,
                       struct keystore_key *key)
{
    *key = (struct keystore_key){0};
    return store->ops->find(store, kind, label, key);
}

enum err keystore_check(struct keystore *store, enum keystore_kind kind, struct keystore_key key)
{
    return store->ops->check(store, kind, key);
}

enum err keystore_cmac(struct keystore *store, struct keystore_key key, struct bytes message,
                       uint8_t mac[AES_BLOCK])
{
    return store->ops->cmac(store, key, message, mac);
}

enum err keystore_sign(struct keystore *store, struct keystore_key key,
                       const uint8_t digest[EC_DIGEST_SIZE], uint8_t signature[EC_SIGNATURE_SIZE])
{
    return store->ops->sign(store, key, digest, signature);
}

enum err keystore_point(struct keystore *store, const char *label, uint8_t point[EC_POINT_SIZE])
{
    return store->ops->point(store, label, point);
}

enum err keystore_list(struct keystore *store, const struct keystore_visitor *visitor)
{
    return store->ops->list(store, visitor);
}

enum err keystore_get_data(struct keystore *store, const char *label, struct buf *value)
{
    return store->ops->get_data(store, label, value);
}

enum err keystore_put_data(struct keystore *store, const char *label, struct bytes value)
{
    return value.len <= KEYSTORE_DATA_MAX ? store->ops->put_data(store, label, value) : ERR_RANGE;
}

enum err keystore_destroy(struct keystore *store, const char *label)
{
    return store->ops->destroy(store, label);
}

enum err keystore_wipe(struct keystore *store)
{
    return store->ops->wipe(store);
}

enum err keystore_clean(struct keystore *store)
{
    return store->ops->clean(store);
}

enum err keystore_describe(struct keystore *store, struct keystore_report *report)
{
    return store->ops->report(store, report);
}
