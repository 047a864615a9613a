/* PINs: what wraps the key store's own PIN, and the tries left.
 *
 * The key store's PIN is random. It lies wrapped with AES-256-GCM under a key
 * from PBKDF2-HMAC-SHA256(PIN, salt || engine secret), once for the user and
 * once for the security officer. So a PIN alone opens no key store behind the
 * engine's back, and a new PIN is a new wrap, nothing else. */
#ifndef ENGINE_PIN_H
#define ENGINE_PIN_H

#include "engine/state.h"

enum { PIN_TRIES = 5, ENGINE_SECRET_SIZE = 32, PIN_ITERATIONS = 50000 };

/* The engine's secret: DIR/secret, made at the first start. */
enum err pin_secret_load(const char *path, struct secret *secret);

/* Wraps keystore_pin under pin. */
enum err pin_wrap(const struct secret *engine_secret, enum tokwire_user user, struct bytes pin,
                  const struct secret *keystore_pin, struct state_pin *record);
/* ERR_PIN when it is the wrong one. */
enum err pin_unwrap(const struct secret *engine_secret, enum tokwire_user user, struct bytes pin,
                    const struct state_pin *record, struct secret *keystore_pin);
/* ERR_RANGE when policy forbids it. */
enum err pin_check_new(struct bytes pin);

/* Tries left, on the disk before they count. The file authenticates itself
 * under the engine secret; one that does not is read as no tries left. */
struct pin_tries {
    uint8_t user, so;
};
enum err pin_tries_load(const char *path, const struct secret *engine_secret,
                        struct pin_tries *tries);
enum err pin_tries_save(const char *path, const struct secret *engine_secret,
                        const struct pin_tries *tries);
uint8_t *pin_tries_of(struct pin_tries *tries, enum tokwire_user user);

#endif
