#include "batch/batch.h"

#include <string.h>

#include <openssl/x509v3.h>

#include "sgp22/tags.h"
#include "tlv/tlv.h"

enum {
    TAG_BATCH_MANIFEST = 0xA0,
    TAG_BATCH_FORMAT = 0x80,
    TAG_BATCH_ID = 0x81,
    TAG_BATCH_IMAGE_DIGEST = 0x82,
    TAG_BATCH_IMAGE_LENGTH = 0x83,
    TAG_BATCH_CERTIFICATE = 0x7F21,
    LENGTH_SIZE = 8,
    MAGIC_SIZE = 8,
};

static const uint8_t magic[MAGIC_SIZE] = {'E', 'U', 'I', 'C', 'C', 'P', 'P', 'B'};

const char batch_schema[] = "CREATE TABLE batch("
                            " id TEXT NOT NULL,"
                            " dp_oid TEXT NOT NULL,"
                            " root_key_version INTEGER NOT NULL,"
                            " root_key_check_value BLOB NOT NULL,"
                            " count INTEGER NOT NULL,"
                            " created TEXT NOT NULL);"
                            "CREATE TABLE profile("
                            " position INTEGER PRIMARY KEY,"
                            " eid TEXT NOT NULL,"
                            " iccid TEXT NOT NULL,"
                            " metadata BLOB NOT NULL,"
                            " ppp BLOB NOT NULL,"
                            " UNIQUE(eid, iccid));";

void batch_manifest_encode(const struct batch_manifest *manifest, struct buf *out)
{
    const uint8_t format = BATCH_FORMAT;
    uint8_t length[LENGTH_SIZE];
    set_u64(length, manifest->image_length);
    size_t mark = tlv_open(out, TAG_BATCH_MANIFEST);
    tlv_put(out, TAG_BATCH_FORMAT, bytes_make(&format, 1));
    tlv_put(out, TAG_BATCH_ID, BYTES_OF(manifest->id));
    tlv_put(out, TAG_BATCH_IMAGE_DIGEST, BYTES_OF(manifest->image_digest));
    tlv_put(out, TAG_BATCH_IMAGE_LENGTH, BYTES_OF(length));
    tlv_close(out, mark);
}

void batch_trailer_encode(struct bytes manifest, struct bytes certificate, struct bytes signature,
                          struct buf *out)
{
    size_t start = out->len;
    buf_put_bytes(out, manifest);
    tlv_put(out, TAG_BATCH_CERTIFICATE, certificate);
    tlv_put(out, TAG_SIGNATURE, signature);
    buf_put_u32(out, (uint32_t)(out->len - start));
    buf_put(out, magic, sizeof(magic));
}

enum err batch_footer_decode(struct bytes footer, size_t *trailer_len)
{
    *trailer_len = 0;
    if (footer.len != BATCH_FOOTER_SIZE || memcmp(footer.data + 4, magic, sizeof(magic)) != 0) {
        return ERR_MALFORMED;
    }
    size_t len = get_u32(footer.data);
    if (len > BATCH_TRAILER_MAX - BATCH_FOOTER_SIZE) {
        return ERR_MALFORMED;
    }
    *trailer_len = len + BATCH_FOOTER_SIZE;
    return ERR_OK;
}

/* A field of exactly len bytes. */
static enum err take_fixed(struct tlv_reader *reader, uint32_t tag, size_t len, const uint8_t **at)
{
    struct tlv element;
    enum err err = tlv_reader_expect(reader, tag, &element);
    if (err == ERR_OK && element.value.len != len) {
        err = ERR_MALFORMED;
    }
    *at = element.value.data;
    return err;
}

static enum err decode_manifest(struct bytes value, struct batch_manifest *out)
{
    struct tlv_reader reader;
    const uint8_t *at;
    tlv_reader_init(&reader, value);
    enum err err = take_fixed(&reader, TAG_BATCH_FORMAT, 1, &at);
    if (err == ERR_OK && at[0] != BATCH_FORMAT) {
        err = ERR_UNSUPPORTED;
    }
    if (err == ERR_OK) {
        err = take_fixed(&reader, TAG_BATCH_ID, BATCH_ID_SIZE, &at);
    }
    if (err == ERR_OK) {
        memcpy(out->id, at, BATCH_ID_SIZE);
        err = take_fixed(&reader, TAG_BATCH_IMAGE_DIGEST, SHA256_SIZE, &at);
    }
    if (err == ERR_OK) {
        memcpy(out->image_digest, at, SHA256_SIZE);
        err = take_fixed(&reader, TAG_BATCH_IMAGE_LENGTH, LENGTH_SIZE, &at);
    }
    if (err == ERR_OK) {
        out->image_length = get_u64(at);
        err = tlv_reader_end(&reader) ? ERR_OK : ERR_MALFORMED;
    }
    return err;
}

enum err batch_trailer_decode(struct bytes input, struct batch_trailer *out)
{
    struct batch_trailer in = {0};
    struct tlv_reader reader;
    struct tlv element;
    *out = in;
    if (input.len < BATCH_FOOTER_SIZE) {
        return ERR_MALFORMED;
    }
    size_t body = input.len - BATCH_FOOTER_SIZE;
    size_t stated = 0;
    if (batch_footer_decode(bytes_make(input.data + body, BATCH_FOOTER_SIZE), &stated) != ERR_OK ||
        stated != input.len) {
        return ERR_MALFORMED;
    }
    tlv_reader_init(&reader, bytes_make(input.data, body));
    enum err err = tlv_reader_expect(&reader, TAG_BATCH_MANIFEST, &element);
    if (err == ERR_OK) {
        in.signed_bytes = element.whole;
        err = decode_manifest(element.value, &in.manifest);
    }
    if (err == ERR_OK) {
        err = tlv_reader_expect(&reader, TAG_BATCH_CERTIFICATE, &element);
    }
    if (err == ERR_OK) {
        in.certificate = element.value;
        err = tlv_reader_expect(&reader, TAG_SIGNATURE, &element);
    }
    if (err == ERR_OK) {
        in.signature = element.value;
        err = element.value.len == EC_SIGNATURE_SIZE && tlv_reader_end(&reader) ? ERR_OK
                                                                                : ERR_MALFORMED;
    }
    if (err == ERR_UNSUPPORTED) {
        return err;
    }
    if (err != ERR_OK) {
        return ERR_MALFORMED;
    }
    *out = in;
    return ERR_OK;
}

/* A batch certificate signs and does nothing else; an SGP.22 role would let a
 * DPauth or eUICC key pass for the DP+'s batch key. */
static enum err check_batch_role(const struct cert *cert)
{
    uint32_t flags = X509_get_extension_flags(cert->x509);
    bool signs = (flags & EXFLAG_KUSAGE) != 0 &&
                 (X509_get_key_usage(cert->x509) & KU_DIGITAL_SIGNATURE) != 0;
    bool is_ca = (flags & EXFLAG_CA) != 0;
    if (!signs || is_ca || cert->role != CERT_ROLE_NONE) {
        return ERR_CERT_ROLE;
    }
    return cert_verify_critical(cert);
}

/* RFC 5280 4.2.1.9, 4.2.1.3: only a CA makes certificates. The holder of a
 * trusted batch certificate cannot make more of them. */
static enum err check_issuer(const struct cert *cert, const struct cert *issuer, time_t now)
{
    bool is_ca = (X509_get_extension_flags(issuer->x509) & EXFLAG_CA) != 0;
    if (!is_ca || (X509_get_key_usage(issuer->x509) & KU_KEY_CERT_SIGN) == 0) {
        return ERR_CERT_CHAIN;
    }
    enum err err = cert_verify_signature(cert, issuer);
    return err == ERR_OK ? cert_verify_dates(issuer, now) : err;
}

enum err batch_trailer_verify(const struct batch_trailer *trailer, const struct cert *trust,
                              time_t now, struct cert **batch_cert)
{
    *batch_cert = NULL;
    struct cert *cert = NULL;
    enum err err = cert_parse(trailer->certificate, &cert);
    if (err != ERR_OK) {
        return ERR_MALFORMED;
    }
    bool same = bytes_equal(trailer->certificate, buf_bytes(&trust->der));
    err = same ? ERR_OK : check_issuer(cert, trust, now);
    if (err == ERR_OK) {
        err = check_batch_role(cert);
    }
    if (err == ERR_OK) {
        err = cert_verify_dates(cert, now);
    }
    if (err == ERR_OK) {
        err = ec_verify(cert->key, trailer->signed_bytes, trailer->signature);
    }
    if (err != ERR_OK) {
        cert_free(&cert);
        return err;
    }
    *batch_cert = cert;
    return ERR_OK;
}
