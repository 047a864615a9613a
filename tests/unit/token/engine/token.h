/* A token in a temporary folder, spoken to through its commands. */
#ifndef TEST_ENGINE_TOKEN_H
#define TEST_ENGINE_TOKEN_H

#include "engine/engine.h"
#include "support/test.h"
#include "tlv/tlv.h"
#include "tokwire/tokwire.h"

#define SO_PIN "so-pin-1"
#define USER_PIN "user-pin-1"

struct token {
    char folder[64];
    struct engine *engine;
    struct engine_connection *connection;
    struct buf response;
    struct tokwire_fields fields; /* of the last answer, checked against its row */
};

/* What every token's clock says. */
extern time_t token_now;

/* A blank token. The folder goes at exit. */
void token_new(struct token *token);
/* Starts the engine on the folder. */
void token_start(struct token *token);
/* Stops it and starts it again. */
void token_restart(struct token *token);
void token_free(struct token *token);
/* One command; the answer is decoded against its row. */
uint16_t token_call(struct token *token, uint8_t ins, uint8_t p1, uint8_t p2, struct buf *request);
/* The same on another connection of the token. */
uint16_t token_call_on(struct token *token, struct engine_connection *connection, uint8_t ins,
                       uint8_t p1, uint8_t p2, struct buf *request);
/* A login that finds the token tampered with, as `fault`: reading is allowed, and
 * nothing else. Logs out. */
void token_expect_fault(struct token *token, enum tokwire_fault fault);
/* A command with one field. */
uint16_t token_call_field(struct token *token, uint8_t ins, uint8_t p1, uint8_t p2, uint16_t tag,
                          struct bytes value);
struct bytes token_field(const struct token *token, uint16_t tag);
uint32_t token_uint(const struct token *token, uint16_t tag);

uint16_t token_initialise(struct token *token, enum tokwire_role role, bool development);
uint16_t token_login(struct token *token, enum tokwire_user user, const char *pin);
uint16_t token_logout(struct token *token);
/* The root key 000102..1f from two components; the SO is logged in. */
void token_load_root(struct token *token);
uint16_t token_sign(struct token *token, enum tokwire_key key, struct bytes message,
                    uint8_t signature[64]);
/* Times `needle` stands in the journal. */
size_t token_journal_count(struct token *token, const char *needle);
/* Path below the folder; static buffer. */
const char *token_path(const struct token *token, const char *name);

#endif
