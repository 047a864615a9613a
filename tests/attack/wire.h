/* The token's wire as a hostile PC writes it: frame by frame, byte by byte.
 *
 * A wire is one connection, hence one login. Nothing here checks a request; an
 * answer is decoded against its row. Every wait is bounded. */
#ifndef ATTACK_WIRE_H
#define ATTACK_WIRE_H

#include "support/test.h"
#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

/* No status word: the engine hung up, or gave no answer in time. */
enum { WIRE_CLOSED = 0, WIRE_WAIT_MS = 20000 };

struct wire {
    int fd; /* -1: closed */
    struct buf answer;
    struct tokwire_fields fields; /* of the last answer that was OK */
};

/* False when nobody listens. */
bool wire_open(struct wire *wire, const char *socket_path);
void wire_close(struct wire *wire);

/* Raw bytes, as they are; false when the engine hung up. */
bool wire_send(struct wire *wire, struct bytes bytes);
/* One frame around an APDU. */
bool wire_send_frame(struct wire *wire, struct bytes apdu);
/* The next answer's status word, or WIRE_CLOSED. */
uint16_t wire_receive(struct wire *wire);
/* The engine hangs up, without an answer, within wait_ms. */
bool wire_is_hung_up(struct wire *wire, int wait_ms);

/* A command APDU from its parts. */
void wire_apdu(struct buf *apdu, uint8_t ins, uint8_t p1, uint8_t p2, struct bytes data);
/* One command; request may be NULL and is cleared. */
uint16_t wire_call(struct wire *wire, uint8_t ins, uint8_t p1, uint8_t p2, struct buf *request);
/* A command with one field. */
uint16_t wire_call_field(struct wire *wire, uint8_t ins, uint8_t p1, uint8_t p2, uint16_t tag,
                         struct bytes value);
/* Of the last answer. */
struct bytes wire_field(const struct wire *wire, uint16_t tag);
uint32_t wire_uint(const struct wire *wire, uint16_t tag);

/* --- the commands an attack is made of ------------------------------------ */

uint16_t wire_login(struct wire *wire, enum tokwire_user user, const char *pin);
uint16_t wire_sign(struct wire *wire, enum tokwire_key key, struct bytes message,
                   uint8_t signature[64]);
uint16_t wire_derive_ppk(struct wire *wire, uint32_t root, const char *eid, const char *iccid,
                         uint32_t *handle);
uint16_t wire_encrypt(struct wire *wire, uint32_t handle, struct bytes data);
uint16_t wire_mac(struct wire *wire, uint32_t handle, struct bytes data);
uint16_t wire_replace(struct wire *wire, uint32_t session_keys, uint32_t ppk);
uint16_t wire_destroy(struct wire *wire, uint32_t handle);

/* Asserts, and says which attempt it was when it does not hold. */
bool expect_sw(const char *what, uint16_t actual, uint16_t expected);

#endif
