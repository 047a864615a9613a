/* LoadBoundProfilePackage (SGP.22 5.7.6): the scripts, and the one answer. */
#include "euicc/es10.h"
#include "euicc/es10b.h"

static const char function[] = "LoadBoundProfilePackage";

struct load {
    struct isdr *isdr;
    const struct bpp_progress *progress;
    struct buf *result;
    size_t done, total;
    bool sending; /* past the checks: an error is the eUICC's or the link's */
};

/* Sends one script. ERR_UNTIMELY stops the sequence: the result is there. */
static enum err load_script(void *context, struct bytes script)
{
    struct load *load = context;
    enum err err;

    load->sending = true;
    err = isdr_script(load->isdr, function, script, load->result);
    if (err != ERR_OK) {
        return err;
    }
    load->done += script.len;
    if (load->progress != NULL && load->progress->step != NULL) {
        load->progress->step(load->progress->context, load->done, load->total);
    }
    return load->result->len > 0 ? ERR_UNTIMELY : ERR_OK;
}

enum err es10b_load_bound_profile_package(struct isdr *isdr, struct bytes bpp,
                                          const struct bpp_progress *progress, struct buf *result)
{
    struct load load = {isdr, progress, result, 0, bpp.len, false};
    struct tlv answer;
    enum err err;

    buf_reset(result);
    err = bpp_scripts(bpp, load_script, &load);
    if (!load.sending) {
        return isdr_fail(isdr, err, -1, NULL, "%s: not a bound profile package (%s)", function,
                         err_name(err));
    }
    if (result->len == 0) {
        if (err != ERR_OK) {
            return err;
        }
        return isdr_fail(isdr, ERR_REFUSED, -1, NULL, "%s: no ProfileInstallationResult", function);
    }
    err = tlv_single(buf_bytes(result), TAG_PROFILE_INSTALLATION_RESULT, &answer);
    if (err != ERR_OK) {
        buf_reset(result);
        return es10_malformed(isdr, function, err);
    }
    return ERR_OK;
}
