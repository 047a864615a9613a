/* Batch files as the line tool opens them.
 *
 *   1 byte    0: the rest is the file; 1: the rest is an image, which gets a good
 *             manifest and signature here, so that SQLite sees it; 2: the rest
 *             is one profile's segments */
#include <stdio.h>

#include "batch/batch.h"
#include "folder.h"
#include "input.h"
#include "line/batch_file.h"
#include "support/pki.h"

enum { MODE_FILE, MODE_IMAGE, MODE_SEGMENTS, MODES, FILE_MAX = 1 << 20 };

static const struct test_pki_identity *signer(void)
{
    static struct test_pki_identity identity;
    if (identity.cert == NULL) {
        struct test_pki_spec spec = test_pki_spec_of(CERT_ROLE_NONE);
        test_pki_issue(&spec, NULL, &identity);
    }
    return &identity;
}

static void put_signed(struct bytes image, struct buf *file)
{
    struct batch_manifest manifest = {.id = {7}, .image_length = image.len};
    uint8_t signature[EC_SIGNATURE_SIZE];
    struct buf encoded;
    buf_init(&encoded, BATCH_TRAILER_MAX);
    buf_put_bytes(file, image);
    fuzz_check(crypto_sha256(image, manifest.image_digest) == ERR_OK);
    batch_manifest_encode(&manifest, &encoded);
    fuzz_check(ec_sign(signer()->key, buf_bytes(&encoded), signature) == ERR_OK);
    batch_trailer_encode(buf_bytes(&encoded), buf_bytes(&signer()->der), BYTES_OF(signature), file);
    buf_clear(&encoded);
}

static void check_profile(const struct batch_profile *profile)
{
    struct eid eid;
    struct iccid iccid;
    fuzz_check(eid_from_bytes(eid_bytes(&profile->eid), &eid) == ERR_OK);
    fuzz_check(iccid_from_bytes(iccid_bytes(&profile->iccid), &iccid) == ERR_OK);
    fuzz_check(ppp_check(profile->ppp) == ERR_OK && profile->metadata.len > 0);
}

static void read_all(struct batch_file *file)
{
    struct failure failure = {.result_code = -1};
    struct batch_profile profile;
    const struct ledger_batch *info = batch_file_info(file);
    unsigned taken = 0;
    bool more = true;
    fuzz_check(memchr(info->dp_oid, '\0', sizeof(info->dp_oid)) != NULL);
    fuzz_check(info->root_key_version >= 1 && info->root_key_version <= UINT8_MAX);
    while (more && batch_file_next(file, &profile, &more, &failure)) {
        if (more) {
            check_profile(&profile);
            taken++;
        }
    }
    fuzz_check(failure.kind != FAILURE_NONE || taken == batch_file_count(file));
}

static void open_file(struct bytes content)
{
    char path[256];
    struct failure failure = {.result_code = -1};
    struct batch_file *file = NULL;
    snprintf(path, sizeof(path), "%s", fuzz_path("batch.ppb"));
    fuzz_write_file(path, content);
    bool good = batch_file_open(path, fuzz_folder(), signer()->cert, TEST_PKI_NOW, &file, &failure);
    fuzz_check(good == (file != NULL) && good == (failure.kind == FAILURE_NONE));
    if (good) {
        read_all(file);
    }
    batch_file_close(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_make(data, size);
    uint8_t mode = fuzz_take_u8(&input) % MODES;
    struct buf file;
    if (mode == MODE_SEGMENTS) {
        ppp_check(input);
        return 0;
    }
    buf_init(&file, FILE_MAX + BATCH_TRAILER_MAX);
    if (mode == MODE_IMAGE) {
        put_signed(input, &file);
    } else {
        buf_put_bytes(&file, input);
    }
    if (buf_err(&file) == ERR_OK) {
        open_file(buf_bytes(&file));
    }
    buf_clear(&file);
    return 0;
}
