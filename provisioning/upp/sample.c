/* The package as a sequence of elements. */
#include "upp/internal.h"

#include <string.h>

#include "crypto/kdf.h"

enum err upp_keys_generate(struct upp_keys *keys)
{
    return crypto_random((uint8_t *)keys, sizeof(*keys));
}

/* Everything but the images, which go where the file system is complete. */
static void package_put(struct upp_writer *writer, size_t images)
{
    upp_header_put(writer);
    upp_mf_put(writer);
    upp_puk_put(writer);
    upp_pin_put(writer);
    upp_telecom_put(writer);
    upp_images_put(writer, images);
    upp_usim_put(writer);
    upp_opt_usim_put(writer);
    upp_application_pin_put(writer);
    upp_aka_put(writer);
    upp_security_domain_put(writer);
    upp_rfm_put(writer);
    upp_end_put(writer);
}

enum err upp_sample_encode(const struct upp_sample *sample, struct buf *out)
{
    size_t hint = sample->size_hint != 0 ? sample->size_hint : UPP_SAMPLE_SIZE_DEFAULT;
    struct buf bare;
    struct upp_writer writer = {.sample = sample, .out = &bare};
    enum err err;

    if (hint > UPP_SAMPLE_SIZE_MAX) {
        return ERR_RANGE;
    }
    buf_init(&bare, UPP_SAMPLE_SIZE_MAX);
    package_put(&writer, 0);
    err = buf_err(&bare);
    if (err == ERR_OK) {
        struct upp_writer whole = {.sample = sample, .out = out};
        package_put(&whole, bare.len < hint ? hint - bare.len : 0);
        err = buf_err(out);
    }
    buf_clear(&bare);
    return err;
}
