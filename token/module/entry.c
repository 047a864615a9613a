#include "module/entry.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "module/config.h"
#include "module/token.h"

/* Handles one life of the library can give out before they are those of the next:
 * a caller's stale one, or a number made up, is hardly ever another's. */
enum { HANDLE_BITS = 24 };

/* Calls hold the lifecycle lock shared, C_Initialize and C_Finalize alone. It
 * is the operating system's whatever the caller supplies: it must exist before
 * C_Initialize has said which kind to use. */
static struct {
    pthread_rwlock_t lifecycle;
    bool initialised;
    pid_t pid;
    unsigned generation;
    struct module_slot *slots;
    size_t slot_count;
    struct module_slot *abandoned; /* a parent's slots in its forked child */
} module = {.lifecycle = PTHREAD_RWLOCK_INITIALIZER};

/* A forked child has its parent's connections but not its logins (Cryptoki
 * 2.40 5.4: it starts uninitialised). Other threads are gone and may have left
 * the slots in any state, so nothing there is touched but the descriptors. */
static void after_fork_in_child(void)
{
    pthread_rwlock_init(&module.lifecycle, NULL);
    if (module.slots != NULL) {
        for (size_t i = 0; i < module.slot_count; i++) {
            module_slot_abandon(&module.slots[i]);
        }
        module.abandoned = module.slots;
    }
    module.slots = NULL;
    module.slot_count = 0;
    module.initialised = false;
}

static void register_fork_handler(void)
{
    pthread_atfork(NULL, NULL, after_fork_in_child);
}

static bool is_initialised(void)
{
    return module.initialised && module.pid == getpid();
}

static void free_slots(struct module_slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        module_sessions_free(&slots[i]);
        module_slot_clear(&slots[i]);
    }
    free(slots);
}

static CK_RV start(const CK_C_INITIALIZE_ARGS *args)
{
    const char *reserved = NULL;
    if (module_config_reserved(args != NULL ? args->pReserved : NULL, &reserved) != ERR_OK) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = module_lock_setup(args);
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_config config;
    if (module_config_load(reserved, &config) != ERR_OK) {
        return reserved != NULL ? CKR_ARGUMENTS_BAD : CKR_GENERAL_ERROR;
    }
    struct module_slot *slots = calloc(config.count, sizeof(*slots));
    if (slots == NULL) {
        return CKR_HOST_MEMORY;
    }
    module.generation++;
    for (size_t i = 0; i < config.count; i++) {
        rv = module_slot_init(&slots[i], (CK_SLOT_ID)i, config.paths[i],
                              (CK_ULONG)module.generation << HANDLE_BITS);
        if (rv != CKR_OK) {
            free_slots(slots, i);
            return rv;
        }
    }
    module.slots = slots;
    module.slot_count = config.count;
    module.pid = getpid();
    module.initialised = true;
    return CKR_OK;
}

CK_RV module_start(const CK_C_INITIALIZE_ARGS *args)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_fork_handler);
    pthread_rwlock_wrlock(&module.lifecycle);
    CK_RV rv = is_initialised() ? CKR_CRYPTOKI_ALREADY_INITIALIZED : start(args);
    pthread_rwlock_unlock(&module.lifecycle);
    return rv;
}

CK_RV module_stop(bool arguments_ok)
{
    CK_RV rv = CKR_OK;
    pthread_rwlock_wrlock(&module.lifecycle);
    if (!is_initialised()) {
        rv = CKR_CRYPTOKI_NOT_INITIALIZED;
    } else if (!arguments_ok) {
        rv = CKR_ARGUMENTS_BAD;
    } else {
        free_slots(module.slots, module.slot_count);
        module.slots = NULL;
        module.slot_count = 0;
        module.initialised = false;
    }
    pthread_rwlock_unlock(&module.lifecycle);
    return rv;
}

CK_RV module_enter(void)
{
    pthread_rwlock_rdlock(&module.lifecycle);
    if (is_initialised()) {
        return CKR_OK;
    }
    pthread_rwlock_unlock(&module.lifecycle);
    return CKR_CRYPTOKI_NOT_INITIALIZED;
}

void module_leave(void)
{
    pthread_rwlock_unlock(&module.lifecycle);
}

struct module_slot *module_slots(size_t *count)
{
    *count = module.slot_count;
    return module.slots;
}

unsigned module_generation(void)
{
    return module.generation;
}

/* Locks slot `index`, or says `missing` when there is none. */
static CK_RV lock_slot(size_t index, CK_RV missing, struct module_slot **slot)
{
    *slot = NULL;
    if (index >= module.slot_count) {
        return missing;
    }
    CK_RV rv = module_lock_take(&module.slots[index].lock);
    if (rv == CKR_OK) {
        *slot = &module.slots[index];
    }
    return rv;
}

CK_RV module_slot_enter(CK_SLOT_ID id, bool arguments_ok, struct module_slot **slot)
{
    *slot = NULL;
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    rv = arguments_ok ? lock_slot(id, CKR_SLOT_ID_INVALID, slot) : CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK) {
        module_leave();
    }
    return rv;
}

CK_RV module_slot_leave(struct module_slot *slot, CK_RV rv)
{
    if (slot->client != NULL && client_broken(slot->client)) {
        module_token_lose(slot);
    }
    module_lock_drop(&slot->lock);
    module_leave();
    return rv;
}

CK_RV module_session_enter(CK_SESSION_HANDLE handle, bool arguments_ok,
                           struct module_session **session)
{
    *session = NULL;
    CK_RV rv = module_enter();
    if (rv != CKR_OK) {
        return rv;
    }
    struct module_slot *slot = NULL;
    rv = arguments_ok ? lock_slot(module_session_slot(handle), CKR_SESSION_HANDLE_INVALID, &slot)
                      : CKR_ARGUMENTS_BAD;
    if (rv != CKR_OK) {
        module_leave();
        return rv;
    }
    *session = module_session_find(slot, handle);
    if (*session == NULL) {
        return module_slot_leave(slot, CKR_SESSION_HANDLE_INVALID);
    }
    if (!client_alive(slot->client)) {
        *session = NULL;
        module_token_lose(slot);
        return module_slot_leave(slot, CKR_DEVICE_REMOVED);
    }
    return CKR_OK;
}

CK_RV module_session_leave(struct module_session *session, CK_RV rv)
{
    return module_slot_leave(session->slot, rv);
}
