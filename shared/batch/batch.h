/* The batch file NAME.ppb: an SQLite image and a signed trailer behind it.
 *
 *   image || manifest || 7F21 certificate || 5F37 signature || footer
 *
 * manifest  A0{80 format, 81 batch id(16), 82 SHA-256 of the image(32),
 *           83 length of the image(8)}
 * signature ECDSA with SHA-256 by the DP+'s batch key over the manifest
 * footer    4-byte big-endian length of manifest, certificate and signature,
 *           then the 8 bytes "EUICCPPB"
 *
 * Every byte of the file is covered by the signature or checked for its one
 * value, and all of it before SQLite sees the image. SQLite itself ignores what
 * lies behind its last page. docs/batch-format.md shows how to verify with
 * openssl alone. */
#ifndef BATCH_BATCH_H
#define BATCH_BATCH_H

#include "base/bytes.h"
#include "crypto/ec.h"
#include "crypto/kdf.h"
#include "sgp22/cert.h"

enum {
    BATCH_FORMAT = 1,
    BATCH_ID_SIZE = 16,
    BATCH_FOOTER_SIZE = 12,
    BATCH_TRAILER_MAX = 8192,
};

/* SQLite schema of the image:
 * batch(id TEXT, dp_oid TEXT, root_key_version INTEGER,
 *       root_key_check_value BLOB(5), count INTEGER, created TEXT)   one row
 * profile(position INTEGER PRIMARY KEY, eid TEXT, iccid TEXT,
 *         metadata BLOB, ppp BLOB, UNIQUE(eid, iccid))
 * metadata: StoreMetadata DER (BF25); ppp: the '86' segments one after the
 * other. application_id is BATCH_APPLICATION_ID. */
#define BATCH_APPLICATION_ID 0x50504231 /* "PPB1" */
extern const char batch_schema[];

struct batch_manifest {
    uint8_t id[BATCH_ID_SIZE];
    uint8_t image_digest[SHA256_SIZE];
    uint64_t image_length;
};

/* Bytes of the manifest: the message the batch key signs. */
void batch_manifest_encode(const struct batch_manifest *manifest, struct buf *out);
/* Everything behind the image. manifest: the bytes that were signed. */
void batch_trailer_encode(struct bytes manifest, struct bytes certificate, struct bytes signature,
                          struct buf *out);

struct batch_trailer {
    struct batch_manifest manifest;
    struct bytes signed_bytes; /* manifest as it stands in the file */
    struct bytes certificate;
    struct bytes signature;
};
/* Length of the trailer including the footer, from the file's last 12 bytes.
 * ERR_MALFORMED when this is no batch file. */
enum err batch_footer_decode(struct bytes footer, size_t *trailer_len);
/* Views into input, which is the whole trailer. */
enum err batch_trailer_decode(struct bytes input, struct batch_trailer *out);
/* Signature over the manifest by the trailer's certificate, and that
 * certificate against what the station trusts: the same certificate, or one
 * signed by it, then a CA. It must allow digitalSignature, be no CA, be within
 * its dates, carry no SGP.22 role and no critical extension unknown here. ERR_SIGNATURE, ERR_CERT_CHAIN, ERR_CERT_ROLE,
 * ERR_CERT_DATE, ERR_MALFORMED. The caller frees *batch_cert. */
enum err batch_trailer_verify(const struct batch_trailer *trailer, const struct cert *trust,
                              time_t now, struct cert **batch_cert);

#endif
