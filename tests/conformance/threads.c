/* Several threads in one library with the system's locking
 * (CKF_OS_LOCKING_OK). */
#include <pthread.h>
#include <string.h>

#include "conformance.h"

enum { THREADS = 8, ROUNDS = 25 };

static CK_OBJECT_HANDLE key;

/* CUnit's counters are not for threads: each says at its end whether all calls
 * did what they should, by NULL. */
static void *failed = &key;

static bool use_operations(CK_SESSION_HANDLE session)
{
    CK_MECHANISM sha256 = {CKM_SHA256, NULL, 0}, ecdsa = {CKM_ECDSA, NULL, 0};
    CK_BYTE out[64];
    CK_ULONG digest_len = sizeof(out), signature_len = sizeof(out);
    return P11->C_GenerateRandom(session, out, 32) == CKR_OK &&
           P11->C_DigestInit(session, &sha256) == CKR_OK &&
           P11->C_Digest(session, out, 32, out, &digest_len) == CKR_OK && digest_len == 32 &&
           P11->C_SignInit(session, &ecdsa, key) == CKR_OK &&
           P11->C_Sign(session, out, 32, out, &signature_len) == CKR_OK && signature_len == 64;
}

static bool use_objects(CK_SESSION_HANDLE session)
{
    CK_OBJECT_HANDLE data, found;
    CK_ULONG count = 0;
    return create_data(session, "thread", CK_FALSE, CK_FALSE, &data) == CKR_OK &&
           P11->C_FindObjectsInit(session, NULL, 0) == CKR_OK &&
           P11->C_FindObjects(session, &found, 1, &count) == CKR_OK && count == 1 &&
           P11->C_FindObjectsFinal(session) == CKR_OK &&
           P11->C_DestroyObject(session, data) == CKR_OK;
}

static void *work(bool (*use)(CK_SESSION_HANDLE session))
{
    for (int i = 0; i < ROUNDS; i++) {
        CK_SESSION_HANDLE session = CK_INVALID_HANDLE;
        if (P11->C_OpenSession(under_test.slot, CKF_SERIAL_SESSION, NULL, NULL, &session) !=
                CKR_OK ||
            !use(session) || P11->C_CloseSession(session) != CKR_OK) {
            return failed;
        }
    }
    return NULL;
}

static void *operations_thread(void *context)
{
    (void)context;
    return work(use_operations);
}

static void *objects_thread(void *context)
{
    (void)context;
    return work(use_objects);
}

static void run(void *(*body)(void *context))
{
    pthread_t thread[THREADS];
    setup();
    CK_SESSION_HANDLE session = open_session(0);
    CKR(login(session, CKU_USER), CKR_OK);
    key = find_key(session, CKO_PRIVATE_KEY);
    for (int i = 0; i < THREADS; i++) {
        CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, body, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *result = NULL;
        pthread_join(thread[i], &result);
        CU_ASSERT_PTR_NULL(result);
    }
    teardown();
}

static void threads_with_operations(void)
{
    run(operations_thread);
}

static void threads_with_objects(void)
{
    run(objects_thread);
}

static const struct test_case cases[] = {
    {"threads_with_operations", threads_with_operations},
    {"threads_with_objects", threads_with_objects},
};
TEST_GROUP(threads_group, cases, NO_MECHANISM);
