/* Objects of the PKCS#11 store, by label. In a store of one token every label
 * begins with the name of its set, so that several can lie beside each other and
 * beside what is not ours. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "keystore/pkcs11_store.h"

enum { FIND_CHUNK = 64 };

const char *pkcs11_full_label(const struct pkcs11_store *store, const char *label,
                              char full[PKCS11_LABEL_SIZE])
{
    snprintf(full, PKCS11_LABEL_SIZE, "%s%s", store->set, label);
    return full;
}

unsigned pkcs11_set_of(const struct pkcs11_store *store, const char *full_label)
{
    size_t len = strlen(store->config.prefix);
    char *end;
    if (strncmp(full_label, store->config.prefix, len) != 0 || full_label[len] < '1' ||
        full_label[len] > '9') {
        return 0;
    }
    unsigned long number = strtoul(full_label + len, &end, 10);
    return *end == '-' && number < UINT32_MAX ? (unsigned)number : 0;
}

/* Handles of the token's objects that match, in memory the caller frees. */
static enum err find_all(struct pkcs11_store *store, CK_ATTRIBUTE *wanted, CK_ULONG wanted_count,
                         CK_OBJECT_HANDLE **found, CK_ULONG *count)
{
    CK_ULONG got = 0;
    *count = 0;
    *found = calloc(PKCS11_OBJECTS_MAX, sizeof(**found));
    if (*found == NULL) {
        return ERR_MEMORY;
    }
    CK_RV rv = store->p11->C_FindObjectsInit(store->session, wanted, wanted_count);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_FindObjectsInit");
    }
    do {
        CK_ULONG room = PKCS11_OBJECTS_MAX - *count;
        rv = store->p11->C_FindObjects(store->session, *found + *count,
                                       room < FIND_CHUNK ? room : FIND_CHUNK, &got);
        *count += rv == CKR_OK ? got : 0;
    } while (rv == CKR_OK && got > 0 && *count < PKCS11_OBJECTS_MAX);
    store->p11->C_FindObjectsFinal(store->session);
    if (rv != CKR_OK) {
        return pkcs11_failed(rv, "C_FindObjects");
    }
    return *count < PKCS11_OBJECTS_MAX ? ERR_OK : ERR_RANGE;
}

enum err pkcs11_find_one(struct pkcs11_store *store, CK_OBJECT_CLASS class, const char *label,
                         CK_OBJECT_HANDLE *handle)
{
    const CK_BBOOL token = CK_TRUE;
    char full[PKCS11_LABEL_SIZE];
    CK_OBJECT_HANDLE *found = NULL;
    CK_ULONG count;
    pkcs11_full_label(store, label, full);
    CK_ATTRIBUTE wanted[] = {
        pkcs11_attribute(CKA_CLASS, &class, sizeof(class)),
        pkcs11_attribute(CKA_TOKEN, &token, sizeof(token)),
        pkcs11_attribute(CKA_LABEL, full, strlen(full)),
    };
    enum err err = find_all(store, wanted, 3, &found, &count);
    if (err == ERR_OK && count != 1) {
        err = count == 0 ? ERR_NOT_FOUND : ERR_MISMATCH;
    }
    if (err == ERR_OK) {
        *handle = found[0];
    }
    free(found);
    return err;
}

/* An object without a label, or with one longer than ours are, is not ours. */
static enum err visit_one(struct pkcs11_store *store, CK_OBJECT_HANDLE handle, const char *set,
                          const struct pkcs11_visitor *visitor)
{
    char label[PKCS11_LABEL_SIZE];
    CK_OBJECT_CLASS class = CKO_DATA;
    CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof(class)},
                             {CKA_LABEL, label, sizeof(label) - 1}};
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, handle, wanted, 2);
    if (rv != CKR_OK || wanted[1].ulValueLen >= sizeof(label)) {
        return ERR_OK;
    }
    label[wanted[1].ulValueLen] = '\0';
    if (strncmp(label, set, strlen(set)) != 0) {
        return ERR_OK;
    }
    return visitor->visit(store, handle, class, label + strlen(set), visitor->context);
}

enum err pkcs11_each(struct pkcs11_store *store, const char *set,
                     const struct pkcs11_visitor *visitor)
{
    const CK_BBOOL token = CK_TRUE;
    CK_ATTRIBUTE wanted = pkcs11_attribute(CKA_TOKEN, &token, sizeof(token));
    CK_OBJECT_HANDLE *found = NULL;
    CK_ULONG count;
    enum err err = find_all(store, &wanted, 1, &found, &count);
    for (CK_ULONG i = 0; i < count && err == ERR_OK; i++) {
        err = visit_one(store, found[i], set, visitor);
    }
    free(found);
    return err;
}

static enum err list_one(struct pkcs11_store *store, CK_OBJECT_HANDLE handle, CK_OBJECT_CLASS class,
                         const char *label, void *context)
{
    const struct keystore_visitor *visitor = context;
    (void)store;
    (void)handle;
    if (class != CKO_SECRET_KEY && class != CKO_PRIVATE_KEY) {
        return ERR_OK;
    }
    return visitor->visit(visitor->context, class == CKO_SECRET_KEY ? KEYSTORE_CMAC : KEYSTORE_EC,
                          label);
}

enum err pkcs11_list(struct keystore *base, const struct keystore_visitor *visitor)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    struct keystore_visitor copy = *visitor;
    return pkcs11_each(store, store->set, &(struct pkcs11_visitor){list_one, &copy});
}

static enum err destroy_object(struct pkcs11_store *store, CK_OBJECT_HANDLE handle)
{
    CK_RV rv = store->p11->C_DestroyObject(store->session, handle);
    return rv == CKR_OK ? ERR_OK : pkcs11_failed(rv, "C_DestroyObject");
}

/* context: the label, or NULL for every one. */
static enum err destroy_one(struct pkcs11_store *store, CK_OBJECT_HANDLE handle,
                            CK_OBJECT_CLASS class, const char *label, void *context)
{
    (void)class;
    return context == NULL || strcmp(label, context) == 0 ? destroy_object(store, handle) : ERR_OK;
}

enum err pkcs11_destroy(struct keystore *base, const char *label)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    char wanted[PKCS11_LABEL_SIZE];
    snprintf(wanted, sizeof(wanted), "%s", label);
    return pkcs11_each(store, store->set, &(struct pkcs11_visitor){destroy_one, wanted});
}

enum err pkcs11_wipe(struct keystore *base)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    return pkcs11_each(store, store->set, &(struct pkcs11_visitor){destroy_one, NULL});
}

/* context: number of the set that stays. */
static enum err clean_one(struct pkcs11_store *store, CK_OBJECT_HANDLE handle,
                          CK_OBJECT_CLASS class, const char *label, void *context)
{
    unsigned set = pkcs11_set_of(store, label);
    (void)class;
    if (set == 0 || set == *(const unsigned *)context) {
        return ERR_OK;
    }
    log_warning("key store: destroying %s, left behind by an initialisation", label);
    return destroy_object(store, handle);
}

enum err pkcs11_clean(struct keystore *base)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    unsigned stays = pkcs11_set_of(store, store->set);
    if (stays == 0) {
        return ERR_OK;
    }
    return pkcs11_each(store, "", &(struct pkcs11_visitor){clean_one, &stays});
}
