/* Objects on the token: certificates and root keys. */
#include "p11/internal.h"

#include <stdio.h>
#include <string.h>

enum { ROOT_LABEL_SIZE = 16 };

CK_ATTRIBUTE p11_attr(CK_ATTRIBUTE_TYPE type, const void *value, size_t len)
{
    CK_ATTRIBUTE attribute = {type, p11_ptr(bytes_make(value, len)), len};

    return attribute;
}

CK_BYTE_PTR p11_ptr(struct bytes bytes)
{
    union {
        const uint8_t *in;
        CK_BYTE_PTR out;
    } pointer = {.in = bytes.data};

    return pointer.out;
}

enum err p11_find(struct p11_session *session, CK_ATTRIBUTE *match, CK_ULONG match_count,
                  struct p11_found *found)
{
    CK_ULONG got = 0;
    CK_RV rv, final_rv;

    memset(found, 0, sizeof(*found));
    rv = session->module->C_FindObjectsInit(session->handle, match, match_count);
    if (rv != CKR_OK) {
        return p11_fail_call(session, "C_FindObjectsInit", rv);
    }
    do {
        rv = session->module->C_FindObjects(session->handle, found->handle + found->count,
                                            P11_OBJECTS_MAX - found->count, &got);
        if (rv != CKR_OK || got > P11_OBJECTS_MAX - found->count) {
            break;
        }
        found->count += got;
    } while (got > 0 && found->count < P11_OBJECTS_MAX);
    final_rv = session->module->C_FindObjectsFinal(session->handle);
    if (rv != CKR_OK) {
        return p11_fail_call(session, "C_FindObjects", rv);
    }
    if (final_rv != CKR_OK) {
        return p11_fail_call(session, "C_FindObjectsFinal", final_rv);
    }
    if (got > 0) {
        return p11_fail(&session->failure, ERR_RANGE, "more than %d objects of one kind",
                        P11_OBJECTS_MAX);
    }
    return ERR_OK;
}

enum err p11_attribute(struct p11_session *session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                       const char *what, struct buf *out)
{
    CK_ATTRIBUTE attribute = {type, NULL, 0};
    CK_RV rv;

    buf_reset(out);
    rv = session->module->C_GetAttributeValue(session->handle, object, &attribute, 1);
    if (rv != CKR_OK) {
        goto fail;
    }
    if (attribute.ulValueLen == CK_UNAVAILABLE_INFORMATION || attribute.ulValueLen > out->max) {
        return p11_fail(&session->failure, ERR_RANGE,
                        "%s: the token states an impossible attribute length", what);
    }
    attribute.pValue = buf_extend(out, attribute.ulValueLen);
    if (attribute.pValue == NULL) {
        return p11_fail(&session->failure, ERR_MEMORY, "out of memory");
    }
    rv = session->module->C_GetAttributeValue(session->handle, object, &attribute, 1);
    if (rv != CKR_OK) {
        goto fail;
    }
    if (attribute.ulValueLen != out->len) {
        return p11_fail(&session->failure, ERR_RANGE, "%s: the attribute changed its length", what);
    }
    return ERR_OK;
fail:
    buf_reset(out);
    p11_fail_call(session, "C_GetAttributeValue", rv);
    return rv == CKR_ATTRIBUTE_TYPE_INVALID ? ERR_NOT_FOUND : ERR_KEYSTORE;
}

/* The certificate an object holds. */
static enum err certificate_read(struct p11_session *session, CK_OBJECT_HANDLE object,
                                 const char *what, struct cert **cert)
{
    struct buf der;
    enum err err;

    buf_init(&der, CERT_DER_MAX);
    err = p11_attribute(session, object, CKA_VALUE, what, &der);
    if (err == ERR_OK) {
        err = cert_parse(buf_bytes(&der), cert);
        if (err != ERR_OK) {
            p11_fail(&session->failure, err, "%s on the token does not parse: %s", what,
                     err_name(err));
        }
    }
    buf_clear(&der);
    return err;
}

enum err p11_certificate(struct p11_session *session, const char *label, struct cert **cert)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_ATTRIBUTE match[] = {p11_attr(CKA_CLASS, &class, sizeof(class)),
                            p11_attr(CKA_LABEL, label, strlen(label))};
    struct p11_found found;
    char what[64];
    enum err err;

    *cert = NULL;
    snprintf(what, sizeof(what), "certificate \"%.32s\"", label);
    err = p11_find(session, match, sizeof(match) / sizeof(match[0]), &found);
    if (err != ERR_OK) {
        return err;
    }
    if (found.count == 0) {
        return p11_fail(&session->failure, ERR_NOT_FOUND,
                        "no %s on the token: usbkey-admin cert import %.32s puts it there", what,
                        label);
    }
    if (found.count > 1) {
        return p11_fail(&session->failure, ERR_DUPLICATE, "%zu objects are %s", found.count, what);
    }
    return certificate_read(session, found.handle[0], what, cert);
}

enum err p11_trusted(struct p11_session *session, struct cert *cis[P11_CI_MAX], size_t *count)
{
    CK_OBJECT_CLASS class = CKO_CERTIFICATE;
    CK_BBOOL trusted = CK_TRUE;
    CK_ATTRIBUTE match[] = {p11_attr(CKA_CLASS, &class, sizeof(class)),
                            p11_attr(CKA_TRUSTED, &trusted, sizeof(trusted))};
    struct p11_found found;
    enum err err;

    *count = 0;
    memset(cis, 0, P11_CI_MAX * sizeof(cis[0]));
    err = p11_find(session, match, sizeof(match) / sizeof(match[0]), &found);
    if (err == ERR_OK && found.count > P11_CI_MAX) {
        err = p11_fail(&session->failure, ERR_RANGE, "more than %d trusted CI certificates",
                       P11_CI_MAX);
    }
    for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
        err = certificate_read(session, found.handle[i], "a trusted CI certificate", &cis[i]);
        *count += err == ERR_OK;
    }
    if (err != ERR_OK) {
        while (*count > 0) {
            cert_free(&cis[--*count]);
        }
    }
    return err;
}

/* Version byte of a root key: its CKA_ID. */
static enum err root_version(struct p11_session *session, CK_OBJECT_HANDLE object,
                             unsigned *version)
{
    struct buf id;
    enum err err;

    buf_init(&id, ROOT_LABEL_SIZE);
    err = p11_attribute(session, object, CKA_ID, "root key", &id);
    if (err == ERR_OK && (id.len != 1 || id.data[0] == 0)) {
        err = p11_fail(&session->failure, ERR_RANGE, "a root key's CKA_ID is not a version byte");
    }
    *version = err == ERR_OK ? id.data[0] : 0;
    buf_clear(&id);
    return err;
}

static enum err root_check_value(struct p11_session *session, CK_OBJECT_HANDLE object,
                                 uint8_t check_value[P11_CHECK_VALUE_SIZE])
{
    struct buf value;
    enum err err;

    buf_init(&value, 32);
    err = p11_attribute(session, object, CKA_CHECK_VALUE, "root key", &value);
    if (err == ERR_OK && value.len != P11_CHECK_VALUE_SIZE) {
        err = p11_fail(&session->failure, ERR_RANGE, "the root key's check value is not %d bytes",
                       P11_CHECK_VALUE_SIZE);
    }
    if (err == ERR_OK) {
        memcpy(check_value, value.data, P11_CHECK_VALUE_SIZE);
    }
    buf_clear(&value);
    return err;
}

enum err p11_root_key(struct p11_session *session, unsigned version, unsigned long *key,
                      unsigned *found_version, uint8_t check_value[P11_CHECK_VALUE_SIZE])
{
    CK_OBJECT_CLASS class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    CK_BBOOL token = CK_TRUE;
    CK_ATTRIBUTE match[] = {p11_attr(CKA_CLASS, &class, sizeof(class)),
                            p11_attr(CKA_KEY_TYPE, &type, sizeof(type)),
                            p11_attr(CKA_TOKEN, &token, sizeof(token))};
    struct p11_found found;
    unsigned this_version;
    enum err err;

    *key = 0;
    *found_version = 0;
    memset(check_value, 0, P11_CHECK_VALUE_SIZE);
    err = p11_find(session, match, sizeof(match) / sizeof(match[0]), &found);
    for (size_t i = 0; err == ERR_OK && i < found.count; i++) {
        err = root_version(session, found.handle[i], &this_version);
        if (err == ERR_OK &&
            (version == 0 ? this_version > *found_version : this_version == version)) {
            *found_version = this_version;
            *key = found.handle[i];
        }
    }
    if (err == ERR_OK && *key == 0) {
        err = version == 0 ? p11_fail(&session->failure, ERR_NOT_FOUND, "no root key on the token")
                           : p11_fail(&session->failure, ERR_NOT_FOUND,
                                      "no root key of version %u on the token", version);
    }
    if (err == ERR_OK) {
        err = root_check_value(session, *key, check_value);
    }
    if (err != ERR_OK) {
        *key = 0;
        *found_version = 0;
    }
    return err;
}
