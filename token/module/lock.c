#include "module/lock.h"

#include <stdbool.h>

/* The functions in use; all NULL: the operating system's. */
static CK_C_INITIALIZE_ARGS supplied;

CK_RV module_lock_setup(const CK_C_INITIALIZE_ARGS *args)
{
    supplied = (CK_C_INITIALIZE_ARGS){0};
    if (args == NULL) {
        return CKR_OK;
    }
    int given = (args->CreateMutex != NULL) + (args->DestroyMutex != NULL) +
                (args->LockMutex != NULL) + (args->UnlockMutex != NULL);
    if (given != 0 && given != 4) {
        return CKR_ARGUMENTS_BAD;
    }
    if (given == 4 && (args->flags & CKF_OS_LOCKING_OK) == 0) {
        supplied = *args;
    }
    return CKR_OK;
}

CK_RV module_lock_init(struct module_lock *lock)
{
    lock->supplied = NULL;
    if (supplied.CreateMutex != NULL) {
        return supplied.CreateMutex(&lock->supplied) == CKR_OK ? CKR_OK : CKR_CANT_LOCK;
    }
    return pthread_mutex_init(&lock->os, NULL) == 0 ? CKR_OK : CKR_CANT_LOCK;
}

void module_lock_clear(struct module_lock *lock)
{
    if (supplied.DestroyMutex != NULL) {
        supplied.DestroyMutex(lock->supplied);
    } else {
        pthread_mutex_destroy(&lock->os);
    }
}

CK_RV module_lock_take(struct module_lock *lock)
{
    if (supplied.LockMutex != NULL) {
        return supplied.LockMutex(lock->supplied) == CKR_OK ? CKR_OK : CKR_CANT_LOCK;
    }
    return pthread_mutex_lock(&lock->os) == 0 ? CKR_OK : CKR_CANT_LOCK;
}

void module_lock_drop(struct module_lock *lock)
{
    if (supplied.UnlockMutex != NULL) {
        supplied.UnlockMutex(lock->supplied);
    } else {
        pthread_mutex_unlock(&lock->os);
    }
}
