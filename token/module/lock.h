/* Mutexes: the operating system's, or those a caller supplied to C_Initialize
 * because it cannot have the former (Cryptoki 2.40 5.4). */
#ifndef MODULE_LOCK_H
#define MODULE_LOCK_H

#include <pthread.h>

#include <p11-kit/pkcs11.h>

struct module_lock {
    pthread_mutex_t os;
    void *supplied;
};

/* Chooses the kind for all locks made from now on. CKR_ARGUMENTS_BAD when some
 * but not all of the four functions are there. args may be NULL. */
CK_RV module_lock_setup(const CK_C_INITIALIZE_ARGS *args);
CK_RV module_lock_init(struct module_lock *lock);
void module_lock_clear(struct module_lock *lock);
CK_RV module_lock_take(struct module_lock *lock);
void module_lock_drop(struct module_lock *lock);

#endif
