/* What this token can do, tried out over keys that go with the session. */
#include <stdio.h>
#include <string.h>

#include "keystore/pkcs11_store.h"

struct mechanism_row {
    CK_MECHANISM_TYPE type;
    CK_FLAGS flags;
    const char *name;
};

static const struct mechanism_row mechanisms[] = {
    {CKM_AES_CMAC, CKF_SIGN, "CKM_AES_CMAC"},
    {CKM_AES_ECB, CKF_ENCRYPT, "CKM_AES_ECB"},
    {CKM_AES_KEY_GEN, CKF_GENERATE, "CKM_AES_KEY_GEN"},
    {CKM_EC_KEY_PAIR_GEN, CKF_GENERATE_KEY_PAIR, "CKM_EC_KEY_PAIR_GEN"},
    {CKM_ECDSA, CKF_SIGN, "CKM_ECDSA"},
};

static enum err tell(struct keystore_report *report, enum keystore_subject subject,
                     enum keystore_verdict verdict, const char *name)
{
    return report->finding(report->context, subject, verdict, name);
}

static enum err report_mechanisms(struct pkcs11_store *store, struct keystore_report *report)
{
    enum err err = ERR_OK;
    for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]) && err == ERR_OK; i++) {
        CK_MECHANISM_INFO info = {0};
        CK_RV rv = store->p11->C_GetMechanismInfo(store->slot, mechanisms[i].type, &info);
        bool there = rv == CKR_OK && (info.flags & mechanisms[i].flags) == mechanisms[i].flags;
        err = tell(report, KEYSTORE_MECHANISM, there ? KEYSTORE_YES : KEYSTORE_NO,
                   mechanisms[i].name);
    }
    return err;
}

/* Each tries what the attributes forbid; a store that lets it happen does not
 * enforce what it says. */
static bool value_stays(struct pkcs11_store *store, CK_OBJECT_HANDLE key)
{
    uint8_t value[SECRET_MAX];
    CK_ATTRIBUTE wanted = {CKA_VALUE, value, sizeof(value)};
    CK_RV rv = store->p11->C_GetAttributeValue(store->session, key, &wanted, 1);
    secret_zero(value, sizeof(value));
    return rv != CKR_OK;
}

static bool attributes_stay(struct pkcs11_store *store, CK_OBJECT_HANDLE key)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE extractable = {CKA_EXTRACTABLE, &yes, sizeof(yes)};
    return store->p11->C_SetAttributeValue(store->session, key, &extractable, 1) != CKR_OK;
}

static bool copies_stay(struct pkcs11_store *store, CK_OBJECT_HANDLE key)
{
    CK_BBOOL yes = CK_TRUE;
    CK_ATTRIBUTE extractable = {CKA_EXTRACTABLE, &yes, sizeof(yes)};
    CK_OBJECT_HANDLE copy;
    if (store->p11->C_CopyObject(store->session, key, &extractable, 1, &copy) != CKR_OK) {
        return true;
    }
    store->p11->C_DestroyObject(store->session, copy);
    return false;
}

static bool decryption_is_refused(struct pkcs11_store *store, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {CKM_AES_ECB, NULL, 0};
    uint8_t block[AES_BLOCK] = {0};
    CK_ULONG len = sizeof(block);
    if (store->p11->C_DecryptInit(store->session, &mechanism, key) != CKR_OK) {
        return true;
    }
    store->p11->C_Decrypt(store->session, block, sizeof(block), block, &len);
    return false;
}

static bool other_use_is_refused(struct pkcs11_store *store, CK_OBJECT_HANDLE key)
{
    CK_MECHANISM mechanism = {store->config.build_cmac ? CKM_AES_CMAC : CKM_AES_ECB, NULL, 0};
    uint8_t block[AES_BLOCK] = {0};
    CK_ULONG len = sizeof(block);
    if (store->config.build_cmac) {
        if (store->p11->C_SignInit(store->session, &mechanism, key) != CKR_OK) {
            return true;
        }
        store->p11->C_Sign(store->session, block, sizeof(block), block, &len);
        return false;
    }
    if (store->p11->C_EncryptInit(store->session, &mechanism, key) != CKR_OK) {
        return true;
    }
    store->p11->C_Encrypt(store->session, block, sizeof(block), block, &len);
    return false;
}

struct probe_row {
    bool (*holds)(struct pkcs11_store *store, CK_OBJECT_HANDLE key);
    const char *name;
};

static const struct probe_row probes[] = {
    {value_stays, "refuses to show a root key"},
    {attributes_stay, "refuses to make it extractable"},
    {copies_stay, "refuses an extractable copy"},
    {decryption_is_refused, "refuses to decrypt with it"},
    {other_use_is_refused, "refuses its other mechanism"},
};

static enum err report_cmac_key(struct pkcs11_store *store, struct keystore_report *report)
{
    static const uint8_t trial[32] = {1};
    CK_OBJECT_HANDLE key;
    if (pkcs11_session_aes(store, trial, &key) != CKR_OK) {
        return tell(report, KEYSTORE_USE, KEYSTORE_NO, "AES-CMAC");
    }
    /* The login has had its known answers. */
    enum err err = tell(report, KEYSTORE_USE,
                        store->config.build_cmac ? KEYSTORE_BUILT : KEYSTORE_YES, "AES-CMAC");
    if (err == ERR_OK) {
        err = pkcs11_report_attributes(store, KEYSTORE_CMAC, key, report);
    }
    for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]) && err == ERR_OK; i++) {
        bool holds = probes[i].holds(store, key);
        err = tell(report, KEYSTORE_USE, holds ? KEYSTORE_YES : KEYSTORE_NO, probes[i].name);
    }
    store->p11->C_DestroyObject(store->session, key);
    return err;
}

static enum err report_pair(struct pkcs11_store *store, enum ec_curve curve, const char *name,
                            struct keystore_report *report)
{
    CK_OBJECT_HANDLE public, private;
    if (pkcs11_session_pair(store, curve, &public, &private) != CKR_OK) {
        return tell(report, KEYSTORE_USE, KEYSTORE_NO, name);
    }
    enum err err = tell(report, KEYSTORE_USE, KEYSTORE_YES, name);
    if (err == ERR_OK && curve == EC_CURVE_P256) {
        err = pkcs11_report_attributes(store, KEYSTORE_EC, private, report);
    }
    store->p11->C_DestroyObject(store->session, private);
    store->p11->C_DestroyObject(store->session, public);
    return err;
}

static enum err report_store(struct pkcs11_store *store, struct keystore_report *report)
{
    bool data = (store->config.quirks & KEYSTORE_NO_DATA_OBJECTS) == 0;
    bool many = store->config.token[0] == '\0';
    enum err err =
        tell(report, KEYSTORE_USE, data ? KEYSTORE_YES : KEYSTORE_BUILT, "journal anchor");
    return err != ERR_OK ? err
                         : tell(report, KEYSTORE_USE, many ? KEYSTORE_YES : KEYSTORE_BUILT,
                                "a token for each initialisation");
}

static void describe_library(const CK_INFO *library, char text[KEYSTORE_MODULE_SIZE])
{
    char maker[sizeof(library->manufacturerID) + 1];
    char description[sizeof(library->libraryDescription) + 1];
    pkcs11_unpad(library->manufacturerID, sizeof(library->manufacturerID), maker);
    pkcs11_unpad(library->libraryDescription, sizeof(library->libraryDescription), description);
    int len = snprintf(text, KEYSTORE_MODULE_SIZE, "%s %u.%u: ", maker,
                       library->libraryVersion.major, library->libraryVersion.minor);
    /* The longest of all does not fit whole. */
    snprintf(text + len, (size_t)(KEYSTORE_MODULE_SIZE - len), "%s", description);
}

enum err pkcs11_report(struct keystore *base, struct keystore_report *report)
{
    struct pkcs11_store *store = (struct pkcs11_store *)base;
    CK_INFO library = {0};
    CK_TOKEN_INFO token = {0};
    if (!store->logged_in) {
        return ERR_UNTIMELY;
    }
    if (store->p11->C_GetInfo(&library) != CKR_OK ||
        store->p11->C_GetTokenInfo(store->slot, &token) != CKR_OK) {
        return ERR_KEYSTORE;
    }
    describe_library(&library, report->module);
    pkcs11_unpad(token.label, sizeof(token.label), report->token);
    enum err err = report_mechanisms(store, report);
    if (err == ERR_OK) {
        err = report_cmac_key(store, report);
    }
    if (err == ERR_OK) {
        err = report_pair(store, EC_CURVE_P256, "ECDSA on P-256", report);
    }
    if (err == ERR_OK) {
        err = report_pair(store, EC_CURVE_BRAINPOOL_P256R1, "ECDSA on brainpoolP256r1", report);
    }
    return err == ERR_OK ? report_store(store, report) : err;
}
