#include "line/root_key.h"

#include "base/hex.h"
#include "line/line.h"

enum { CHECK_TEXT_SIZE = 2 * LEDGER_CHECK_VALUE_SIZE + 1 };

bool root_key_find(struct p11_session *session, const char *token_label,
                   const struct ledger_batch *batch, unsigned long *key, struct failure *failure)
{
    unsigned version = 0;
    uint8_t check_value[P11_CHECK_VALUE_SIZE];
    char wanted[CHECK_TEXT_SIZE];
    char held[CHECK_TEXT_SIZE];
    hex_encode(BYTES_OF(batch->root_key_check_value), wanted);
    enum err err = p11_root_key(session, batch->root_key_version, key, &version, check_value);
    if (err == ERR_NOT_FOUND) {
        return failure_set(
            failure, FAILURE_ROOT_KEY,
            "the batch needs root key version %u (check value %s); USBKey \"%s\" does not hold it",
            batch->root_key_version, wanted, token_label);
    }
    if (err != ERR_OK) {
        return line_token_failure(failure, err, p11_session_failure(session));
    }
    if (!bytes_equal(BYTES_OF(check_value), BYTES_OF(batch->root_key_check_value))) {
        return failure_set(
            failure, FAILURE_ROOT_KEY,
            "the batch's root key version %u has check value %s; that of USBKey \"%s\" has %s",
            batch->root_key_version, wanted, token_label, hex_encode(BYTES_OF(check_value), held));
    }
    return true;
}
