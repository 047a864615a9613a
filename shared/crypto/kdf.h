/* Key derivation and AES primitives. All of it OpenSSL; this fixes the inputs. */
#ifndef CRYPTO_KDF_H
#define CRYPTO_KDF_H

#include "base/bytes.h"
#include "base/secret.h"

enum { AES_BLOCK = 16, SHA256_SIZE = 32, CHECK_VALUE_SIZE = 5 };

/* AES-CMAC (RFC 4493, SP 800-38B) with a 16- or 32-byte key. */
enum err crypto_cmac(struct bytes key, struct bytes message, uint8_t mac[AES_BLOCK]);
/* What may be said of a key without giving it away: the first 5 bytes of AES-CMAC
 * over 16 zero bytes (design.md section 3). Cleared on an error. */
enum err crypto_check_value(struct bytes key, uint8_t check_value[CHECK_VALUE_SIZE]);
/* KDF(K, Label, Context), design.md section 3: SP 800-108r1 counter mode with
 * AES-256-CMAC, 32-bit counter first. out_len up to 64 bytes. */
enum err crypto_kbkdf(struct bytes key, const char *label, struct bytes context, size_t out_len,
                      struct secret *out);
/* The message of block `counter` (from 1) of the same KDF, for a key that only
 * a key store can use: [i] || Label || 00 || Context || [L]; CMAC of each block
 * in turn, concatenated, is the output. */
void crypto_kbkdf_block(struct buf *message, uint32_t counter, const char *label,
                        struct bytes context, size_t out_len);
/* ANSI X9.63 KDF with SHA-256 (TR-03111 4.3.3). out_len up to 64 bytes. */
enum err crypto_x963kdf(struct bytes shared, struct bytes shared_info, size_t out_len,
                        struct secret *out);
enum err crypto_sha256(struct bytes message, uint8_t digest[SHA256_SIZE]);
/* Random bytes from the system's generator. */
enum err crypto_random(uint8_t *out, size_t len);

#endif
