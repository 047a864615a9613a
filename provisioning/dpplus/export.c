#include "dpplus/export.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "crypto/kdf.h"
#include "sgp22/bsp.h"

/* One export under way. */
struct run {
    struct protector *protector;
    struct batchfile *file;
    struct batchfile_info info;
    struct buf ppp; /* kept from profile to profile */
    uint64_t bytes;
};

static enum err order_protect(void *context, const struct order_export *order,
                              struct dp_failure *failure)
{
    struct run *run = context;
    char eid[EID_TEXT_SIZE], iccid[ICCID_TEXT_SIZE];
    struct dp_failure why;
    enum err err;

    buf_reset(&run->ppp);
    err = run->protector->ops->protect(run->protector, &order->eid, &order->iccid,
                                       BYTES_OF(run->info.id), order->upp, &run->ppp, &why);
    if (err != ERR_OK) {
        return dp_fail(failure, why.area, err, "EID %s, ICCID %s: %s", eid_text(&order->eid, eid),
                       iccid_text(&order->iccid, iccid), why.text);
    }
    run->bytes += order->upp.len;
    return batchfile_add(run->file, &order->eid, &order->iccid, order->metadata,
                         buf_bytes(&run->ppp), failure);
}

/* The file that would be replaced must be the leftover of a killed export. */
static enum err target_free(struct orderbook *book, const char *path, struct dp_failure *failure)
{
    uint8_t id[BATCH_ID_SIZE];
    bool known = false;
    enum err err = batchfile_id(path, id);

    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return dp_fail(failure, DP_USAGE, ERR_DUPLICATE,
                       "%.200s exists and is no batch: name another file", path);
    }
    err = orderbook_has_batch(book, id, &known, failure);
    if (err == ERR_OK && known) {
        err = dp_fail(failure, DP_BOOK, ERR_DUPLICATE,
                      "%.200s holds an exported batch: name another file", path);
    }
    return err;
}

/* Seals the image, has it signed, and checks the signature as a station will. */
static enum err batch_sign(struct run *run, struct batch_manifest *manifest, struct buf *trailer,
                           struct dp_failure *failure)
{
    const struct cert *certificate = run->protector->batch_certificate;
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct batch_trailer decoded;
    struct cert *checked = NULL;
    struct buf message;
    enum err err = batchfile_seal(run->file, &run->info, manifest, failure);

    buf_init(&message, BATCH_TRAILER_MAX);
    if (err == ERR_OK) {
        batch_manifest_encode(manifest, &message);
        err = run->protector->ops->sign(run->protector, buf_bytes(&message), signature, failure);
    }
    if (err != ERR_OK) {
        goto out;
    }
    batch_trailer_encode(buf_bytes(&message), buf_bytes(&certificate->der), BYTES_OF(signature),
                         trailer);
    err = buf_err(trailer);
    if (err == ERR_OK) {
        err = batch_trailer_decode(buf_bytes(trailer), &decoded);
    }
    if (err == ERR_OK) {
        err = batch_trailer_verify(&decoded, certificate, time(NULL), &checked);
    }
    if (err != ERR_OK) {
        dp_fail(failure, DP_TOKEN, err,
                "no station would accept this batch: its certificate and signature give %s; "
                "check the certificate \"batch\" on the token",
                err_name(err));
    }
out:
    cert_free(&checked);
    buf_clear(&message);
    return err;
}

static enum err info_prepare(struct run *run, const char *dp_oid, char oid[CERT_OID_TEXT_SIZE],
                             struct dp_failure *failure)
{
    enum err err = ERR_OK;

    if (dp_oid == NULL) {
        err = cert_registered_oid(run->protector->batch_certificate, oid);
        if (err != ERR_OK) {
            return dp_fail(failure, DP_TOKEN, err,
                           "the batch certificate carries no registeredID: set dp_oid");
        }
        dp_oid = oid;
    }
    run->info.dp_oid = dp_oid;
    run->info.root_key_version = run->protector->root_key_version;
    memcpy(run->info.root_key_check_value, run->protector->root_key_check_value,
           sizeof(run->info.root_key_check_value));
    if (crypto_random(run->info.id, sizeof(run->info.id)) != ERR_OK) {
        err = dp_fail(failure, DP_BOOK, ERR_CRYPTO, "no random bytes");
    }
    return err;
}

static enum err book_mark(struct orderbook *book, const struct run *run, const char *path,
                          const struct batch_manifest *manifest, size_t count,
                          struct dp_failure *failure)
{
    struct batch_record record = {
        .file = path,
        .dp_oid = run->info.dp_oid,
        .root_key_version = run->info.root_key_version,
        .root_key_check_value = run->info.root_key_check_value,
        .count = count,
    };

    memcpy(record.id, run->info.id, sizeof(record.id));
    memcpy(record.image_digest, manifest->image_digest, sizeof(record.image_digest));
    return orderbook_exported(book, &record, failure);
}

enum err export_run(struct orderbook *book, struct protector *protector, const char *dp_oid,
                    const char *path, struct export_summary *summary, struct dp_failure *failure)
{
    struct run run = {.protector = protector};
    struct batch_manifest manifest;
    char oid[CERT_OID_TEXT_SIZE];
    struct buf trailer;
    size_t count = 0;
    enum err err;

    memset(summary, 0, sizeof(*summary));
    buf_init(&trailer, BATCH_TRAILER_MAX);
    buf_init(&run.ppp, bsp_encrypted_len(UPP_MAX));
    err = orderbook_begin(book, failure);
    if (err != ERR_OK) {
        return err;
    }
    err = target_free(book, path, failure);
    if (err == ERR_OK) {
        err = info_prepare(&run, dp_oid, oid, failure);
    }
    if (err == ERR_OK) {
        err = batchfile_create(path, &run.file, failure);
    }
    if (err == ERR_OK) {
        err = orderbook_released(book, order_protect, &run, &count, failure);
    }
    if (err == ERR_OK && count == 0) {
        err = dp_fail(failure, DP_BOOK, ERR_NOT_FOUND, "no released order waits for export");
    }
    if (err == ERR_OK) {
        err = batch_sign(&run, &manifest, &trailer, failure);
    }
    if (err == ERR_OK) {
        err = book_mark(book, &run, path, &manifest, count, failure);
    }
    if (err == ERR_OK) {
        err = batchfile_publish(run.file, buf_bytes(&trailer), failure);
    }
    if (err == ERR_OK) {
        err = orderbook_commit(book, failure);
    }
    if (err == ERR_OK) {
        memcpy(summary->id, run.info.id, sizeof(summary->id));
        summary->count = count;
        summary->bytes = run.bytes;
    } else {
        orderbook_rollback(book);
    }
    batchfile_close(&run.file);
    buf_clear(&trailer);
    buf_clear(&run.ppp);
    return err;
}
